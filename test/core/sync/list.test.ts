import { describe, expect, test } from '@jest/globals';
import { UserError, list } from '../../../core';
import type { ListOptions } from '../../../core/sync/list';
import { Bench, DAY, MINUTE, NO_FILTERS, PRESENT, SECOND } from '../harness';

/** A feed whose own requests leave no activity, so that it holds only what the test adds. */
const quiet = { recordReads: false };

async function listed(bench: Bench, options: Partial<ListOptions> = {}): Promise<string[]> {
	const ids: string[] = [];
	for await (const { id } of list({
		feed: bench.feed,
		filters: NO_FILTERS,
		order: 'desc',
		pageSize: 7,
		now: () => bench.clock.now(),
		warn: bench.log.warning,
		...options,
	})) {
		ids.push(id);
	}
	return ids;
}

describe('a list', () => {
	test('holds an interval of the feed in both orders, bounds included', async () => {
		const bench = new Bench(quiet);
		const at = (minutes: number) => {
			const created_at = new Date(PRESENT - minutes * MINUTE).toISOString();
			return bench.happened(0, { created_at }).id;
		};
		at(31);
		const inside = [30, 29, 25, 21, 20].map(at);
		at(19);
		const interval = { from: PRESENT - 30 * MINUTE, to: PRESENT - 20 * MINUTE, pageSize: 2 };
		expect(await listed(bench, { ...interval, order: 'asc' })).toEqual(inside);
		expect(await listed(bench, interval)).toEqual(inside.reverse());
	});

	test.each(['asc', 'desc'] as const)(
		'is complete if large pages do not arrive: %s',
		async (order) => {
			const bench = new Bench({ ...quiet, cursorsBoundToQuery: true });
			bench.simulated.generate({ count: 3000, from: PRESENT - DAY, to: PRESENT - MINUTE });
			bench.simulated.heavyPages = { rows: 300, fault: { status: 504 } };
			const ids = bench.simulated.rows().map(({ id }) => id);
			const found = await listed(bench, { order, pageSize: 1000 });
			expect(found).toEqual(order === 'asc' ? ids : ids.reverse());
			expect(bench.warnings).toEqual([]);
		},
	);

	test.each(['asc', 'desc'] as const)(
		'without bounds is the whole feed, ties and all: %s',
		async (order) => {
			const bench = new Bench(quiet);
			bench.simulated.generate({ count: 100, from: PRESENT - DAY, to: PRESENT });
			for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
			const ids = await listed(bench, { order });
			expect(ids).toHaveLength(120);
			expect(new Set(ids)).toEqual(new Set(bench.simulated.rows().map(({ id }) => id)));
		},
	);

	test('returns an activity once if the API sends it twice', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		bench.simulated.fail({ duplicateRow: true });
		expect(await listed(bench)).toEqual([id]);
	});

	test('requests no page that nobody reads', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
		const activities = list({
			feed: bench.feed,
			filters: NO_FILTERS,
			order: 'desc',
			pageSize: 5,
			now: () => bench.clock.now(),
			warn: bench.log.warning,
		});
		await activities.next();
		await activities.return();
		expect(bench.asked).toHaveLength(1);
	});

	test.each([
		[{ transform: reverse }, 'out of order'],
		[{ transform: aged(-DAY) }, 'older than requested'],
		[{ transform: aged(DAY) }, 'newer than requested'],
	])('fails if the API breaks its rules', async (fault, complaint) => {
		const bench = new Bench(quiet);
		for (let minute = 0; minute < 5; minute++) bench.happened(minute * MINUTE);
		bench.simulated.fail(fault, { times: Infinity });
		const failure = listed(bench, { from: PRESENT - 10 * MINUTE, to: PRESENT });
		await expect(failure).rejects.toThrow(complaint);
	});

	test('accepts records slightly out of order or beyond its bounds, with a warning', async () => {
		const bench = new Bench(quiet);
		const ids = [5, 4, 3].map((minute) => bench.happened(minute * MINUTE).id);
		bench.simulated.fail({ transform: aged(-2 * SECOND) });
		const from = PRESENT - 5 * MINUTE;
		expect(await listed(bench, { from, order: 'asc' })).toEqual(ids);
		expect(bench.warnings.join()).toContain('older than requested, by 2 s');
	});

	test('includes all of the last millisecond, and nothing after it', async () => {
		const bench = new Bench(quiet);
		const to = PRESENT - MINUTE;
		const at = (micros: string) =>
			bench.simulated.add({
				type: 'x',
				created_at: new Date(to).toISOString().replace('.000Z', `.${micros}Z`),
			}).id;
		const ids = [at('000000'), at('000001'), at('000999')];
		at('001000');
		expect(await listed(bench, { to, order: 'asc' })).toEqual(ids);
	});

	test('returns unreadable records, too', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		const without = (page: SentPage) => ({ ...page, data: [{ id: 'a' }, ...page.data] });
		bench.simulated.fail({ transform: without });
		const ids = await listed(bench);
		expect(ids).toEqual([expect.stringMatching(/^unreadable_[0-9a-f]{64}$/), id]);
	});

	test('continues by time if no cursor leads on', async () => {
		const bench = new Bench(quiet);
		const ids = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((minute) => bench.happened(minute * MINUTE).id);
		for (const order of ['asc', 'desc'] as const) {
			bench.simulated.fail({ transform: (page) => ({ ...page, last_id: null }) }, { times: 9 });
			const found = await listed(bench, { order, pageSize: 3 });
			expect(order === 'asc' ? found : found.reverse()).toEqual(ids);
		}
	});

	test('waits until a failure passes, for a minute at most', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		bench.simulated.fail({ status: 529 }, { times: 2 });
		expect(await listed(bench)).toEqual([id]);
		const since = bench.clock.now();
		bench.simulated.fail({ status: 529 }, { times: Infinity });
		await expect(listed(bench)).rejects.toThrow(UserError);
		expect(bench.clock.now() - since).toBeLessThanOrEqual(60 * SECOND);
	});
});

interface SentPage {
	data: Record<string, unknown>[];
}

function reverse<Page extends SentPage>(page: Page): Page {
	return { ...page, data: page.data.reverse() };
}

function aged(by: number) {
	return <Page extends SentPage>(page: Page): Page => ({
		...page,
		data: page.data.map((record) => ({
			...record,
			created_at: new Date(Date.parse(String(record.created_at)) + by).toISOString(),
		})),
	});
}
