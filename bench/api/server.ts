import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../test/simulators/activity-feed/clock';
import { RowShelf } from './row-shelf';
import type { Conditions, ServerMessage, Traffic } from './server-process';
import { ThroughputFeed } from './throughput-feed';

/**
 * The simulated API in its own process, so that it takes no CPU time from the measured program.
 * `startServer` starts it and controls it with messages.
 */

const DAY = 24 * 60 * 60_000;
/** Less than the 90 days of a first sync, so that a sync that starts late still covers all of it. */
const HISTORY = 89 * DAY;
/** Longer than any overlap, so that the feed does not change and every reader gets the same end. */
const QUIET = 10 * 60_000;

/** Longer than any measured reader waits between two requests. */
const KEEP_ALIVE_MS = 120_000;

const count = Number(process.argv[2]);
const now = Date.now();
const shelf = new RowShelf({ count, from: now - HISTORY, to: now - QUIET });

let conditions: Conditions = { latency: 0, requestsPerMinute: null };
let feed = feedUnder(conditions);
let traffic = noTraffic();

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
	serve(request, response).catch((error: unknown) => {
		response.statusCode = 500;
		response.end(String(error));
	});
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
	request.resume();
	traffic.requests++;
	if (conditions.latency > 0) await sleep(conditions.latency);
	const { status, headers, body, length } = feed.answer(
		request.url ?? '',
		request.headers['x-api-key'] as string | undefined,
	);
	if (status === 429) traffic.refused++;
	response.writeHead(status, { ...headers, 'content-length': length });
	response.cork();
	for (const piece of body) response.write(piece);
	response.end();
}

function feedUnder({ requestsPerMinute }: Conditions): ThroughputFeed {
	return new ThroughputFeed(shelf, {
		clock: systemClock,
		requestsPerMinute: requestsPerMinute ?? Infinity,
	});
}

function noTraffic(): Traffic {
	return { requests: 0, refused: 0 };
}

process.on('message', (message: ServerMessage) => {
	if (message === 'traffic') {
		process.send?.(traffic);
		return;
	}
	conditions = message;
	feed = feedUnder(conditions);
	traffic = noTraffic();
	process.send?.('ready');
});
// If the parent process is killed, this process must end too.
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
	const { port } = server.address() as AddressInfo;
	process.send?.(`http://127.0.0.1:${port}`);
});
