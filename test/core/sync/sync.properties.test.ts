import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, type Checkpoint, UserError, parseCheckpoint } from '../../../core';
import { Bench, MemoryStore, MINUTE, PRESENT, SECOND } from '../harness';
import { arrival, arrive, feedFault, OVERLAP } from '../scenarios';

const START = PRESENT - 60 * MINUTE;
const BYTES_AN_ID = 13;

const run = fc.record({
	/** Time since the previous run. */
	pause: fc.integer({ min: 0, max: 12 * MINUTE }),
	/**
	 * Each request leaves an activity, and one more activity of a page may be known. With smaller pages,
	 * and several requests at a time, a run would never end.
	 */
	pageSize: fc.integer({ min: 4, max: 9 }),
	maxActivities: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
	/** What arrives before and during the requests of the run. */
	arrivals: fc.array(arrival, { maxLength: 5 }),
	faults: fc.array(feedFault, { maxLength: 2 }),
	/** Which batch the run dies at, and whether it had stored it. */
	death: fc.option(fc.record({ batch: fc.nat(4), stored: fc.boolean() }), { nil: undefined }),
	latency: fc.integer({ min: 0, max: 90 * SECOND }),
	/** How much may be read ahead, in bytes. */
	ahead: fc.option(fc.constantFrom(5_000, 50_000, Infinity), { nil: undefined }),
});

const scenario = fc.record({
	seed: fc.integer(),
	backlog: fc.integer({ min: 0, max: 80 }),
	skew: fc.integer({ min: -60 * MINUTE, max: 60 * MINUTE }),
	runs: fc.array(run, { minLength: 1, maxLength: 6 }),
});

/** A store for activities and checkpoint. */
class Sink {
	readonly stored: string[] = [];
	checkpoint: Checkpoint | undefined;
	#pending: Checkpoint | undefined;

	/** @param atomic whether the checkpoint is stored with each batch, or once at the end of a run */
	constructor(private readonly atomic: boolean) {}

	store({ activities, checkpoint }: Batch): void {
		this.stored.push(...activities.map(({ id }) => id));
		this.#pending = checkpoint;
		if (this.atomic) this.finish();
	}

	finish(): void {
		if (this.#pending) this.checkpoint = parseCheckpoint(JSON.stringify(this.#pending));
	}
}

describe.each([
	{ atomic: true, title: 'a sink that stores its checkpoint with its data' },
	{ atomic: false, title: 'a sink that saves its checkpoint at the end of a run' },
])('$title', ({ atomic }) => {
	test('holds exactly what the feed ever showed, despite late rows, ties, caps, faults and killed runs', async () => {
		await fc.assert(
			fc.asyncProperty(scenario, async ({ seed, backlog, skew, runs }) => {
				let latency = 0;
				const turns = turnsOf(seed);
				const bench = new Bench({ seed, skew, latency: () => latency, turns });
				const { simulated, clock } = bench;
				if (backlog > 0) simulated.generate({ count: backlog, from: START, to: PRESENT });
				const sink = new Sink(atomic);

				for (const each of runs) {
					clock.advance(each.pause);
					({ latency } = each);
					for (const { fault, after } of each.faults) simulated.fail(fault, { after });
					const arrivals = [...each.arrivals];
					bench.meanwhile = () => arrive(bench, arrivals.shift());
					await attempt(bench, sink, each);
				}

				clock.advance(OVERLAP);
				latency = 0;
				bench.meanwhile = () => undefined;
				const shown = () =>
					simulated
						.rows()
						.filter(({ createdAt, visibleAt }) => createdAt >= START && visibleAt <= clock.now())
						.map(({ id }) => id);
				let caughtUp = false;
				// The activities of the last run's own requests may appear behind what it has read.
				let due: string[] = [];
				// Remaining faults from the runs above may end some of these, too.
				for (let tries = 0; tries < 50 && !caughtUp; tries++) {
					due = shown();
					caughtUp = await attempt(bench, sink, { pageSize: 5 });
				}
				expect(caughtUp).toBe(true);

				const stored = new Set(sink.stored);
				expect(due.filter((id) => !stored.has(id))).toEqual([]);
				const possible = new Set(shown());
				expect(sink.stored.filter((id) => !possible.has(id))).toEqual([]);
				if (atomic) expect(sink.stored).toHaveLength(stored.size);
			}),
			{ numRuns: 300 },
		);
	});
});

async function attempt(
	bench: Bench,
	sink: Sink,
	run: {
		pageSize: number;
		maxActivities?: number | undefined;
		ahead?: number | undefined;
		death?: { batch: number; stored: boolean } | undefined;
	},
): Promise<boolean> {
	let frontier = sink.checkpoint?.frontier ?? '';
	let number = 0;
	let delivered = 0;
	try {
		for await (const batch of bench.sync({
			checkpoint: sink.checkpoint,
			backfillStart: START,
			overlap: OVERLAP,
			pageSize: run.pageSize,
			maxActivities: run.maxActivities,
			store: run.ahead === undefined ? undefined : new MemoryStore(run.ahead),
		})) {
			delivered += batch.activities.length;
			expect(delivered).toBeLessThanOrEqual(run.maxActivities ?? Infinity);
			const { checkpoint } = batch;
			expect((checkpoint.frontier ?? '') >= frontier).toBe(true);
			frontier = checkpoint.frontier ?? '';
			expectBounded(bench, checkpoint);

			const dies = run.death?.batch === number++;
			if (!dies || run.death?.stored) sink.store(batch);
			if (dies) return false;
			if (batch.caughtUp) {
				sink.finish();
				return true;
			}
		}
		sink.finish();
	} catch (error) {
		if (bench.endless || !(error instanceof UserError)) throw error;
	}
	return false;
}

/** Up to 40 turns of the event loop for each answer. */
function turnsOf(seed: number): () => number {
	let state = seed;
	return () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % 40;
}

/** The checkpoint holds no more ids than there are activities from its frontier on. */
function expectBounded({ simulated }: Bench, { seen, frontier, start }: Checkpoint): void {
	// Two seconds more, by which an activity may be out of order.
	const oldest = Date.parse(frontier ?? start) - 2 * SECOND;
	const remembered = Buffer.from(seen, 'base64').length / BYTES_AN_ID;
	const open = simulated.rows().filter(({ createdAt }) => createdAt >= oldest).length;
	expect(remembered).toBeLessThanOrEqual(open);
}
