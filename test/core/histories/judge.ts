import { Arrivals } from './arrivals';
import { Clock, Standstill } from './clock';
import { Dates } from './dates';
import { type History, MINUTE, SECOND } from './history';
import { Host } from './host';
import { Random } from './random';
import { type Outcome, Reader } from './reader';
import type { Row } from './row';
import { Sink } from './sink';
import { World } from './world';

/** A history with so many requests has no end. */
const MAX_REQUESTS = 3000;
/** In a feed that is quiet, a reader catches up within so many runs. */
const MAX_TRIES = 10;
/** What happened so shortly after the start may be missing, in milliseconds. */
const AT_THE_START = 3 * SECOND;
/** What a checkpoint may take beside its ids, and for each of them, in characters. */
const CHECKPOINT_SIZE = 1500;
const ID_SIZE = 64;

/** What one history says about the core. All is well when everything in it is empty. */
export interface Verdict {
	readonly seed: number;
	/** Rows that never came, as served. */
	readonly lost: readonly string[];
	/** Rows that came again, as served. */
	readonly repeated: readonly string[];
	/** Why the feed is no longer read to its end. */
	readonly stuck: readonly string[];
	/** What else must never happen. */
	readonly failed: readonly string[];
	readonly requests: number;
}

/** Plays a history, and compares what the core has delivered with what the feed has shown. */
export async function judge(history: History, trace?: (line: string) => void): Promise<Verdict> {
	const random = new Random(history.seed, 2);
	const world = new World();
	const clock = new Clock(history.present);
	const arrivals = new Arrivals(history, world, clock, random);
	const dates = new Dates(history, clock, random);
	const host = new Host(history, world, clock, random, arrivals, dates, trace);
	const sink = new Sink(history.keeping);
	const reader = new Reader(history, world, clock, random, host, sink, trace);
	const stuck: string[] = [];
	let lost: Row[] = [];
	try {
		arrivals.backlog();
		for (const run of history.runs) {
			const before = clock.now;
			clock.now += run.pause;
			arrivals.between(before, clock.now);
			trace?.(`run: ${JSON.stringify(run)}`);
			const { reason } = await clock.during(reader.run(run), exhausted);
			trace?.(`  ended: ${reason}`);
		}
		host.quiet = true;
		// The second time shows what the checkpoint has forgotten by then.
		for (let round = 0; round < 2; round++) {
			clock.now = world.rows.reduce((last, { visibleAt }) => Math.max(last, visibleAt), clock.now);
			clock.now += history.overlap + 3 * MINUTE;
			const { caughtUp, reason, begun } = await catchUp();
			if (!caughtUp) stuck.push(reason);
			else lost = missing(begun);
			if (stuck.length > 0) break;
		}
	} catch (error) {
		if (!(error instanceof Standstill)) throw error;
		stuck.push(error.message);
	}
	if (stuck.length === 0 && sink.length > largestCheckpoint()) {
		reader.failures.push(`the checkpoint has grown to ${sink.length} characters`);
	}
	const served = (key: string) => world.find(key)?.text ?? key;
	return {
		seed: history.seed,
		lost: lost.map(({ text }) => text),
		repeated: sink.repeated.map(served),
		stuck,
		failed: reader.failures,
		requests: host.requests,
	};

	function exhausted(): boolean {
		return host.requests > MAX_REQUESTS;
	}

	async function catchUp(): Promise<Outcome & { begun: number }> {
		for (let tries = 1; ; tries++) {
			const begun = clock.now;
			trace?.('run at last');
			const outcome = await clock.during(
				reader.run({
					pause: 0,
					pageSize: history.lastPageSize,
					maxActivities: undefined,
					death: undefined,
					readAhead: history.kinds.has('read-ahead') ? 20_000 : undefined,
					time: undefined,
				}),
				exhausted,
			);
			trace?.(`  ended: ${outcome.reason}`);
			if (outcome.caughtUp || tries === MAX_TRIES) return { ...outcome, begun };
			clock.now += 2 * MINUTE;
		}
	}

	/** What was shown before, and has not come. */
	function missing(before: number): Row[] {
		const { only, except } = history.types;
		const first = (history.start + AT_THE_START) * 1000;
		return world.rows.filter(
			({ key, type, hidden, compared, visibleAt }) =>
				!hidden &&
				visibleAt <= before &&
				compared >= first &&
				(only.length === 0 || only.includes(type)) &&
				!except.includes(type) &&
				!sink.delivered.has(key),
		);
	}

	/** It holds what the feed may still show again, and nothing older. */
	function largestCheckpoint(): number {
		const oldest = (clock.now - history.overlap - 10 * MINUTE) * 1000;
		const open = world.rows.filter(({ compared, readable }) => !readable || compared >= oldest);
		return CHECKPOINT_SIZE + ID_SIZE * open.length;
	}
}
