import type { Artifact, ArtifactService } from './artifact-service';
import { actOut, type Faults } from './faults';
import { listen, sendJson, type LoopbackServer } from './loopback';
import type { WorkflowRun, WorkflowRuns } from './workflow-runs';

/** The repository in which the simulated workflows run. Its properties may be changed. */
export interface RepositoryFacts {
	id: number;
	owner: string;
	name: string;
	defaultBranch: string;
	visibility: 'public' | 'private' | 'internal';
}

/** What a token may do besides reading the repository's metadata, which every token may. */
export interface TokenPermissions {
	actions: 'read' | 'none';
}

/** What the API knows: shared with the other services, read at every request. */
export interface RestApiState {
	repository: RepositoryFacts;
	runs: WorkflowRuns;
	artifacts: ArtifactService;
	tokens: Map<string, TokenPermissions>;
	faults: Faults;
}

interface Answer {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

const NOT_FOUND: Answer = problem(404, 'Not Found');

/** Serves the part of GitHub's REST API that finds and downloads a workflow's artifacts. */
export async function startRestApi(state: RestApiState): Promise<LoopbackServer> {
	const server = await listen(async (request, response) => {
		if (actOut(state.faults.api, request, response)) return;
		const url = new URL(request.url ?? '/', server.url);
		const answer =
			request.method === 'GET'
				? await route(state, url, request.headers.authorization)
				: problem(404, 'Not Found');
		sendJson(response, answer.status, answer.body ?? {}, {
			'x-github-request-id': 'simulated',
			...answer.headers,
		});
	});
	return server;
}

async function route(
	state: RestApiState,
	url: URL,
	authorization: string | undefined,
): Promise<Answer> {
	if (authorization === undefined) return problem(401, 'Requires authentication');
	const token = /^(?:token|bearer) (.+)$/i.exec(authorization)?.[1] ?? '';
	const permissions = state.tokens.get(token);
	if (!permissions) return problem(401, 'Bad credentials');

	const { owner, name } = state.repository;
	const repository = `/repos/${owner}/${name}`.toLowerCase();
	const pathname = decodeURIComponent(url.pathname);
	if (!`${pathname.toLowerCase()}/`.startsWith(`${repository}/`)) return NOT_FOUND;
	const [area, kind, id, detail] = pathname.slice(repository.length + 1).split('/');
	if (area === '') return { status: 200, body: describeRepository(state.repository) };
	if (area !== 'actions') return NOT_FOUND;
	if (permissions.actions === 'none') {
		return problem(403, 'Resource not accessible by integration');
	}
	if (kind === 'workflows' && id && detail === 'runs') return listRuns(state, id, url);
	if (kind === 'runs' && id && detail === 'artifacts') return listRunArtifacts(state, id, url);
	if (kind === 'runs' && id && !detail) {
		const run = state.runs.find(Number(id));
		return run ? { status: 200, body: describeRun(state, run) } : NOT_FOUND;
	}
	if (kind === 'artifacts' && !id) return listArtifacts(state, state.artifacts.all, url);
	if (kind === 'artifacts' && id && detail === 'zip') return download(state, Number(id));
	return NOT_FOUND;
}

function listRuns(state: RestApiState, workflow: string, url: URL): Answer {
	const { runs } = state;
	const known = runs.all.find(
		(run) => run.workflow === workflow || String(runs.workflowId(run.workflow)) === workflow,
	);
	if (!known) return NOT_FOUND;
	const query = url.searchParams;
	const [branch, event, status] = [query.get('branch'), query.get('event'), query.get('status')];
	const created = createdFilter(query.get('created'));
	const matching = runs
		.of(known.workflow)
		.filter((run) => branch === null || run.branch === branch)
		.filter((run) => event === null || run.event === event)
		// GitHub takes a conclusion in place of a status, too.
		.filter((run) => status === null || run.status === status || run.conclusion === status)
		.filter((run) => created(run.createdAt))
		.reverse();
	return listing('workflow_runs', matching, url, (run) => describeRun(state, run));
}

function listRunArtifacts(state: RestApiState, runId: string, url: URL): Answer {
	if (!state.runs.find(Number(runId))) return NOT_FOUND;
	const ofRun = state.artifacts.all.filter((artifact) => artifact.runId === Number(runId));
	return listArtifacts(state, ofRun, url);
}

function listArtifacts(state: RestApiState, artifacts: Artifact[], url: URL): Answer {
	const name = url.searchParams.get('name');
	const matching = artifacts.filter((artifact) => name === null || artifact.name === name);
	return listing('artifacts', matching, url, (artifact) =>
		describeArtifact(state, artifact, url.origin),
	);
}

/** One page of what matches, as GitHub puts it under the name of the things listed. */
function listing<Item>(
	name: string,
	matching: Item[],
	url: URL,
	describe: (item: Item) => unknown,
): Answer {
	const { items, headers } = page(matching, url);
	const body = { total_count: matching.length, [name]: items.map(describe) };
	return { status: 200, headers, body };
}

async function download(state: RestApiState, id: number): Promise<Answer> {
	const artifact = state.artifacts.all.find((held) => held.id === id);
	if (!artifact) return NOT_FOUND;
	if (artifact.expired) return problem(410, 'Artifact has expired');
	return { status: 302, headers: { location: await state.artifacts.downloadUrl(id) } };
}

function describeRepository(repository: RepositoryFacts) {
	return {
		id: repository.id,
		name: repository.name,
		full_name: `${repository.owner}/${repository.name}`,
		owner: { login: repository.owner },
		private: repository.visibility !== 'public',
		visibility: repository.visibility,
		default_branch: repository.defaultBranch,
	};
}

function describeRun({ repository, runs }: RestApiState, run: WorkflowRun) {
	return {
		id: run.id,
		run_number: run.number,
		run_attempt: run.attempt,
		workflow_id: runs.workflowId(run.workflow),
		path: `.github/workflows/${run.workflow}`,
		head_branch: run.branch,
		head_sha: run.sha,
		event: run.event,
		status: run.status,
		conclusion: run.conclusion,
		created_at: run.createdAt.toISOString(),
		repository: { id: repository.id, full_name: `${repository.owner}/${repository.name}` },
		head_repository: { id: run.headRepositoryId },
	};
}

function describeArtifact({ repository, runs }: RestApiState, artifact: Artifact, origin: string) {
	const run = runs.find(artifact.runId);
	const url = `${origin}/repos/${repository.owner}/${repository.name}/actions/artifacts/${artifact.id}`;
	return {
		id: artifact.id,
		name: artifact.name,
		size_in_bytes: artifact.size,
		url,
		archive_download_url: `${url}/zip`,
		expired: artifact.expired,
		created_at: artifact.createdAt.toISOString(),
		expires_at: artifact.expiresAt.toISOString(),
		digest: artifact.digest,
		workflow_run: run && {
			id: run.id,
			repository_id: repository.id,
			head_repository_id: run.headRepositoryId,
			head_branch: run.branch,
			head_sha: run.sha,
		},
	};
}

/** GitHub's search syntax for dates: `>=D`, `>D`, `<=D`, `<D`, `D..D` (`*` for open), or a day. */
function createdFilter(query: string | null): (date: Date) => boolean {
	if (query === null) return () => true;
	const [, comparison, bound] = /^([<>]=?)(.+)$/.exec(query) ?? [];
	if (comparison && bound) {
		const limit = Date.parse(bound);
		return (date) =>
			comparison.startsWith('>')
				? date.getTime() > limit || (comparison === '>=' && date.getTime() === limit)
				: date.getTime() < limit || (comparison === '<=' && date.getTime() === limit);
	}
	const [from = '*', to = '*'] = query.includes('..') ? query.split('..') : [query, query];
	const earliest = from === '*' ? -Infinity : Date.parse(from);
	// A bare day means all of it.
	const latest = to === '*' ? Infinity : Date.parse(to.includes('T') ? to : `${to}T23:59:59.999Z`);
	return (date) => date.getTime() >= earliest && date.getTime() <= latest;
}

function page<T>(all: T[], url: URL): { items: T[]; headers: Record<string, string> } {
	const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30) || 30);
	const number = Number(url.searchParams.get('page') ?? 1) || 1;
	const items = all.slice((number - 1) * size, number * size);
	if (number * size >= all.length) return { items, headers: {} };
	const next = new URL(url);
	next.searchParams.set('page', String(number + 1));
	return { items, headers: { link: `<${next.href}>; rel="next"` } };
}

function problem(status: number, message: string): Answer {
	return {
		status,
		body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
	};
}
