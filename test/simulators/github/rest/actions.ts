import type { Artifact } from '../artifact-service';
import type { CacheEntry } from '../cache-service';
import type { WorkflowRun } from '../workflow-runs';
import { notFound, Refusal, type Answer } from './answer';
import type { Call, Route } from './route';

const permission = ['actions', 'read'] as const;

const ROUTES: Route[] = [
	{
		method: 'GET',
		path: /^\/actions\/workflows\/([^/]+)\/runs$/,
		permission,
		docs: 'actions/workflow-runs#list-workflow-runs-for-a-workflow',
		answer: listRuns,
	},
	{
		method: 'GET',
		path: /^\/actions\/runs\/(\d+)$/,
		permission,
		docs: 'actions/workflow-runs#get-a-workflow-run',
		answer: getRun,
	},
	{
		method: 'GET',
		path: /^\/actions\/runs\/(\d+)\/jobs$/,
		permission,
		docs: 'actions/workflow-jobs#list-jobs-for-a-workflow-run',
		answer: listJobs,
	},
	{
		method: 'GET',
		path: /^\/actions\/runs\/(\d+)\/artifacts$/,
		permission,
		docs: 'actions/artifacts#list-workflow-run-artifacts',
		answer: listRunArtifacts,
	},
	{
		method: 'GET',
		path: /^\/actions\/artifacts$/,
		permission,
		docs: 'actions/artifacts#list-artifacts-for-a-repository',
		answer: (call) => listArtifacts(call, call.state.artifacts.all),
	},
	{
		method: 'GET',
		path: /^\/actions\/artifacts\/(\d+)\/zip$/,
		permission,
		docs: 'actions/artifacts#download-an-artifact',
		answer: download,
	},
	{
		method: 'GET',
		path: /^\/actions\/caches$/,
		permission,
		docs: 'actions/cache#list-github-actions-caches-for-a-repository',
		answer: listCaches,
	},
];

/** Runs, artifacts and caches, of which only the workflow's repository has any. */
export const actionsRoutes: Route[] = ROUTES.map((route) => ({
	...route,
	answer: (call) => {
		if (call.repository !== call.state.repositories[0]) throw notFound();
		return route.answer(call);
	},
}));

function listRuns(call: Call): Answer {
	const { state, url } = call;
	const { runs } = state;
	const [workflow] = call.parameters;
	const known = runs.all.find(
		(run) => run.workflow === workflow || String(runs.workflowId(run.workflow)) === workflow,
	);
	if (!known) throw notFound();
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
	return listing('workflow_runs', matching, url, (run) => describeRun(call, run));
}

function getRun(call: Call): Answer {
	return { status: 200, body: describeRun(call, findRun(call)) };
}

/** The jobs of the latest attempt. */
function listJobs(call: Call): Answer {
	const run = findRun(call);
	return listing('jobs', run.jobs, call.url, ({ name, conclusion }) => ({
		run_id: run.id,
		run_attempt: run.attempt,
		name,
		status: 'completed',
		conclusion,
	}));
}

function listRunArtifacts(call: Call): Answer {
	const { id } = findRun(call);
	return listArtifacts(
		call,
		call.state.artifacts.all.filter((artifact) => artifact.runId === id),
	);
}

function findRun({ state, parameters }: Call): WorkflowRun {
	const run = state.runs.find(Number(parameters[0]));
	if (!run) throw notFound();
	return run;
}

function listArtifacts(call: Call, artifacts: Artifact[]): Answer {
	const name = call.url.searchParams.get('name');
	const matching = artifacts.filter((artifact) => name === null || artifact.name === name);
	return listing('artifacts', matching, call.url, (artifact) => describeArtifact(call, artifact));
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

async function download({ state, parameters }: Call): Promise<Answer> {
	const id = Number(parameters[0]);
	const artifact = state.artifacts.all.find((held) => held.id === id);
	if (!artifact) throw notFound();
	if (artifact.expired) throw new Refusal(410, 'Artifact has expired');
	return { status: 302, headers: { location: await state.artifacts.downloadUrl(id) } };
}

/** Of all branches, unless one is asked for: here no cache is hidden from a branch. */
function listCaches({ state, url }: Call): Answer {
	const query = url.searchParams;
	const [ref, key] = [query.get('ref'), query.get('key') ?? ''];
	const ascending = query.get('direction') === 'asc';
	const matching = state.caches.entries
		.filter((entry) => ref === null || entry.scope === ref)
		.filter((entry) => entry.key.startsWith(key))
		// By whatever it is to be sorted: what is made later is also used later here.
		.sort((a, b) => (ascending ? a.id - b.id : b.id - a.id));
	return listing('actions_caches', matching, url, describeCache);
}

function describeCache({ id, scope, key, version, size, createdAt }: CacheEntry) {
	const created_at = createdAt.toISOString();
	const last_accessed_at = created_at;
	return { id, ref: scope, key, version, last_accessed_at, created_at, size_in_bytes: size };
}

function describeRun({ repository, state }: Call, run: WorkflowRun) {
	return {
		id: run.id,
		run_number: run.number,
		run_attempt: run.attempt,
		workflow_id: state.runs.workflowId(run.workflow),
		path: `.github/workflows/${run.workflow}`,
		head_branch: run.branch,
		head_sha: run.sha,
		event: run.event,
		status: run.status,
		conclusion: run.conclusion,
		created_at: run.createdAt.toISOString(),
		repository: { id: repository.id, full_name: repository.fullName },
		head_repository: { id: run.headRepositoryId },
	};
}

function describeArtifact({ repository, state, base }: Call, artifact: Artifact) {
	const run = state.runs.find(artifact.runId);
	const url = `${base}/actions/artifacts/${artifact.id}`;
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
