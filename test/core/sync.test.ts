import { describe, expect, test } from '@jest/globals';
import { type Checkpoint, Feed, type Filters, parseCheckpoint } from '../../core';
import type { ActivityPage } from '../simulators/activity-feed/faults';
import { Bench, DAY, MINUTE, NO_FILTERS, PRESENT, SECOND } from './harness';

const quiet = { recordReads: false };

/** A checkpoint as it comes back from where it was stored. */
const stored = (checkpoint: Checkpoint | undefined) => parseCheckpoint(JSON.stringify(checkpoint));

describe('the first sync', () => {
	test('starts 90 days back and takes pages of 5000', async () => {
		const bench = new Bench(quiet);
		const tooOld = bench.happened(90 * DAY + 1);
		const oldest = bench.happened(90 * DAY);
		const { ids } = await bench.run();
		expect(ids).toEqual([oldest.id]);
		expect(ids).not.toContain(tooOld.id);
		expect(bench.asked[0]?.get('created_at.gte')).toBe('2025-12-01T12:00:00.000Z');
		expect(bench.asked[0]?.get('limit')).toBe('5000');
	});

	test('starts with the backfill start itself', async () => {
		const bench = new Bench(quiet);
		bench.happened(MINUTE + 1);
		const { id } = bench.happened(MINUTE);
		const { ids } = await bench.run({ backfillStart: PRESENT - MINUTE });
		expect(ids).toEqual([id]);
	});

	test('that starts now never reaches back behind its start', async () => {
		const bench = new Bench(quiet);
		bench.happened(MINUTE);
		const first = await bench.run({ backfillStart: PRESENT });
		bench.clock.advance(2 * MINUTE);
		const { id } = bench.happened(MINUTE);
		const second = await bench.run({
			backfillStart: PRESENT,
			checkpoint: stored(first.checkpoint),
		});
		expect(first.ids).toEqual([]);
		expect(second.ids).toEqual([id]);
	});

	test('asks again with 2000 when pages of 5000 are refused', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		bench.simulated.fail({ status: 400 });
		expect((await bench.run()).ids).toEqual([id]);
		expect(bench.asked.map((asked) => asked.get('limit'))).toEqual(['5000', '2000']);
	});

	test('gives up when the smaller page is refused too', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 400 }, { times: 2 });
		expect(await bench.failure()).toMatchObject({ code: 'invalid-request' });
		expect(bench.asked).toHaveLength(2);
	});

	test('takes a refusal of a small page at its word', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 400 });
		expect(await bench.failure({ pageSize: 2000 })).toMatchObject({ code: 'invalid-request' });
		expect(bench.asked).toHaveLength(1);
	});
});

describe('a later sync', () => {
	test('asks for what is newer than the frontier, which lies an overlap back', async () => {
		const bench = new Bench(quiet);
		bench.happened(DAY);
		const { checkpoint } = await bench.run();
		expect(checkpoint?.frontier).toBe('2026-03-01T11:55:00.000Z');
		bench.clock.advance(60 * MINUTE);
		await bench.run({ checkpoint: stored(checkpoint) });
		expect(bench.asked[1]?.get('created_at.gt')).toBe('2026-03-01T11:55:00.000Z');
		expect(bench.asked[1]?.has('created_at.gte')).toBe(false);
	});

	test('finds ties and late activities, and repeats none', async () => {
		const bench = new Bench(quiet);
		const known = [bench.happened(4 * MINUTE), bench.happened(0)].map(({ id }) => id);
		const first = await bench.run();
		const tie = bench.happened(0);
		const late = bench.happened(4 * MINUTE + 59 * SECOND);
		const second = await bench.run({ checkpoint: stored(first.checkpoint) });
		expect(first.ids).toEqual(known);
		expect(second.ids).toEqual([late.id, tie.id]);
	});

	test('goes on within a millisecond that a page has cut in two', async () => {
		const bench = new Bench(quiet);
		const at = (micros: string) => ({ created_at: `2026-02-01T00:00:00.001${micros}Z` });
		for (const micros of ['100', '200', '300', '400', '500']) bench.happened(0, at(micros));
		const ids: string[] = [];
		let checkpoint: Checkpoint | undefined;
		do {
			const next = bench.sync({ checkpoint, pageSize: 2, maxActivities: 2 });
			for await (const batch of next) {
				ids.push(...batch.activities.map(({ id }) => id));
				checkpoint = stored(batch.checkpoint);
			}
		} while (ids.length < 5);
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
	});

	test('measures lateness and warns when it comes close to the overlap', async () => {
		const bench = new Bench(quiet);
		bench.happened(0);
		const { checkpoint } = await bench.run();
		bench.happened(3 * MINUTE);
		const calm = await bench.run({ checkpoint: stored(checkpoint) });
		expect(calm.batches.at(-1)?.lateness).toEqual({ count: 1, longest: 3 * MINUTE });
		expect(bench.warnings).toEqual([]);
		bench.happened(4 * MINUTE + 30 * SECOND);
		const alarming = await bench.run({ checkpoint: stored(calm.checkpoint) });
		expect(alarming.batches.at(-1)?.lateness.longest).toBe(4.5 * MINUTE);
		expect(bench.warnings.join()).toContain('270 s late');
	});

	test('does not count as late what merely happened since', async () => {
		const bench = new Bench(quiet);
		bench.happened(10 * MINUTE);
		const { checkpoint } = await bench.run();
		bench.clock.advance(60 * MINUTE);
		bench.happened(30 * MINUTE);
		const { batches } = await bench.run({ checkpoint: stored(checkpoint) });
		expect(batches.at(-1)?.lateness.count).toBe(0);
	});
});

describe('a change of settings', () => {
	const onlyLogins: Filters = { ...NO_FILTERS, activityTypes: ['sso_login_succeeded'] };

	test('of the filters keeps the frontier, and says so', async () => {
		const bench = new Bench(quiet);
		bench.happened(DAY, { type: 'sso_login_succeeded' });
		const { checkpoint } = await bench.run();
		const { id } = bench.happened(MINUTE, { type: 'sso_login_succeeded' });
		const { ids } = await bench.run({ checkpoint: stored(checkpoint), filters: onlyLogins });
		expect(ids).toEqual([id]);
		expect(bench.warnings.join()).toContain('filters have changed');
		expect(bench.warnings.join()).toContain('2026-03-01T11:55:00.000Z');
	});

	test('of the backfill start syncs again from it', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(DAY);
		const { checkpoint } = await bench.run();
		const start = { backfillStart: PRESENT - 2 * DAY };
		const again = await bench.run({ checkpoint: stored(checkpoint), ...start });
		expect(again.ids).toEqual([id]);
		expect(bench.infos.join()).toContain('syncing again from 2026-02-27T12:00:00.000Z');
		const once = await bench.run({ checkpoint: stored(again.checkpoint), ...start });
		expect(once.ids).toEqual([]);
	});

	test('that takes the backfill start away, and sets it again, changes nothing', async () => {
		const bench = new Bench(quiet);
		bench.happened(DAY);
		const start = { backfillStart: PRESENT - 2 * DAY };
		const first = await bench.run(start);
		const without = await bench.run({ checkpoint: stored(first.checkpoint) });
		const again = await bench.run({ checkpoint: stored(without.checkpoint), ...start });
		expect([...without.ids, ...again.ids]).toEqual([]);
	});

	test('to another host is refused', async () => {
		const bench = new Bench(quiet);
		const { checkpoint } = await bench.run();
		const feed = new Feed({
			baseUrl: 'https://gateway.example',
			http: async () => Promise.reject(new Error('Nothing may be asked here.')),
			now: () => PRESENT,
			sleep: async () => undefined,
			log: bench.log,
		});
		const error = await bench.failure({ feed, checkpoint: stored(checkpoint) });
		expect(error).toMatchObject({ code: 'invalid-checkpoint' });
		expect(error.message).toContain('another base URL');
	});
});

describe('own requests', () => {
	const types = (batches: { activities: readonly { type: string }[] }[]) =>
		batches.flatMap(({ activities }) => activities.map(({ type }) => type));

	test('are left out when asked, those of others never', async () => {
		const bench = new Bench();
		const options = { skipOwnRequests: true };
		const first = await bench.run(options);
		bench.clock.advance(2 * SECOND);
		bench.happened(SECOND, { type: 'compliance_api_accessed', request_id: 'req_of_others' });
		bench.happened(SECOND, { type: 'compliance_api_accessed' });
		const second = await bench.run({ ...options, checkpoint: stored(first.checkpoint) });
		expect(types(second.batches)).toEqual(['compliance_api_accessed', 'compliance_api_accessed']);
		expect(second.batches.at(-1)?.skipped).toHaveLength(1);
		expect(second.ids).toHaveLength(2);
		const third = await bench.run({ ...options, checkpoint: stored(second.checkpoint) });
		expect(third.ids).toEqual([]);
	});

	test('include the ones that failed', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 500 }, { times: 2 });
		const first = await bench.run({ skipOwnRequests: true });
		bench.clock.advance(2 * SECOND);
		const second = await bench.run({ skipOwnRequests: true, checkpoint: first.checkpoint });
		const skipped = [...first.batches, ...second.batches].flatMap((batch) => batch.skipped);
		expect(new Set(skipped).size).toBe(3);
		expect([...first.ids, ...second.ids]).toEqual([]);
	});

	test('are kept unless asked otherwise', async () => {
		const bench = new Bench();
		const { checkpoint } = await bench.run();
		bench.clock.advance(2 * SECOND);
		const { batches } = await bench.run({ checkpoint: stored(checkpoint) });
		expect(types(batches)).toEqual(['compliance_api_accessed']);
	});

	test('are remembered no longer than they can come by', async () => {
		const bench = new Bench(quiet);
		let { checkpoint } = await bench.run();
		for (let poll = 0; poll < 30; poll++) {
			bench.clock.advance(MINUTE);
			({ checkpoint } = await bench.run({ checkpoint: stored(checkpoint) }));
		}
		expect(Buffer.from(checkpoint?.ownRequests ?? '', 'base64').length / 13).toBeLessThan(8);
	});
});

describe('a cap', () => {
	test('smaller than a page loses nothing and is kept exactly', async () => {
		const bench = new Bench(quiet);
		for (let minute = 20; minute > 0; minute--) bench.happened(minute * MINUTE);
		const ids: string[][] = [];
		let checkpoint: Checkpoint | undefined;
		for (let run = 0; run < 4; run++) {
			const result = await bench.run({ checkpoint, maxActivities: 6 });
			ids.push(result.ids);
			checkpoint = stored(result.checkpoint);
		}
		expect(ids.map(({ length }) => length)).toEqual([6, 6, 6, 2]);
		expect(ids.flat()).toEqual(bench.simulated.rows().map(({ id }) => id));
	});

	test('that falls on the end of the feed still ends caught up', async () => {
		const bench = new Bench(quiet);
		bench.happened(MINUTE);
		expect(await bench.run({ maxActivities: 1 })).toMatchObject({ caughtUp: true });
	});
});

describe('an answer that breaks the rules ends the sync', () => {
	async function violation(transform: (page: ActivityPage) => unknown, after = 0) {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ transform }, { after, times: Infinity });
		const error = await bench.failure({ pageSize: 5 });
		expect(error.code).toBe('protocol-violation');
		expect(error.requestId).toMatch(/^req_/);
		return error.message;
	}

	test('no has_more', async () => {
		expect(await violation(({ data }) => ({ data }))).toContain('without has_more');
	});

	test('an empty page that claims more', async () => {
		expect(await violation((page) => ({ ...page, data: [] }))).toContain('claims more');
	});

	test('a cursor that stays', async () => {
		let cursor: string | null | undefined;
		const stuck = (page: ActivityPage) => ({ ...page, last_id: (cursor ??= page.last_id) });
		expect(await violation(stuck)).toContain('cursor that does not move');
	});

	test('cursors that go round in a circle of ties', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 40; tie++) bench.happened(MINUTE);
		const seen: (string | null)[] = [];
		let pages = 0;
		bench.simulated.fail(
			{
				transform: (page) => {
					seen.push(page.last_id);
					return { ...page, last_id: seen[pages++ % 3] ?? page.last_id };
				},
			},
			{ times: Infinity },
		);
		const error = await bench.failure({ pageSize: 5 });
		expect(error.message).toContain('cursor that does not move');
		expect(pages).toBeLessThan(12);
	});

	test('a page out of order', async () => {
		const turned = (page: ActivityPage) => ({ ...page, data: page.data.reverse() });
		expect(await violation(turned)).toContain('out of order');
	});

	test('a page that does not follow the one before', async () => {
		const [first] = [new Bench(quiet).happened(DAY)];
		const record = JSON.parse(first.json) as Record<string, unknown>;
		expect(await violation((page) => ({ ...page, data: [record] }), 1)).toContain('out of order');
	});

	test('activities from before the start', async () => {
		const record = { id: 'a', created_at: '2020-01-01T00:00:00Z' };
		expect(await violation((page) => ({ ...page, data: [record] }))).toContain('older than');
	});

	test.each([
		['id', { created_at: '2026-03-01T00:00:00Z' }],
		['created_at', { id: 'a' }],
	])('a record without %s', async (name, record) => {
		expect(await violation((page) => ({ ...page, data: [record] }))).toContain(
			`without ${name === 'id' ? 'id' : 'a created_at'}`,
		);
	});
});

describe('a rejected cursor', () => {
	test('in the middle of a walk starts it again from the checkpoint', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ status: 400 }, { after: 2 });
		const { ids, caughtUp } = await bench.run({ pageSize: 10 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
		expect(bench.warnings.join()).toContain('starting again from the checkpoint');
		expect(bench.asked.at(-2)?.has('after_id')).toBe(false);
		expect(bench.asked.at(-2)?.has('created_at.gt')).toBe(true);
	});

	test('is no end even where nothing new has come yet', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
		const { checkpoint } = await bench.run();
		const { id } = bench.happened(0);
		bench.simulated.fail({ status: 400 }, { after: 1 });
		expect(await bench.run({ checkpoint, pageSize: 5 })).toMatchObject({ ids: [id] });
	});

	test('that leads nowhere ends the sync', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
		bench.simulated.fail(
			{
				transform: (page) => ({ ...page, last_id: 'no cursor' }),
			},
			{ times: Infinity },
		);
		expect(await bench.failure({ pageSize: 5 })).toMatchObject({ code: 'invalid-request' });
		expect(bench.asked.length).toBeLessThan(12);
	});
});

test.each([{ frontier: '2026-03-01T13:00:00.000Z' }, { start: '2027-03-01T13:00:00.000Z' }])(
	'a checkpoint ahead of the API clock is refused: %j',
	async (change) => {
		const bench = new Bench(quiet);
		const first = await bench.run({ backfillStart: PRESENT });
		const error = await bench.failure({ checkpoint: { ...stored(first.checkpoint), ...change } });
		expect(error.code).toBe('invalid-checkpoint');
		expect(error.message).toContain('would be missed');
	},
);

describe('the time a sync has', () => {
	test('ends the waiting, once there is something to store', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ status: 503 }, { after: 2, times: Infinity });
		const result = await bench.run({ pageSize: 10, until: PRESENT + 10 * SECOND });
		expect(result.ids).toHaveLength(20);
		expect(result.caughtUp).toBe(false);
		expect(bench.warnings.join()).toContain('Out of time');
	});

	test('may be over: the first page is asked for all the same', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		expect((await bench.run({ until: PRESENT })).ids).toEqual([id]);
	});

	test('ends a sync that has nothing to store with what kept it from reading', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 503 }, { times: Infinity });
		const error = await bench.failure({ until: PRESENT + 10 * SECOND });
		expect(error).toMatchObject({ code: 'unavailable', status: 503 });
		expect(bench.clock.now()).toBeLessThanOrEqual(PRESENT + 10 * SECOND);
	});

	test('is not waited away for the sake of the shared request budget', async () => {
		const bench = new Bench({ ...quiet, requestsPerMinute: 10 });
		for (let tie = 0; tie < 30; tie++) bench.happened(MINUTE);
		const result = await bench.run({ pageSize: 2, until: PRESENT + 5 * SECOND });
		expect(result.ids.length).toBeGreaterThan(0);
		expect(result.caughtUp).toBe(false);
		expect(bench.clock.now()).toBeLessThanOrEqual(PRESENT + 5 * SECOND);
		expect((await bench.run({ checkpoint: result.checkpoint })).ids).toHaveLength(
			30 - result.ids.length,
		);
	});
});

test('memory and checkpoint do not grow with the backlog', async () => {
	const sizes: number[] = [];
	for (const count of [2_000, 20_000]) {
		const bench = new Bench(quiet);
		bench.simulated.generate({ count, from: PRESENT - 60 * DAY, to: PRESENT - DAY });
		let largest = 0;
		for await (const { checkpoint } of bench.sync({ pageSize: 500 })) {
			largest = Math.max(largest, JSON.stringify(checkpoint).length);
		}
		sizes.push(largest);
	}
	// 36 more pages leave 36 more own requests of 18 characters; nothing else grows.
	expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).toBeLessThan(36 * 18 + 2_000);
});
