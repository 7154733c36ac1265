import { actOut } from '../faults';
import { listen, readBody, sendJson, type LoopbackServer } from '../loopback';
import type { Repository } from '../repository';
import { actionsRoutes } from './actions';
import { notFound, problem, Refusal, type Answer } from './answer';
import { contentsRoutes } from './contents';
import { gitDatabaseRoutes } from './git-database';
import { repositoryRoutes } from './repositories';
import type { Call, RestApiState, Route, TokenGrant } from './route';
import type { ApiRequest } from './traffic';

const ROUTES: Route[] = [
	...repositoryRoutes,
	...actionsRoutes,
	...gitDatabaseRoutes,
	...contentsRoutes,
];
/** Requests an hour, of a job's token. They are counted, but only incidents refuse any. */
const RATE_LIMIT = 1000;

/** Serves the part of GitHub's REST API that reads a workflow's artifacts and makes commits. */
export async function startRestApi(state: RestApiState): Promise<LoopbackServer> {
	const { faults, traffic } = state;
	const server = await listen(async (request, response) => {
		const url = new URL(request.url ?? '/', server.url);
		const body = parseBody(await readBody(request));
		if (actOut(faults.api, request, response)) return;
		const seen: ApiRequest = {
			method: request.method ?? '',
			path: decodeURIComponent(url.pathname),
			body: body ?? {},
		};
		const { answer: given, effective } = await traffic.meet(seen);
		const { authorization, accept = '' } = request.headers;
		const takesEffect = given === undefined || effective === true;
		const own = takesEffect
			? await respond(state, seen, { url, authorization, accept, body })
			: undefined;
		const answer = given ?? own;
		if (answer === 'silence') return;
		if (answer === 'cut' || answer === undefined) {
			request.socket.destroy();
			return;
		}
		seen.status = answer.status;
		const headers = {
			'x-github-request-id': 'simulated',
			...rateLimit(traffic.requests.length),
			...answer.headers,
		};
		if (Buffer.isBuffer(answer.body)) response.writeHead(answer.status, headers).end(answer.body);
		else sendJson(response, answer.status, answer.body ?? {}, headers);
	});
	return server;
}

/** Undefined when it is no JSON object. */
function parseBody(raw: Buffer): Record<string, unknown> | undefined {
	try {
		return Object(JSON.parse(raw.toString() || '{}')) as Record<string, unknown>;
	} catch {
		return undefined;
	}
}

function rateLimit(used: number): Record<string, string> {
	const hour = 3_600_000;
	const reset = Math.ceil(Date.now() / hour) * hour;
	return {
		'x-ratelimit-limit': String(RATE_LIMIT),
		'x-ratelimit-remaining': String(Math.max(1, RATE_LIMIT - used)),
		'x-ratelimit-used': String(used),
		'x-ratelimit-reset': String(reset / 1000),
		'x-ratelimit-resource': 'core',
	};
}

/** What else a request brings; no body when it could not be read. */
interface Particulars extends Pick<Call, 'url' | 'accept'> {
	authorization: string | undefined;
	body: Record<string, unknown> | undefined;
}

async function respond(
	state: RestApiState,
	{ method, path }: ApiRequest,
	{ url, authorization, accept, body }: Particulars,
): Promise<Answer> {
	if (authorization === undefined) return problem(401, 'Requires authentication');
	const token = /^(?:token|bearer) (.+)$/i.exec(authorization)?.[1] ?? '';
	const grant = state.tokens.get(token);
	if (!grant) return problem(401, 'Bad credentials');
	if (body === undefined) return problem(400, 'Problems parsing JSON');

	const [, fullName = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(path) ?? [];
	const repository = state.repositories.find(
		(each) => each.fullName.toLowerCase() === fullName.toLowerCase(),
	);
	const route = ROUTES.find((each) => each.method === method && each.path.test(rest));
	if (!repository || !route) return problem(404, 'Not Found');
	const parameters = (route.path.exec(rest) ?? []).slice(1);
	const base = `${url.origin}/repos/${repository.fullName}`;
	try {
		authorize(grant, repository, route);
		return await route.answer({ state, repository, parameters, url, base, accept, body });
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		const { status, message, details } = error;
		return { ...problem(status, message, route.docs, details.errors), headers: details.headers };
	}
}

/** Throws if a token may not do what a route does. What it may not see, there is not. */
function authorize(grant: TokenGrant, repository: Repository, { permission }: Route): void {
	const isOwn = grant.repositories.includes(repository);
	const isPublic = repository.visibility === 'public';
	if (!isOwn && !isPublic) throw notFound();
	if (permission === undefined) return;
	const [area, needed] = permission;
	if (needed === 'write' && repository.isArchived) {
		throw new Refusal(403, 'Repository was archived so is read-only.');
	}
	const level = isOwn ? grant.permissions[area] : 'none';
	if (level === 'write' || level === needed || (isPublic && needed === 'read')) return;
	if (grant.permissions.denial === 'not found') throw notFound();
	const headers = { 'x-accepted-github-permissions': `${area}=${needed}` };
	throw new Refusal(403, 'Resource not accessible by integration', { headers });
}
