import {
	ApiClient,
	type Batch,
	UserError,
	Feed,
	PageSizes,
	type PageStore,
	sync,
} from '../../../core';
import type { Clock } from './clock';
import { API_ACCESSED, type History, HOUR, type Run } from './history';
import type { Client, Host } from './host';
import type { Random } from './random';
import { textAt } from './row';
import type { Sink } from './sink';
import type { World } from './world';

/** The pages of a history are small. */
const LEAST_PAGE_SIZE = 2;

/** How a run ended. */
export interface Outcome {
	readonly caughtUp: boolean;
	/** Why it did not catch up. */
	readonly reason: string;
}

/** The client's platform: clocks and a connection. */
interface Process {
	readonly client: Client;
	readonly feed: Feed;
	readonly now: () => number;
	readonly wallClock: () => number;
}

/**
 * A client of the feed, like the Action and the trigger. It runs `sync` now and then, and stores the
 * batches.
 */
export class Reader {
	/** Faults that no run may have, whatever happens to it. */
	readonly failures: string[] = [];
	#process: Process | undefined;

	constructor(
		private readonly history: History,
		private readonly world: World,
		private readonly clock: Clock,
		private readonly random: Random,
		private readonly host: Host,
		private readonly sink: Sink,
		private readonly trace: ((line: string) => void) | undefined,
	) {}

	async run(run: Run): Promise<Outcome> {
		if (!this.history.longLived) this.#process = undefined;
		const process = (this.#process ??= this.#start());
		this.host.begin();
		process.client.honestly = false;
		try {
			const reason = await this.#read(run, process);
			if (reason !== 'it died') this.sink.end();
			return { caughtUp: reason === 'caught up', reason };
		} catch (error) {
			this.sink.fail();
			const { code } = error as { code?: string };
			const known = error instanceof UserError;
			const reason = known ? `${code}: ${error.message}` : `${(error as Error).stack}`;
			// Nobody damages the checkpoint, and the settings are valid.
			if (!known || code === 'invalid-checkpoint' || code === 'invalid-setting') {
				this.failures.push(reason);
			}
			return { caughtUp: false, reason };
		}
	}

	/** Its process ends, at any point. */
	kill(): void {
		if (this.#process) this.#process.client.alive = false;
		this.#process = undefined;
		this.sink.die();
	}

	/** Why it ended, unless it throws. */
	async #read(run: Run, { feed, now, wallClock }: Process): Promise<string> {
		const { history, sink } = this;
		const { checkpoint } = sink;
		const { startGiven } = history;
		const starts = startGiven === 'always' || (startGiven === 'first' && !checkpoint);
		const until = run.time === undefined ? undefined : now() + run.time;
		const batches = sync({
			feed,
			checkpoint,
			filters: {
				organizationIds: [],
				userIds: [],
				activityTypes: history.types.only,
				excludeActivityTypes: history.types.except,
			},
			backfillStart: starts ? history.start : undefined,
			overlap: history.overlap,
			pageSize: run.pageSize,
			includeOwnRequests: !history.kinds.has('own-left-out'),
			maxActivities: run.maxActivities,
			store: run.readAhead === undefined ? undefined : storeOf(run.readAhead),
			// Whoever reads what has ended gets an error, or at least not what was there.
			reclaim: (bytes) => bytes.fill(0),
			...(until === undefined ? {} : { until }),
			now: wallClock(),
			log: {
				info: (message) => this.trace?.(`  info: ${message}`),
				warning: (message) => this.trace?.(`  warning: ${message}`),
			},
		});
		let number = 0;
		let delivered = 0;
		for (;;) {
			const { value: batch, done } = await batches.next();
			if (done) return run.maxActivities === delivered ? 'its cap' : 'it ended early';
			const dies = run.death?.batch === number++;
			const keys = this.#keysOf(batch);
			this.trace?.(
				`  batch ${number}: ${keys.length} rows, frontier ${batch.checkpoint.frontier}${batch.caughtUp ? ', caught up' : ''}${dies ? `, dies ${run.death?.stored ? 'after' : 'before'} storing` : ''}`,
			);
			delivered += batch.activities.length;
			if (delivered > (run.maxActivities ?? Infinity)) this.failures.push('more than its cap');
			if (!dies || run.death?.stored) sink.store(keys, batch.checkpoint);
			if (dies) {
				if (run.death?.sudden) this.kill();
				else {
					await batches.return();
					sink.die();
				}
				return 'it died';
			}
			if (until !== undefined && now() >= until) {
				await batches.return();
				return batch.caughtUp ? 'caught up' : 'its time was up';
			}
			if (batch.caughtUp) {
				await batches.return();
				return 'caught up';
			}
		}
	}

	/** The rows that a batch delivers, by their keys. */
	#keysOf(batch: Batch): string[] {
		const keys: string[] = [];
		for (const { id, json } of batch.activities) {
			const row = this.world.find(id);
			if (!row?.readable) this.failures.push(`what cannot be read came as an activity: ${json}`);
			else if (json !== row.text && json !== row.grown?.text) {
				this.failures.push(`what was served as ${textAt(row, this.clock.now)} came as ${json}`);
			}
			keys.push(id);
		}
		for (const id of batch.leftOut) {
			const row = this.world.find(id);
			if (row?.type !== API_ACCESSED || row.requestId === undefined) {
				this.failures.push(`what is no own request was left out: ${row?.text}`);
			}
			keys.push(id);
		}
		for (const { json } of batch.unreadable) {
			const { key } = JSON.parse(json) as { key?: string };
			if (key === undefined) this.failures.push(`what can be read came as unreadable: ${json}`);
			else keys.push(key);
		}
		return keys;
	}

	#start(): Process {
		const { random, clock, history } = this;
		const client: Client = { alive: true, honestly: false, ahead: false };
		const fractional = history.kinds.has('fractional-clocks');
		const clockOff = () => {
			if (history.clocksRight) return clock;
			const off = random.between(-HOUR, mostAhead(history));
			const skew = fractional ? off : Math.floor(off);
			return {
				get now() {
					return clock.now + skew;
				},
			};
		};
		const [monotonic, wall] = [clockOff(), clockOff()];
		const now = () => monotonic.now;
		const api = new ApiClient({
			baseUrl: 'https://api.anthropic.com',
			accessKey: 'sk-ant-api01-of-a-history',
			http: this.host.httpFor(client),
			now,
			sleep: async (ms, signal) => {
				await clock.wait(fractional ? ms : Math.ceil(ms));
				if (!client.alive) await new Promise<never>(() => undefined);
				signal?.throwIfAborted();
			},
			random: () => random.fraction(),
			log: {
				info: (message) => this.trace?.(`  info: ${message}`),
				warning: (message) => this.trace?.(`  warning: ${message}`),
			},
		});
		const feed = new Feed(api, new PageSizes(LEAST_PAGE_SIZE));
		return { client, feed, now, wallClock: () => wall.now };
	}
}

/**
 * How far a client's clock may be ahead, in milliseconds. If answers lack a `Date`, only this clock
 * shows that a row is dated in the future.
 */
function mostAhead({ kinds }: History): number {
	const dateless = (['date-missing', 'date-twice', 'date-unreadable'] as const).some((kind) =>
		kinds.has(kind),
	);
	return dateless && kinds.has('future-rows') ? 0 : HOUR;
}

/** Stores pages, and checks that nobody uses a page after it was stored. */
function storeOf(capacity: number): PageStore {
	return {
		capacity,
		put: async (text, tables) => {
			const bytes = text.release();
			const kept = { text: Buffer.from(bytes), tables: Buffer.concat(tables) };
			bytes.fill(0);
			for (const table of tables) table.fill(0);
			return { take: async () => kept };
		},
	};
}
