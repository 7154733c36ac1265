import { describe, expect, test } from '@jest/globals';
import { DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const HOUR = 60 * MINUTE;

/**
 * A hundredth of 200,000 activities a day: a page of 50 stands for one of 5000, and the day that the
 * overlap holds is 40 pages, as long as answers take.
 */
const PER_DAY = 2000;
const PER_PAGE = 50;

interface Setting {
	engine: 'default' | 'durable';
	pageSize?: number;
	/** How long an answer takes. */
	latency?: number;
}

/** A trigger that has delivered the day that its overlap holds. */
async function caughtUp({ engine, pageSize = PER_PAGE, latency = 0 }: Setting) {
	const bench = new TriggerBench({
		engine,
		requestsPerMinute: Infinity,
		parameters: {
			backfillStartTime: 'date',
			backfillStartDate: '2026-02-28T10:00:00Z',
			options: { pageSize, overlap: 24 * 60 },
		},
	});
	passes(bench, 25 * HOUR);
	await bench.publish();
	await bench.poll();
	expect(missing(bench)).toEqual([]);
	bench.slow(latency);
	return bench;
}

/** So much of the usual day has just gone by. */
function passes(bench: TriggerBench, duration: number): string[] {
	const every = DAY / PER_DAY;
	const count = Math.round(duration / every);
	return Array.from({ length: count }, (_, i) => bench.happened((count - i - 0.5) * every));
}

function missing(bench: TriggerBench): unknown[] {
	const delivered = new Set(bench.ids);
	return bench.feed.rows().filter(({ id }) => !delivered.has(id));
}

function expectNoneTwice(bench: TriggerBench): void {
	expect(bench.ids).toHaveLength(new Set(bench.ids).size);
}

describe.each(['default', 'durable'] as const)(
	'with a day of overlap, on the %s engine',
	(engine) => {
		test.each([
			[PER_PAGE, SECOND],
			[PER_PAGE, 5 * SECOND],
			[PER_PAGE, 12 * SECOND],
			// An answer of more than 27 s leaves the durable engine's poll time for one page.
			[PER_PAGE, 28 * SECOND],
			[10, 5 * SECOND],
			[10, 28 * SECOND],
			// A few pages are the whole overlap.
			[700, 12 * SECOND],
			[700, 28 * SECOND],
			[5000, 28 * SECOND],
		])(
			'what is new comes within two polls: pages of %d, answers that take %d ms',
			async (pageSize, latency) => {
				const bench = await caughtUp({ engine, pageSize, latency });
				const { frontier } = bench.checkpoint;
				let last: string[] = [];
				for (let minute = 0; minute < 12; minute++) {
					const news = [bench.happened(30 * SECOND), bench.happened(SECOND)];
					await bench.poll();
					expect(bench.ids).toEqual(expect.arrayContaining(last));
					last = news;
				}
				expectNoneTwice(bench);
				expect(bench.checkpoint.frontier).not.toBe(frontier);
			},
		);

		test('what appears late in the middle of it is found, and nothing comes twice', async () => {
			const bench = await caughtUp({ engine, latency: 5 * SECOND });
			for (let minute = 0; minute < 40; minute++) {
				if (minute % 4 === 0) bench.happened((2 + minute / 2) * HOUR);
				bench.happened(SECOND);
				await bench.poll();
			}
			// Two rounds of 40 pages, with 4 of them a poll.
			for (let minute = 0; minute < 20; minute++) await bench.poll();
			expect(missing(bench)).toEqual([]);
			expectNoneTwice(bench);
		});

		test('what is new comes within two polls after an outage of ten hours', async () => {
			const bench = await caughtUp({ engine, latency: 5 * SECOND });
			time.pass(10 * HOUR);
			passes(bench, 10 * HOUR);
			for (let left = missing(bench).length; left > 0;) {
				await bench.poll();
				await bench.poll();
				const before = left;
				left = missing(bench).length;
				expect(left).toBeLessThanOrEqual(Math.max(before - PER_PAGE, 0));
			}
			expectNoneTwice(bench);
		});

		test('it may be shortened, and what is new still comes within two polls', async () => {
			const bench = await caughtUp({ engine, latency: 5 * SECOND });
			await bench.change({ options: { pageSize: PER_PAGE, overlap: 5 } });
			for (let twice = 0; twice < 12; twice++) {
				bench.happened(SECOND);
				const news = missing(bench);
				await bench.poll();
				await bench.poll();
				expect(missing(bench)).not.toEqual(expect.arrayContaining(news));
			}
			expectNoneTwice(bench);
		});
	},
);
