import { describe, expect, test } from '@jest/globals';
import { DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const HOUR = 60 * MINUTE;

/**
 * A hundredth of 200,000 activities a day: pages have 50 activities instead of 5000. The overlap is a day,
 * which is 40 pages.
 */
const PER_DAY = 2000;
const PER_PAGE = 50;

interface Setting {
	engine: 'default' | 'durable';
	pageSize?: number;
	/** How long an answer takes. */
	latency?: number;
}

/** A trigger that has delivered the day before, which is its overlap. */
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

/** Lets time pass, with as many activities as usual. */
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
			// If an answer takes more than 27 s, a poll of the durable engine has time for one page.
			[PER_PAGE, 28 * SECOND],
			[10, 5 * SECOND],
			[10, 28 * SECOND],
			// The whole overlap is only a few pages.
			[700, 12 * SECOND],
			[700, 28 * SECOND],
			[5000, 28 * SECOND],
		])(
			'new activities come within two polls: pages of %d, answers that take %d ms',
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

		test('a late activity in the middle of it is found, and nothing comes twice', async () => {
			const bench = await caughtUp({ engine, latency: 5 * SECOND });
			for (let minute = 0; minute < 40; minute++) {
				if (minute % 4 === 0) bench.happened((2 + minute / 2) * HOUR);
				bench.happened(SECOND);
				await bench.poll();
			}
			// Twice 40 pages, with 4 pages a poll.
			for (let minute = 0; minute < 20; minute++) await bench.poll();
			expect(missing(bench)).toEqual([]);
			expectNoneTwice(bench);
		});

		test('new activities come within two polls after an outage of ten hours', async () => {
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

		test('it may be shortened, and new activities still come within two polls', async () => {
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
