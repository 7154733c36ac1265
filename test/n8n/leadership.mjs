/**
 * Makes a main of n8n step down, or take over, on request. Several mains do that when their leader
 * changes; that needs a license, so here the test decides who leads. What follows is n8n's own: the
 * handlers that it has registered for its leadership events. n8n's election takes no part.
 *
 * Usage: LEADERSHIP_PORT=… node --import leadership.mjs <n8n's script> start, then
 * POST /leader or POST /follower. The answer comes once all handlers have ended.
 * GET / returns the ids of the workflows whose triggers this process runs, as JSON.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const EVENTS = { leader: 'leader-takeover', follower: 'leader-stepdown' };

const modules = createRequire(process.argv[1]);

/** The object of a class of n8n, as n8n itself gets it. */
const serviceOf = (constructor) => modules('@n8n/di').Container.get(constructor);

async function become(role) {
	const settings = serviceOf(modules('n8n-core').InstanceSettings);
	if (role === 'leader') settings.markAsLeader();
	else settings.markAsFollower();
	const handlers = serviceOf(modules('@n8n/decorators').MultiMainMetadata)
		.getEntries()
		.filter(({ eventName }) => eventName === EVENTS[role]);
	if (handlers.length === 0) throw new Error(`n8n has no handler of ${EVENTS[role]}.`);
	await Promise.all(
		handlers.map(({ eventHandlerClass, methodName }) => serviceOf(eventHandlerClass)[methodName]()),
	);
}

const server = createServer(async ({ method, url }, response) => {
	try {
		if (method === 'POST') await become(url.slice(1));
		const triggers = serviceOf(modules('n8n-core').ActiveWorkflowTriggers);
		response.end(JSON.stringify(triggers.getNonWebhookTriggerWorkflowIds()));
	} catch (error) {
		response.writeHead(500).end(error.stack);
	}
});
// Node.js runs this in n8n's worker threads, too.
if (isMainThread) server.listen(Number(process.env.LEADERSHIP_PORT), '127.0.0.1').unref();
