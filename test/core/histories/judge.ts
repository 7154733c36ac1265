import { Arrivals } from './arrivals';
import { Clock, Standstill } from './clock';
import { Dates } from './dates';
import { type History, HOUR, MINUTE, SECOND } from './history';
import { Host } from './host';
import { Random } from './random';
import { type Outcome, Reader } from './reader';
import type { Row } from './row';
import { Sink } from './sink';
import { World } from './world';

/** In a quiet feed, a run with this many requests would never end. */
const MAX_REQUESTS = 600;
/** In a quiet feed, a reader catches up within this many runs. */
const MAX_TRIES = 10;
/** How long a checkpoint may be without its ids, and for each of them, in characters. */
const CHECKPOINT_SIZE = 1500;
const ID_SIZE = 64;

/** The faults of the core in one history. Without faults, everything in it is empty. */
export interface Verdict {
	readonly seed: number;
	/** Rows that were never delivered, as served. */
	readonly lost: readonly string[];
	/** Rows that were delivered again, as served. */
	readonly repeated: readonly string[];
	/** Why the reader no longer reaches the end of the feed. */
	readonly stuck: readonly string[];
	/** Other things that must never happen. */
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
			clock.now += run.aims ? untilOneLeaves(run.pause) : run.pause;
			arrivals.between(before, clock.now);
			trace?.(`run: ${JSON.stringify(run)}`);
			const outcome = await clock.during(reader.run(run), after(run.requests));
			if (!outcome) reader.kill();
			trace?.(`  ended: ${outcome?.reason ?? 'it was killed'}`);
		}
		host.quiet = true;
		// The second time shows which ids the checkpoint has forgotten by then.
		for (let round = 0; round < 2; round++) {
			clock.now = world.rows.reduce((last, { visibleAt }) => Math.max(last, visibleAt), clock.now);
			clock.now += history.overlap + 3 * MINUTE;
			const { caughtUp, reason, due } = await catchUp();
			if (!caughtUp) {
				stuck.push(reason);
				break;
			}
			lost = due.filter(({ key }) => !sink.delivered.has(key));
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

	/** Whether more than `count` requests have been made from now on. */
	function after(requests: number): () => boolean {
		const most = host.requests + requests;
		return () => host.requests > most;
	}

	/** A pause until an existing row is an overlap old, and up to a second longer. */
	function untilOneLeaves(pause: number): number {
		if (world.rows.length === 0) return pause;
		const { compared } = random.pick(world.rows);
		const left = Math.floor(compared / 1000) + history.overlap - clock.now;
		return left > 0 && left < 2 * HOUR ? left + random.whole(0, SECOND - 1) : pause;
	}

	async function catchUp(): Promise<Outcome & { due: Row[] }> {
		for (let tries = 1; ; tries++) {
			const due = allDue();
			trace?.('run at last');
			const outcome = await clock.during(
				reader.run({
					pause: 0,
					aims: false,
					pageSize: history.lastPageSize,
					maxActivities: undefined,
					death: undefined,
					requests: MAX_REQUESTS,
					readAhead: history.kinds.has('read-ahead') ? 20_000 : undefined,
					time: undefined,
				}),
				after(MAX_REQUESTS),
			);
			if (!outcome) throw new Standstill('a run makes requests without end');
			trace?.(`  ended: ${outcome.reason}`);
			if (outcome.caughtUp || tries === MAX_TRIES) return { ...outcome, due };
			clock.now += 2 * MINUTE;
		}
	}

	/** The rows that the feed shows now, from the start on. */
	function allDue(): Row[] {
		const { only, except } = history.types;
		return world.rows.filter(
			({ type, hidden, compared, visibleAt }) =>
				!hidden &&
				visibleAt <= clock.now &&
				compared >= history.start * 1000 &&
				(only.length === 0 || only.includes(type)) &&
				!except.includes(type),
		);
	}

	/** The checkpoint knows what the feed may still show again, and nothing older. */
	function largestCheckpoint(): number {
		const oldest = (clock.now - history.overlap - 10 * MINUTE) * 1000;
		const open = world.rows.filter(({ compared, readable }) => !readable || compared >= oldest);
		return CHECKPOINT_SIZE + ID_SIZE * open.length;
	}
}
