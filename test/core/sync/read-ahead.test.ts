import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, parseCheckpoint, type SharedText } from '../../../core';
import type { ActivityPage } from '../../simulators/activity-feed/faults';
import { Bench, type BenchOptions, DAY, MemoryStore, MINUTE, PRESENT, SECOND } from '../harness';

const START = PRESENT - 90 * DAY;
/** The last hour is quiet, so it does not show how far a page reaches into the overlap. */
const END = PRESENT - 60 * MINUTE;
const PAGE_SIZE = 20;

const TAKEN_OVER = expect.stringContaining('taken over');

/** At the API's own pace, so that several requests at a time pay. */
const SLOW = { latency: () => 2 * SECOND, turns: () => 400 };

interface Backlog {
	/** Activities in each of so many equal parts of the time. */
	readonly counts: readonly number[];
}

function benchWith({ counts }: Backlog, options: BenchOptions = SLOW): Bench {
	const bench = new Bench(options);
	const part = (END - START) / counts.length;
	counts.forEach((count, index) => {
		if (count === 0) return;
		const from = START + index * part;
		bench.simulated.generate({ count, from, to: from + part });
	});
	return bench;
}

const syncOptions = (store?: MemoryStore) => ({
	backfillStart: START,
	pageSize: PAGE_SIZE,
	includeOwnRequests: false,
	store,
});

const backlog = fc.oneof(
	fc.record({ counts: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 }) }),
	// Most of it in one burst.
	fc.tuple(fc.integer({ min: 1, max: 400 }), fc.nat(8)).map(([burst, at]) => ({
		counts: Array.from({ length: 9 }, (_, i) => (i === at ? burst : 3)),
	})),
);

describe('a backfill that reads ahead', () => {
	test('delivers what a sequential one delivers, in the same order', async () => {
		await fc.assert(
			fc.asyncProperty(backlog, fc.integer({ min: 0, max: 40 }), async (each, turns) => {
				const sequential = await benchWith(each).run(syncOptions());
				const bench = benchWith(each, { ...SLOW, turns: () => turns });
				const ahead = await bench.run(syncOptions(new MemoryStore(Infinity)));
				expect(ahead.ids).toEqual(sequential.ids);
			}),
			{ numRuns: 60 },
		);
	});

	test('makes at most one request for each page, and two for each parallel request', async () => {
		await fc.assert(
			fc.asyncProperty(backlog, async (each) => {
				const bench = benchWith(each);
				await bench.run(syncOptions(new MemoryStore(Infinity)));
				const activities = each.counts.reduce((sum, count) => sum + count, 0);
				const concurrency = Math.max(bench.mostUnderWay, bench.feed.client.concurrency);
				// While it reads, the activities of its own requests appear, too.
				const own = bench.asked.length / PAGE_SIZE;
				const pages = Math.ceil(activities / PAGE_SIZE + own);
				expect(bench.asked.length).toBeLessThanOrEqual(pages + 2 * concurrency);
			}),
			{ numRuns: 60 },
		);
	});

	test('ends where more than a page happened within seconds, and nothing since', async () => {
		const burst = fc.record({
			before: fc.nat(100),
			count: fc.integer({ min: 1, max: 300 }),
			within: fc.integer({ min: 1, max: 5 * SECOND }),
			age: fc.integer({ min: MINUTE, max: 30 * DAY }),
			unreadable: fc.nat(2),
		});
		await fc.assert(
			fc.asyncProperty(burst, async ({ before, count, within, age, unreadable }) => {
				// The feed records no reads here: their activities would come after the burst.
				const bench = new Bench({ ...SLOW, recordReads: false });
				const at = PRESENT - age;
				bench.simulated.generate({ count: before, from: START, to: at });
				bench.simulated.generate({ count, from: at, to: at + within });
				for (let n = 0; n < unreadable; n++) {
					bench.simulated.add(`{"odd":${n}}`, { at: (at + within) * 1000 });
				}
				const { ids } = await bench.run(syncOptions(new MemoryStore(Infinity)));
				expect(ids).toHaveLength(before + count);
				const pages = Math.ceil((before + count + unreadable) / PAGE_SIZE);
				const again = Math.ceil((count + unreadable) / PAGE_SIZE) + 2;
				const concurrency = Math.max(bench.mostUnderWay, bench.feed.client.concurrency);
				expect(bench.asked.length).toBeLessThanOrEqual(pages + again + 2 * concurrency);
			}),
			{ numRuns: 60 },
		);
	});

	const even = { counts: Array.from({ length: 30 }, () => 40) };

	test('has as many requests under way as are useful, and no more', async () => {
		const bench = benchWith(even);
		await bench.run(syncOptions(new MemoryStore(Infinity)));
		// 600 requests a minute, of which it may use 80 %, are 16 in 2 s; twice as many keep it busy.
		expect(bench.mostUnderWay).toBeGreaterThan(16);
		expect(bench.mostUnderWay).toBeLessThanOrEqual(32);
	});

	test('also has them if a quiet beginning shows little of what follows', async () => {
		const adopted = { counts: [5, 5, 5, 5, ...Array.from({ length: 4 }, () => 300)] };
		const bench = benchWith(adopted);
		const { ids } = await bench.run(syncOptions(new MemoryStore(Infinity)));
		expect(ids).toHaveLength(1220);
		expect(bench.mostUnderWay).toBeGreaterThan(16);
	});

	test('reads nothing behind a section that fails', async () => {
		const bench = benchWith(even);
		bench.simulated.fail({ status: 401 }, { after: 1 });
		expect(await bench.failure(syncOptions(new MemoryStore(Infinity)))).toMatchObject({
			code: 'key-invalid',
		});
		expect(bench.asked.length).toBeLessThan(40);
		expect(bench.underWay).toBe(0);
	});

	test('requests one page after the other if answers arrive at once', async () => {
		const bench = benchWith(even, { turns: () => 5 });
		await bench.run(syncOptions(new MemoryStore(Infinity)));
		expect(bench.mostUnderWay).toBe(1);
	});

	test('requests one page after the other if it has a cap', async () => {
		const bench = benchWith(even);
		const store = new MemoryStore(Infinity);
		await bench.run({ ...syncOptions(store), maxActivities: 900 });
		expect(bench.mostUnderWay).toBe(1);
		expect(store.puts).toBe(0);
	});

	test('stores pages only together with all that refers to them', async () => {
		const gone: Promise<unknown>[] = [];
		class DetachingStore extends MemoryStore {
			override readonly put = async (text: SharedText, tables: readonly Buffer[]) => {
				const { length } = text;
				const bytes = text.release();
				// Like files: from here on, the memory belongs to somebody else.
				const kept = { text: Buffer.from(bytes), tables: Buffer.concat(tables) };
				bytes.fill(0);
				for (const table of tables) table.fill(0);
				gone.push(Promise.resolve().then(() => text.value(0, length, 0)));
				return { take: async () => kept };
			};
		}
		const bench = benchWith(even);
		const shown = bench.simulated.rows().map(({ json }) => json);
		const { batches } = await bench.run(syncOptions(new DetachingStore(Infinity)));
		const given = batches.flatMap(({ activities }) => activities.map(({ json }) => json));
		expect(given).toEqual(shown);
		expect(gone.length).toBeGreaterThan(10);
		for (const each of await Promise.allSettled(gone)) {
			expect(each).toMatchObject({ status: 'rejected', reason: { message: TAKEN_OVER } });
		}
	});

	test.each([0, 30_000, 100_000])('keeps no more than %d bytes waiting', async (capacity) => {
		// More than the first page suggests.
		const bench = benchWith({ counts: [20, 20, ...Array.from({ length: 10 }, () => 120)] });
		const store = new MemoryStore(capacity);
		const { ids } = await bench.run(syncOptions(store));
		expect(ids).toHaveLength(1240);
		expect(store.most).toBeLessThanOrEqual(capacity);
		expect(store.held).toBe(0);
	});

	test('is complete and in order if large pages do not arrive', async () => {
		const heavy = { counts: Array.from({ length: 12 }, (_, i) => 300 + 20 * i) };
		const bench = benchWith(heavy, { ...SLOW, cursorsBoundToQuery: true });
		bench.simulated.heavyPages = { rows: 200, fault: { status: 504 } };
		// From now on, the feed also holds the activities of these requests.
		const shown = bench.simulated.rows().map(({ id }) => id);
		// The first pages are small enough.
		const { ids } = await bench.run({ ...syncOptions(new MemoryStore(Infinity)), pageSize: 400 });
		expect(ids).toEqual(shown);
		expect(bench.mostUnderWay).toBeGreaterThan(2);
		expect(bench.warnings).toEqual([]);
	});

	describe('loses nothing if the feed', () => {
		/** Changes the pages of some answers, until the feed is repaired. */
		const lying = (lie: (page: ActivityPage) => unknown, answers: number[]) => {
			const bench = benchWith(even);
			const liar = { bench, lies: true };
			const transform = (page: ActivityPage) => (liar.lies ? lie(page) : page);
			for (const after of answers) bench.simulated.fail({ transform }, { after });
			return liar;
		};
		const answers = [2, 3, 5, 8, 13, 21, 34, 55];
		/** The next run must deliver what a wrong run leaves out. */
		const inTwoRuns = async (liar: ReturnType<typeof lying>) => {
			const { bench } = liar;
			const shown = bench.simulated.rows().map(({ id }) => id);
			const first = await bench.run(syncOptions(new MemoryStore(Infinity)));
			expect(bench.mostUnderWay).toBeGreaterThan(2);
			liar.lies = false;
			const checkpoint = parseCheckpoint(JSON.stringify(first.checkpoint));
			const second = await bench.run({ ...syncOptions(), checkpoint });
			const missing = new Set(shown);
			const repeated = [...first.ids, ...second.ids].filter((id) => !missing.delete(id));
			expect([[...missing], repeated.filter((id) => shown.includes(id))]).toEqual([[], []]);
		};

		test.each(answers)('claims once that it ends too early, in answer %d', async (answer) => {
			const over = { data: [], has_more: false, first_id: null, last_id: null };
			await inTwoRuns(lying(() => over, [answer]));
		});

		test.each(answers)('ends once in the middle of a page, in answer %d', async (answer) => {
			const half = ({ data, ...page }: ActivityPage) => ({
				...page,
				has_more: false,
				data: data.slice(0, data.length / 2),
			});
			await inTwoRuns(lying(half, [answer]));
		});

		test('shows, from every third server, its state of weeks ago', async () => {
			const isOld = (record: Record<string, unknown>) =>
				Date.parse(String(record.created_at)) < END - 30 * DAY;
			const stale = (page: ActivityPage) => {
				const data = page.data.filter(isOld);
				return data.length === page.data.length ? page : { ...page, data, has_more: false };
			};
			const third = Array.from({ length: 300 }, (_, index) => 3 * index + 3);
			await inTwoRuns(lying(stale, third));
		});
	});

	test('continues with one request at a time after a refusal, and recovers', async () => {
		const bench = benchWith(even);
		bench.simulated.fail({ status: 429, headers: { 'retry-after': '20' } }, { after: 10 });
		const underWay: number[] = [];
		// The last request before the pause is noticed only after it, and its answer counts, too.
		let asked = Infinity;
		bench.meanwhile = () => {
			if (!bench.sleeps.some((ms) => ms >= 20 * SECOND)) return;
			if (bench.asked.length > asked) underWay.push(bench.underWay);
			asked = bench.asked.length;
		};
		const { ids } = await bench.run(syncOptions(new MemoryStore(Infinity)));
		expect(ids).toHaveLength(1200);
		expect(underWay.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 1));
		expect(Math.max(...underWay.slice(9))).toBeGreaterThan(2);
	});

	test('makes no further request once nobody reads on', async () => {
		const bench = benchWith(even);
		for await (const batch of bench.sync(syncOptions(new MemoryStore(Infinity)))) {
			expect(batch.activities).not.toHaveLength(0);
			break;
		}
		const asked = bench.asked.length;
		for (let turn = 0; turn < 200; turn++) await Promise.resolve();
		expect(bench.asked).toHaveLength(asked);
		expect(bench.underWay).toBe(0);
	});

	test('continues by time if a cursor is refused', async () => {
		const bench = benchWith(even);
		const answer = bench.simulated.answer.bind(bench.simulated);
		let refused = 0;
		bench.simulated.answer = (request) => {
			if (request.url.includes('after_id') && refused++ === 4)
				bench.simulated.fail({ status: 400 });
			return answer(request);
		};
		const { ids } = await bench.run(syncOptions(new MemoryStore(Infinity)));
		expect(new Set(ids).size).toBe(1200);
		expect(ids).toHaveLength(1200);
		expect(bench.warnings).toEqual([expect.stringContaining('Continuing by time')]);
	});

	test.each([
		['its time is up', async (bench: Bench) => ({ until: bench.clock.now() + 9 * SECOND })],
		[
			'it fails',
			async (bench: Bench) => {
				bench.simulated.fail({ status: 401 }, { after: 30 });
				return {};
			},
		],
	])('knows the own requests that were under way when %s', async (_, end) => {
		const bench = benchWith(even);
		const options = { ...syncOptions(new MemoryStore(Infinity)), ...(await end(bench)) };
		const batches: Batch[] = [];
		const reading = async () => {
			for await (const batch of bench.sync(options)) batches.push(batch);
		};
		await reading().catch(() => undefined);
		expect(batches.at(-1)?.caughtUp).toBe(false);
		expect(bench.asked.length).toBeGreaterThan(10);
		expect(bench.underWay).toBe(0);

		bench.clock.advance(MINUTE);
		const asked = bench.asked.length;
		const rest = await bench.run({ ...syncOptions(), checkpoint: batches.at(-1)?.checkpoint });
		const leftOut = [...batches, ...rest.batches].flatMap((batch) => batch.leftOut);
		expect(leftOut.length).toBeGreaterThanOrEqual(asked);
		const delivered = [...batches, ...rest.batches].flatMap(({ activities }) => activities);
		expect(delivered).toHaveLength(1200);
	});

	test('finds activities that appear late behind what it has read, whenever they do', async () => {
		const few = { counts: Array.from({ length: 30 }, () => 8) };
		const { asked } = await ranWith(few);
		for (let request = 1; request <= asked; request++) {
			const { late, ids } = await ranWith(few, request);
			expect({ request, found: ids.includes(late ?? '') }).toEqual({ request, found: true });
		}
	});

	/** Two runs. At a request of the first run, an activity appears as late as the overlap allows. */
	async function ranWith(each: Backlog, request?: number) {
		// The activities of own requests would show how far a page reaches into the overlap.
		const bench = benchWith(each, { ...SLOW, recordReads: false });
		let late: string | undefined;
		bench.meanwhile = () => {
			if (bench.asked.length !== request || late !== undefined) return;
			late = bench.happened(5 * MINUTE - 3 * SECOND).id;
		};
		const first = await bench.run(syncOptions(new MemoryStore(Infinity)));
		const asked = bench.asked.length;
		const second = await bench.run({ ...syncOptions(), checkpoint: first.checkpoint });
		return { asked, late, ids: [...first.ids, ...second.ids] };
	}

	test('uses no more of the limit than its share', async () => {
		const bench = benchWith(even, { ...SLOW, requestsPerMinute: 20, rateLimitShare: 0.3 });
		const asked: number[] = [];
		bench.meanwhile = () => {
			if (bench.asked.length > asked.length) asked.push(bench.clock.now());
		};
		const { ids } = await bench.run(syncOptions(new MemoryStore(Infinity)));
		expect(ids).toHaveLength(1200);
		const perMinute = new Map<number, number>();
		for (const at of asked) {
			const minute = Math.floor((at - asked[0]!) / MINUTE);
			perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
		}
		expect(Math.max(...perMinute.values())).toBeLessThanOrEqual(7);
	});
});
