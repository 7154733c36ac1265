import { ApiClient, type Batch, type Checkpoint, Feed, parseCheckpoint, sync } from '../../core';
import { NO_FILTERS } from '../../core/api/filters';
import { inMemoryHttp } from '../../test/simulators/activity-feed/http';
import { ACCESS_KEY } from '../../test/simulators/activity-feed/keys';
import { readDailyWindows } from '../baselines/daily-windows';
import type { JsonPage, Surroundings } from '../baselines/json-page';
import { readNewestFirst } from '../baselines/newest-first';
import type { Strategy, World } from './scenario';

/** The strategies that need neither sockets nor files. */

/** How much common connectors read in a run, in pages of 1,000. */
const NEWEST_FIRST_PAGE = 1000;

const ORIGIN = 'https://api.anthropic.com';

/** The core, with a sink that stores each batch and then its checkpoint. */
export function core({ feed: scripted, clock, since, scale }: World): Strategy {
	const stored: string[] = [];
	let checkpoint: Checkpoint | undefined;
	const log = { info: () => undefined, warning: () => undefined };
	const run = async (death: AbortSignal) => {
		const client = new ApiClient({
			baseUrl: ORIGIN,
			accessKey: ACCESS_KEY,
			http: mortal(inMemoryHttp(scripted, ACCESS_KEY), death),
			now: () => clock.now(),
			sleep: async (ms) => {
				await Promise.resolve();
				clock.advance(ms);
			},
			log,
		});
		for await (const batch of sync({
			feed: new Feed(client),
			checkpoint,
			filters: NO_FILTERS,
			backfillStart: since,
			maxActivities: scale.cap,
			now: clock.now(),
			log,
		})) {
			store(batch);
		}
	};
	const store = (batch: Batch) => {
		stored.push(...batch.activities.map(({ id }) => id));
		checkpoint = parseCheckpoint(JSON.stringify(batch.checkpoint));
	};
	return {
		name: 'Core, checkpoint with each batch',
		run: (death) => untilDeath(run(death), death),
		stored: () => stored,
	};
}

/** Newest first, with at most the capped number of pages in a run. */
export function newestFirst(world: World): Strategy {
	const { stored, surroundings } = inMemory(world);
	let checkpoint = new Date(world.since).toISOString();
	const run = async (death: AbortSignal) => {
		const maxPages = Math.ceil(world.scale.cap / Math.min(NEWEST_FIRST_PAGE, world.scale.pageSize));
		checkpoint = await readNewestFirst({ ...surroundings(death), checkpoint, maxPages });
	};
	return {
		name: 'Newest first (reimplemented)',
		run: (death) => untilDeath(run(death), death),
		stored: () => stored,
	};
}

/** Daily windows, without a limit. */
export function dailyWindows(world: World): Strategy {
	const { stored, surroundings } = inMemory(world);
	let checkpoint = world.since;
	const run = (death: AbortSignal) =>
		readDailyWindows({
			...surroundings(death),
			checkpoint,
			now: world.clock.now(),
			save: (end) => (checkpoint = end),
		});
	return {
		name: 'Daily windows (reimplemented)',
		run: (death) => untilDeath(run(death), death),
		stored: () => stored,
	};
}

function inMemory({ feed }: World) {
	const stored: string[] = [];
	const surroundings = (death: AbortSignal): Surroundings => {
		const http = mortal(inMemoryHttp(feed, ACCESS_KEY), death);
		return {
			ask: async (parameters) => {
				const url = `${ORIGIN}/v1/compliance/activities?${parameters.toString()}`;
				const { body } = await http({ url, headers: {} });
				return JSON.parse(body.toString()) as JsonPage;
			},
			store: async (records) => {
				stored.push(...records.map(({ id }) => id));
				await Promise.resolve();
			},
		};
	};
	return { stored, surroundings };
}

/** A dead process gets no answer, and no error either. */
function mortal<Request, Response>(
	http: (request: Request) => Promise<Response>,
	death: AbortSignal,
): (request: Request) => Promise<Response> {
	return async (request) => {
		try {
			return await http(request);
		} finally {
			if (death.aborted) await new Promise(() => undefined);
		}
	};
}

async function untilDeath(run: Promise<void>, death: AbortSignal): Promise<void> {
	await Promise.race([
		run,
		new Promise<void>((resolve) => {
			death.addEventListener('abort', () => resolve(), { once: true });
		}),
	]);
}
