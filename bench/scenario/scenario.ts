import { ActivityFeed, type FeedRequest } from '../../test/simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../../test/simulators/activity-feed/clock';
import type { Difficulty, ScenarioResult } from '../results';

/**
 * Eight scheduled runs with the usual difficulties: a burst that is larger than a run may deliver, rows
 * with the same time as the newest row read, rows that appear late, and a process that dies in the middle
 * of its work.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** It is in the past, because the Action and the trigger refuse a start in the future of their clocks. */
const PRESENT = Date.parse('2025-03-18T12:00:00Z');
const HISTORY = 120 * MINUTE;
const BETWEEN_RUNS = 5 * MINUTE;
/** Rows that are closer than this have the same time. */
const RESOLUTION = 10;
/** The API documents that an activity may appear a minute late. */
const DOCUMENTED_LAG = MINUTE;
/** Some activities appear later than documented. */
const UNDOCUMENTED_LAG = 4 * MINUTE;

const RUNS = 8;
const RUN_AFTER_BURST = 1;
const DYING_RUN = 1;
/** The process dies when it asks for this page of the burst, after it read the pages before. */
const FATAL_REQUEST = 4;

/** The amounts, so that a test can use smaller ones. */
export interface Scale {
	/** Rows before the first run. */
	readonly history: number;
	/** Rows between two runs. */
	readonly usual: number;
	/** Rows within a minute before the second run. */
	readonly burst: number;
	/** How many rows a run may deliver, for strategies with such a limit. */
	readonly cap: number;
	/** The largest page, even if a request asks for more. */
	readonly pageSize: number;
}

export const FULL_SCALE: Scale = {
	history: 3_000,
	usual: 300,
	burst: 50_000,
	cap: 20_000,
	pageSize: 5_000,
};

/** A strategy under test: its stored rows, and how to run it once. */
export interface Strategy {
	readonly name: string;
	/** Does one scheduled run, to its end or until the process dies. */
	run(death: AbortSignal): Promise<void>;
	/** Ids of the rows that it stored, with repeats. */
	stored(): Promise<readonly string[]> | readonly string[];
	close?(): Promise<void>;
}

/** The surroundings of a strategy. */
export interface World {
	readonly feed: ScriptedFeed;
	readonly clock: SimulatedClock;
	/** Milliseconds since the epoch, before all rows. */
	readonly since: number;
	readonly scale: Scale;
}

/** A feed that can make the requesting process die. */
export class ScriptedFeed extends ActivityFeed {
	#fatalRequest = Infinity;
	#death: AbortController | undefined;

	/** Makes the process die that sends the n-th request from now on. */
	letDie(request: number, death: AbortController): void {
		this.#fatalRequest = this.requests.length + request;
		this.#death = death;
	}

	override answer(request: FeedRequest) {
		if (this.requests.length + 1 === this.#fatalRequest) {
			this.fail({ hang: true });
			this.#death?.abort();
		}
		return super.answer(request);
	}
}

/** Plays the scenario for one strategy, and counts. */
export async function play(
	create: (world: World) => Promise<Strategy> | Strategy,
	scale = FULL_SCALE,
): Promise<ScenarioResult> {
	const clock = new SimulatedClock(PRESENT);
	// All strategies get the same rows, however many requests they make.
	const feed = new ScriptedFeed({
		clock,
		recordReads: false,
		requestsPerMinute: Infinity,
		maxPageSize: scale.pageSize,
	});
	const since = PRESENT - HISTORY;
	const script = new Script(feed, clock);
	script.spread(scale.history, since, PRESENT);
	const strategy = await create({ feed, clock, since, scale });
	try {
		for (let run = 0; run < RUNS; run++) {
			if (run === RUN_AFTER_BURST) script.burst(scale.burst);
			script.pass(scale.usual);
			const death = new AbortController();
			if (run === DYING_RUN) feed.letDie(FATAL_REQUEST, death);
			await strategy.run(death.signal);
			if (run === DYING_RUN && !death.signal.aborted) {
				throw new Error(`${strategy.name} did not get to the request that it should die of.`);
			}
		}
		return script.count(strategy.name, await strategy.stored());
	} finally {
		await strategy.close?.();
	}
}

/** The events in the feed, and why each row is hard to get. */
class Script {
	readonly #difficulties = new Map<string, Difficulty>();

	constructor(
		private readonly feed: ActivityFeed,
		private readonly clock: SimulatedClock,
	) {}

	/** Adds rows, evenly over an interval; if there are many, some are at the same instant. */
	spread(count: number, from: number, to: number, difficulty: Difficulty = 'none'): void {
		for (let index = 0; index < count; index++) {
			const exact = from + (index / count) * (to - from);
			const createdAt = Math.floor(exact / RESOLUTION) * RESOLUTION;
			this.#add(createdAt, createdAt, difficulty);
		}
	}

	/** Adds rows within the minute that ends two minutes before the next run. */
	burst(count: number): void {
		const from = this.clock.now() + BETWEEN_RUNS - 3 * MINUTE;
		this.spread(count, from, from + MINUTE, 'burst');
	}

	/** Advances the time to the next run, and adds the difficult rows around it. */
	pass(usual: number): void {
		const from = this.clock.now();
		this.clock.advance(BETWEEN_RUNS);
		const now = this.clock.now();
		this.spread(usual, from + SECOND, now - 2 * SECOND);
		// The newest row that this run sees, and rows of the same time that it does not see yet.
		this.#add(now - SECOND, now, 'none');
		for (let tie = 0; tie < 5; tie++) this.#add(now - SECOND, now + 20 * SECOND, 'tie');
		for (let late = 0; late < 20; late++) {
			const createdAt = now - SECOND * (2 + 2 * late);
			this.#add(createdAt, createdAt + DOCUMENTED_LAG, 'late');
		}
		for (let late = 0; late < 10; late++) {
			const createdAt = now - MINUTE - SECOND * (5 + 15 * late);
			this.#add(createdAt, createdAt + UNDOCUMENTED_LAG, 'very late');
		}
	}

	/** Compares the stored rows with the rows that the feed shows. */
	count(strategy: string, stored: readonly string[]): ScenarioResult {
		const distinct = new Set(stored);
		const shown = this.feed.rows().filter(({ visibleAt }) => visibleAt <= this.clock.now());
		// The newest rows would be read by a next run, which does not happen.
		const due = shown.filter(({ visibleAt }) => visibleAt <= this.clock.now() - 2 * BETWEEN_RUNS);
		const lost = { none: 0, burst: 0, tie: 0, late: 0, 'very late': 0 };
		for (const { id } of due) {
			if (!distinct.has(id)) lost[this.#difficulties.get(id) ?? 'none']++;
		}
		return { strategy, rows: due.length, lost, repeated: stored.length - distinct.size };
	}

	#add(createdAt: number, visibleAt: number, difficulty: Difficulty): void {
		const { id } = this.feed.add(
			{
				created_at: new Date(createdAt).toISOString(),
				organization_id: null,
				organization_uuid: null,
				actor: { type: 'user_actor', email_address: 'someone@example.com' },
				type: 'claude_chat_created',
			},
			{ visibleAt },
		);
		this.#difficulties.set(id, difficulty);
	}
}
