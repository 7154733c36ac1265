import {
	ApiClient,
	type Batch,
	UserError,
	Feed,
	type Http,
	type PageStore,
	type SharedText,
	sync,
} from '../../core';
import type { SyncOptions } from '../../core/sync/sync';
import { NO_FILTERS } from '../../core/api/filters';
import { ActivityFeed, type ActivityFeedOptions } from '../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../simulators/activity-feed/clock';
import { datedAt, inMemoryHttp } from '../simulators/activity-feed/http';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { formatTimestamp } from '../simulators/activity-feed/timestamp';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

export { NO_FILTERS };

/** The start of simulated time, to the millisecond. */
export const PRESENT = Date.parse('2026-03-01T12:00:00Z');
/** Every clock here has a fraction, like real clocks, and the fractions differ. */
const SERVER_FRACTION = 0.3217;
const CLIENT_FRACTION = 0.6841;

/** A client waits this long for an answer. */
const CLIENT_TIMEOUT = 60 * SECOND;

/** More requests than any scenario needs. A reader that makes more would never end. */
const MOST_REQUESTS = 5000;

/** How many milliseconds of a sleep correspond to a turn of the event loop. */
const SLEEP_A_TURN_MS = 5;

export interface BenchOptions extends Omit<ActivityFeedOptions, 'clock'> {
	/** How far the client's clock is off, in milliseconds. */
	skew?: number;
	/** How long each request takes, in milliseconds. */
	latency?: () => number;
	/** The part of the limit that may be used. */
	rateLimitShare?: number;
	/** How many turns of the event loop an answer takes. With different numbers, answers overtake each other. */
	turns?: () => number;
}

/** A store in memory that knows which of its pages have not been taken yet. */
export class MemoryStore implements PageStore {
	held = 0;
	most = 0;
	puts = 0;

	constructor(readonly capacity: number) {}

	readonly put = async (text: SharedText, tables: readonly Buffer[]) => {
		const bytes = { text: text.release(), tables: Buffer.concat(tables) };
		const length = bytes.text.length + bytes.tables.length;
		this.puts++;
		this.held += length;
		this.most = Math.max(this.most, this.held);
		return {
			take: async () => {
				this.held -= length;
				return bytes;
			},
		};
	};
}

/** A simulated feed and a client of it, both in simulated time. */
export class Bench {
	readonly clock = new SimulatedClock(PRESENT + SERVER_FRACTION);
	readonly simulated: ActivityFeed;
	feed: Feed;
	readonly infos: string[] = [];
	readonly warnings: string[] = [];
	readonly sleeps: number[] = [];
	readonly log = {
		info: (message: string) => void this.infos.push(message),
		warning: (message: string) => void this.warnings.push(message),
	};
	/** Whether a reader has made more requests than any scenario needs. */
	endless = false;
	/** Requests under way, and the most there have been. */
	underWay = 0;
	mostUnderWay = 0;
	/** Runs before each request reaches the feed, and again while its answer is on the way. */
	meanwhile: () => void = () => undefined;

	constructor(private readonly options: BenchOptions = {}) {
		this.simulated = new ActivityFeed({ ...options, clock: this.clock });
		this.feed = this.#openFeed(ACCESS_KEY);
	}

	/** Starts another process, which knows only what it is given. */
	restart(key = ACCESS_KEY): void {
		this.feed = this.#openFeed(key);
	}

	#openFeed(key: string): Feed {
		const { skew = 0, latency = () => 0, turns = () => 0, rateLimitShare } = this.options;
		const answer = inMemoryHttp(this.simulated, key);
		const http: Http = async (request) => {
			this.endless ||= this.simulated.requests.length >= MOST_REQUESTS;
			if (this.endless) throw new Error('The reader never comes to an end.');
			this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
			this.meanwhile();
			const response = await answer(request).catch((error: unknown) => ({ error }));
			if ('error' in response && (response.error as { code: string }).code === 'ETIMEDOUT') {
				this.clock.advance(Math.min(request.timeout ?? Infinity, CLIENT_TIMEOUT));
			}
			this.clock.advance(latency() / 2);
			for (let left = turns(); left > 0; left--) await Promise.resolve();
			if (request.signal?.aborted) {
				this.underWay--;
				throw request.signal.reason;
			}
			this.meanwhile();
			this.clock.advance(latency() / 2);
			this.underWay--;
			if ('error' in response) throw response.error;
			return datedAt(response, this.clock.now());
		};
		const client = new ApiClient({
			baseUrl: 'https://api.anthropic.com',
			accessKey: key,
			http,
			now: () => this.clock.now() + skew + CLIENT_FRACTION,
			sleep: async (ms, signal) => {
				this.sleeps.push(ms);
				// Meanwhile, answers under way arrive.
				for (let left = ms / SLEEP_A_TURN_MS; left > 0 && !signal?.aborted; left--) {
					await Promise.resolve();
				}
				this.clock.advance(ms);
			},
			random: () => 0.5,
			rateLimitShare,
			log: this.log,
		});
		return new Feed(client);
	}

	/** Adds an activity that happened `ago` milliseconds ago, to the microsecond. */
	happened(ago: number, fields: Record<string, unknown> = {}) {
		const micros = Math.floor((this.clock.now() - ago) * 1000);
		const created_at = formatTimestamp(micros);
		return this.simulated.add(
			{ type: 'claude_chat_created', actor: { type: 'user_actor' }, created_at, ...fields },
			{ visibleAt: this.clock.now() },
		);
	}

	sync(options: Partial<SyncOptions> = {}): AsyncGenerator<Batch, void, undefined> {
		return sync({
			feed: this.feed,
			checkpoint: undefined,
			filters: NO_FILTERS,
			now: Math.floor(this.clock.now()),
			log: this.log,
			...options,
		});
	}

	/** Runs a sync to its end. */
	async run(options: Partial<SyncOptions> = {}) {
		const batches: Batch[] = [];
		for await (const batch of this.sync(options)) {
			batch.keep();
			batches.push(batch);
		}
		return {
			batches,
			ids: batches.flatMap(({ activities }) => activities.map(({ id }) => id)),
			checkpoint: batches.at(-1)?.checkpoint,
			caughtUp: batches.at(-1)?.caughtUp,
		};
	}

	/** The error that ends the sync. */
	async failure(options: Partial<SyncOptions> = {}): Promise<UserError> {
		try {
			await this.run(options);
		} catch (error) {
			if (error instanceof UserError) return error;
			throw error;
		}
		throw new Error('The sync did not fail.');
	}

	/** The parameters of the requests made so far. */
	get asked(): URLSearchParams[] {
		return this.simulated.requests.map(({ url }) => new URL(url, 'https://feed').searchParams);
	}
}
