import { describe, expect, test } from '@jest/globals';
import {
	type Batch,
	BodyTooLarge,
	type Checkpoint,
	ApiClient,
	Feed,
	type Filters,
	parseCheckpoint,
} from '../../../core';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/sync/checkpoint';
import { parseInstant } from '../../../core/instant';
import type { ActivityPage } from '../../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { Bench, type BenchOptions, DAY, MINUTE, NO_FILTERS, PRESENT, SECOND } from '../harness';

const quiet = { recordReads: false };

/** A checkpoint after it was stored and read back. */
const stored = (checkpoint: Checkpoint | undefined) => parseCheckpoint(JSON.stringify(checkpoint));

describe('a batch', () => {
	async function twoBatches(keeps: boolean) {
		const bench = new Bench(quiet);
		for (let ago = 3; ago > 0; ago--) bench.happened(ago * MINUTE, { request_id: 'r' });
		const texts = bench.simulated.rows().map(({ json }) => json);
		const reclaimed: string[] = [];
		const reclaim = (bytes: Buffer) => {
			reclaimed.push(bytes.toString());
			// From here on, the memory is somebody else's.
			bytes.fill(0x20);
		};
		const batches = bench.sync({ pageSize: 1, reclaim });
		const first = await batches.next();
		const { activities, keep } = first.value as Batch;
		expect(activities.map(({ json }) => json)).toEqual([texts[0]]);
		expect(reclaimed).toEqual([]);
		if (keeps) keep();
		await batches.next();
		return { activity: activities[0]!, texts, reclaimed };
	}

	test('ends when the next one is asked for: nobody reads in what may be overwritten', async () => {
		const { activity, texts, reclaimed } = await twoBatches(false);
		expect(reclaimed).toEqual([expect.stringContaining(texts[0]!)]);
		const read: (() => unknown)[] = [
			() => activity.json,
			() => activity.actorType,
			() => activity.requestId,
			() => activity.copy(Buffer.alloc(activity.length), 0),
		];
		for (const each of read) expect(each).toThrow('taken over');
	});

	test('stays if it is kept', async () => {
		const { activity, texts, reclaimed } = await twoBatches(true);
		expect(reclaimed).toEqual([]);
		expect(activity).toMatchObject({ json: texts[0], type: 'claude_chat_created', requestId: 'r' });
	});
});

describe('the first sync', () => {
	test('starts 90 days back and reads pages of 5000', async () => {
		const bench = new Bench(quiet);
		const tooOld = bench.happened(90 * DAY + 1);
		const oldest = bench.happened(90 * DAY);
		const { ids } = await bench.run();
		expect(ids).toEqual([oldest.id]);
		expect(ids).not.toContain(tooOld.id);
		expect(bench.asked[0]?.get('created_at.gte')).toBe('2025-12-01T12:00:00.000Z');
		expect(bench.asked[0]?.get('limit')).toBe('5000');
	});

	test('includes the backfill start itself', async () => {
		const bench = new Bench(quiet);
		bench.happened(MINUTE + 1);
		const { id } = bench.happened(MINUTE);
		const { ids } = await bench.run({ backfillStart: PRESENT - MINUTE });
		expect(ids).toEqual([id]);
	});

	test('that starts now never reads what is older than its start', async () => {
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

	test('asks again for 2000 if pages of 5000 are refused; the next sync asks for 2000 at once', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		bench.simulated.fail({ status: 400 });
		const { ids, checkpoint } = await bench.run();
		expect(ids).toEqual([id]);
		await bench.run({ checkpoint });
		expect(bench.asked.map((asked) => asked.get('limit'))).toEqual(['5000', '2000', '2000']);
	});

	test('fails if the smaller page is refused, too', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 400 }, { times: 2 });
		expect(await bench.failure()).toMatchObject({ code: 'invalid-request' });
		expect(bench.asked).toHaveLength(2);
		// It was not the size.
		await bench.run();
		expect(bench.asked.at(-1)?.get('limit')).toBe('5000');
	});

	test('does not reduce a small page that is refused', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 400 });
		expect(await bench.failure({ pageSize: 2000 })).toMatchObject({ code: 'invalid-request' });
		expect(bench.asked).toHaveLength(1);
	});
});

describe('if large pages do not arrive', () => {
	const COUNT = 12_000;
	const INTERVAL = { from: PRESENT - 20 * DAY, to: PRESENT - DAY };
	const faults = {
		'504': [{ status: 504 }, 0],
		'413': [{ status: 413 }, 0],
		silence: [{ hang: true }, 0],
		'an error after long': [{ status: 500 }, 20 * SECOND],
	} as const;

	/** A feed whose pages do not arrive if they have more than `rows` rows. */
	function heavy(rows: number, name: keyof typeof faults = '504', options: BenchOptions = {}) {
		const [fault, latency] = faults[name];
		return new Bench({
			...quiet,
			requestsPerMinute: Infinity,
			cursorsBoundToQuery: true,
			latency: () => latency,
			...options,
			heavyPages: { rows, fault },
		});
	}
	const limits = (bench: Bench) => bench.asked.map((asked) => Number(asked.get('limit')));
	const refused = (bench: Bench) =>
		bench.simulated.requests.filter(({ status }) => status !== 200).length;

	test.each([
		['504', [5000, 5000, 2500, 1250, 625]],
		['413', [5000, 2500, 1250, 625, 625]],
		['silence', [5000, 5000, 2500, 1250, 625]],
		['an error after long', [5000, 5000, 2500, 1250, 625]],
	] as const)('the sync asks for smaller ones, without a warning: %s', async (name, first) => {
		const bench = heavy(1000, name);
		bench.simulated.generate({ count: COUNT, ...INTERVAL });
		const { ids, caughtUp } = await bench.run();
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
		expect(limits(bench).slice(0, first.length)).toEqual(first);
		// Larger ones are tried again, after ever more pages.
		expect(refused(bench)).toBeGreaterThan(first.filter((size) => size > 1000).length);
		expect(refused(bench)).toBeLessThan(8);
		// No cursor was refused because it came from a page of another size.
		expect(bench.simulated.requests.some(({ status }) => status === 400)).toBe(false);
		expect(bench.warnings).toEqual([]);
	});

	test('the size recovers once they arrive again', async () => {
		const bench = heavy(1000);
		bench.simulated.generate({ count: 5 * COUNT, ...INTERVAL });
		const ids: string[] = [];
		for await (const { activities } of bench.sync()) {
			ids.push(...activities.map(({ id }) => id));
			if (ids.length > COUNT) bench.simulated.heavyPages = undefined;
		}
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(limits(bench).at(-1)).toBe(5000);
	});

	test('the next sync begins with the size that has arrived', async () => {
		const bench = heavy(1000);
		bench.simulated.generate({ count: 2000, ...INTERVAL });
		const { checkpoint } = await bench.run();
		const asked = bench.asked.length;
		await bench.run({ checkpoint: stored(checkpoint) });
		expect(limits(bench)[asked]).toBe(625);
	});

	test('an instant with more activities than a page holds is delivered, each activity once', async () => {
		const bench = heavy(500, '504', { addMicroseconds: false });
		const created_at = '2026-02-01T00:00:00.001Z';
		for (let tie = 0; tie < 3000; tie++) bench.happened(0, { created_at });
		const { ids, caughtUp } = await bench.run();
		expect(ids).toHaveLength(3000);
		expect(new Set(ids).size).toBe(3000);
		expect(caughtUp).toBe(true);
	});

	test('because the line is slow, smaller ones are tried before the time is up', async () => {
		// 2 kB a row at 7 kB/s, and an answer has 5 minutes.
		const bench = heavy(1000, 'silence', {
			latency: () => Math.min((limits(bench).at(-1) ?? 0) * 280, 5 * MINUTE),
		});
		bench.simulated.generate({ count: 3000, ...INTERVAL });
		const { ids } = await bench.run();
		expect(ids).toHaveLength(3000);
		expect(limits(bench).slice(0, 4)).toEqual([5000, 2500, 1250, 625]);
	});

	test('only once, the sync asks for the same page again', async () => {
		const bench = new Bench(quiet);
		bench.simulated.generate({ count: 100, ...INTERVAL });
		bench.simulated.fail({ status: 504 });
		await bench.run();
		expect(limits(bench)).toEqual([5000, 5000]);
	});

	test.each(['504', '413'] as const)('no page is smaller than 100: %s', async (name) => {
		const bench = heavy(50, name);
		bench.simulated.generate({ count: 200, ...INTERVAL });
		expect(await bench.failure({ pageSize: 300 })).toMatchObject({
			code: 'unavailable',
			status: Number(name),
		});
		const expected = name === '413' ? [300, 150, 100] : [300, 300, 150, ...Array(7).fill(100)];
		expect(limits(bench)).toEqual(expected);
	});

	test('because the platform refuses such a large answer, they get smaller, too', async () => {
		const asked: number[] = [];
		const date = new Date(PRESENT).toUTCString();
		const page = '{"data":[],"has_more":false,"first_id":null,"last_id":null}';
		const bench = new Bench();
		const client = new ApiClient({
			baseUrl: 'https://api.anthropic.com',
			accessKey: ACCESS_KEY,
			http: async ({ url }) => {
				const limit = Number(new URL(url).searchParams.get('limit'));
				asked.push(limit);
				if (limit > most) throw new BodyTooLarge();
				return { status: 200, headers: { date }, body: Buffer.from(page) };
			},
			now: () => PRESENT,
			sleep: async () => undefined,
			log: bench.log,
		});
		const feed = new Feed(client);
		let most = 1000;
		await bench.run({ feed });
		expect(asked).toEqual([5000, 2500, 1250, 625]);
		most = 0;
		const error = await bench.failure({ feed });
		expect(asked.slice(4)).toEqual([625, 312, 156, 100]);
		expect(error.summary).toBe('An answer of the API is too large (more than 64 MiB).');
	});
});

describe('a later sync', () => {
	test('asks for activities newer than the frontier, which is the last whole second an overlap ago', async () => {
		const bench = new Bench(quiet);
		bench.happened(0);
		const { checkpoint } = await bench.run();
		expect(checkpoint?.frontier).toBe('2026-03-01T11:54:59.000Z');
		bench.clock.advance(60 * MINUTE);
		await bench.run({ checkpoint: stored(checkpoint) });
		expect(bench.asked[1]?.get('created_at.gt')).toBe('2026-03-01T11:54:59.000Z');
		expect(bench.asked[1]?.has('created_at.gte')).toBe(false);
	});

	test('begins an overlap before the newest activity, but settles up to what the clock says', async () => {
		const bench = new Bench(quiet);
		bench.happened(60 * MINUTE);
		const { checkpoint } = await bench.run();
		expect(checkpoint).toMatchObject({
			frontier: '2026-03-01T10:54:59.000Z',
			settled: '2026-03-01T11:54:59.000Z',
			reached: '2026-03-01T11:00:00.000Z',
		});
		const again = await bench.run({ checkpoint: stored(checkpoint) });
		expect(again.ids).toEqual([]);
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

	test('continues within a millisecond that spans two pages', async () => {
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

	test('does not count new activities as late', async () => {
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

	test('of the filters keeps the frontier, with a message', async () => {
		const bench = new Bench(quiet);
		bench.happened(DAY, { type: 'sso_login_succeeded' });
		const { checkpoint } = await bench.run();
		const { id } = bench.happened(MINUTE, { type: 'sso_login_succeeded' });
		const { ids } = await bench.run({ checkpoint: stored(checkpoint), filters: onlyLogins });
		expect(ids).toEqual([id]);
		expect(bench.warnings.join()).toContain('filters have changed');
		expect(bench.warnings.join()).toContain('2026-02-28T11:54:59.000Z');
	});

	test('of the backfill start starts over from it', async () => {
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

	test('that removes the backfill start and sets it again has no effect', async () => {
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
		const client = new ApiClient({
			baseUrl: 'https://gateway.example',
			accessKey: ACCESS_KEY,
			http: async () => Promise.reject(new Error('Nothing may be asked here.')),
			now: () => PRESENT,
			sleep: async () => undefined,
			log: bench.log,
		});
		const error = await bench.failure({ feed: new Feed(client), checkpoint: stored(checkpoint) });
		expect(error).toMatchObject({ code: 'invalid-checkpoint' });
		expect(error.message).toContain('another base URL');
	});
});

describe('own requests', () => {
	const types = (batches: { activities: readonly { type: string }[] }[]) =>
		batches.flatMap(({ activities }) => activities.map(({ type }) => type));

	test('are left out on request, but never those of others', async () => {
		const bench = new Bench();
		const options = { includeOwnRequests: false };
		const first = await bench.run(options);
		bench.clock.advance(2 * SECOND);
		bench.happened(SECOND, { type: 'compliance_api_accessed', request_id: 'req_of_others' });
		bench.happened(SECOND, { type: 'compliance_api_accessed' });
		const second = await bench.run({ ...options, checkpoint: stored(first.checkpoint) });
		expect(types(second.batches)).toEqual(['compliance_api_accessed', 'compliance_api_accessed']);
		expect(second.batches.at(-1)?.leftOut).toHaveLength(1);
		expect(second.ids).toHaveLength(2);
		const third = await bench.run({ ...options, checkpoint: stored(second.checkpoint) });
		expect(third.ids).toEqual([]);
	});

	test('include requests that failed', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 500 }, { times: 2 });
		const first = await bench.run({ includeOwnRequests: false });
		bench.clock.advance(2 * SECOND);
		const second = await bench.run({ includeOwnRequests: false, checkpoint: first.checkpoint });
		const leftOut = [...first.batches, ...second.batches].flatMap((batch) => batch.leftOut);
		expect(new Set(leftOut).size).toBe(3);
		expect([...first.ids, ...second.ids]).toEqual([]);
	});

	test('are delivered by default', async () => {
		const bench = new Bench();
		const { checkpoint } = await bench.run();
		bench.clock.advance(2 * SECOND);
		const { batches } = await bench.run({ checkpoint: stored(checkpoint) });
		expect(types(batches)).toEqual(['compliance_api_accessed']);
	});

	test('are remembered only as long as their activities may appear', async () => {
		const bench = new Bench(quiet);
		let { checkpoint } = await bench.run();
		for (let poll = 0; poll < 30; poll++) {
			bench.clock.advance(MINUTE);
			({ checkpoint } = await bench.run({ checkpoint: stored(checkpoint) }));
		}
		expect(Buffer.from(checkpoint?.ownRequests ?? '', 'base64').length / 21).toBeLessThan(10);
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

	test('that is reached at the end of the feed still counts as caught up', async () => {
		const bench = new Bench(quiet);
		bench.happened(MINUTE);
		expect(await bench.run({ maxActivities: 1 })).toMatchObject({ caughtUp: true });
	});
});

describe('an answer that breaks the rules ends the sync', () => {
	const turned = (page: ActivityPage) => ({ ...page, data: page.data.reverse() });

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

	test('an empty page with has_more, but without a cursor', async () => {
		const empty = (page: ActivityPage) => ({ ...page, data: [], has_more: true, last_id: null });
		expect(await violation(empty)).toContain('has_more, but without a usable cursor');
	});

	test('a cursor that does not move, if the sync cannot continue by time either', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
		let cursor: string | null | undefined;
		const transform = (page: ActivityPage) => ({ ...page, last_id: (cursor ??= page.last_id) });
		bench.simulated.fail({ transform }, { times: Infinity });
		expect((await bench.failure({ pageSize: 5 })).message).toContain('without a usable cursor');
		expect(bench.asked.length).toBeLessThan(12);
	});

	test('cursors in a circle among ties', async () => {
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
		expect(error.message).toContain('without a usable cursor');
		expect(pages).toBeLessThan(24);
	});

	test('a page out of order', async () => {
		expect(await violation(turned)).toContain('out of order');
	});

	test('a page that does not continue the previous one', async () => {
		const [first] = [new Bench(quiet).happened(DAY)];
		const record = JSON.parse(first.json) as Record<string, unknown>;
		expect(await violation((page) => ({ ...page, data: [record] }), 1)).toContain('older than');
	});

	test('activities older than the start', async () => {
		const record = { id: 'a', created_at: '2020-01-01T00:00:00Z' };
		expect(await violation((page) => ({ ...page, data: [record] }))).toContain('older than');
	});

	test('unless the second try follows the rules', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		for (const after of [0, 3]) {
			bench.simulated.fail({ transform: ({ data }) => ({ data }) }, { after });
			bench.simulated.fail({ transform: turned }, { after: after + 5 });
		}
		const { ids, caughtUp } = await bench.run({ pageSize: 5 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
		expect(bench.warnings.join()).toContain('Requesting it once more');
	});

	test('after the batches before it, which remain valid', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ transform: ({ data }) => ({ data }) }, { after: 3, times: 3 });
		const batches: Batch[] = [];
		const reading = async () => {
			for await (const batch of bench.sync({ pageSize: 5 })) batches.push(batch);
		};
		await expect(reading()).rejects.toMatchObject({ code: 'protocol-violation' });
		const ids = batches.flatMap(({ activities }) => activities.map(({ id }) => id));
		expect(ids).toHaveLength(15);
		const rest = await bench.run({ checkpoint: stored(batches.at(-1)?.checkpoint), pageSize: 5 });
		expect([...ids, ...rest.ids]).toEqual(bench.simulated.rows().map(({ id }) => id));
	});
});

describe('a rejected cursor', () => {
	test('in the middle of an interval makes the sync continue by time', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ status: 400 }, { after: 2 });
		const { ids, caughtUp } = await bench.run({ pageSize: 10 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
		expect(bench.warnings.join()).toContain('Continuing by time');
		expect(bench.asked.at(-1)?.has('after_id')).toBe(false);
		expect(bench.asked.at(-1)?.has('created_at.gt')).toBe(true);
	});

	test('right behind the frontier does not repeat what is older than the frontier', async () => {
		const bench = new Bench(quiet);
		for (let second = 5; second > 2; second--) bench.happened(30 * MINUTE + second * SECOND);
		for (let tie = 0; tie < 10; tie++) bench.happened(30 * MINUTE);
		const first = await bench.run({ pageSize: 8, maxActivities: 8 });
		bench.simulated.fail({ status: 400 }, { after: 1 });
		const second = await bench.run({ checkpoint: stored(first.checkpoint), pageSize: 8 });
		const all = [...first.ids, ...second.ids];
		expect(all).toHaveLength(new Set(all).size);
	});

	test('costs one request each time, and no request is made twice', async () => {
		const bench = new Bench(quiet);
		for (let minute = 100; minute > 0; minute--) bench.happened(minute * MINUTE);
		const answer = bench.simulated.answer.bind(bench.simulated);
		bench.simulated.answer = (request) => {
			if (request.url.includes('after_id')) bench.simulated.fail({ status: 400 });
			return answer(request);
		};
		const { ids } = await bench.run({ pageSize: 10 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(bench.asked.length).toBeLessThanOrEqual(14);
	});

	test('does not end a sync that has found nothing new yet', async () => {
		const bench = new Bench(quiet);
		for (let tie = 0; tie < 20; tie++) bench.happened(MINUTE);
		const { checkpoint } = await bench.run();
		const { id } = bench.happened(0);
		bench.simulated.fail({ status: 400 }, { after: 1 });
		expect(await bench.run({ checkpoint, pageSize: 25 })).toMatchObject({ ids: [id] });
	});

	test('ends the sync if it cannot continue by time either', async () => {
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

describe('a record that cannot be read', () => {
	const time = '2026-03-01T11:58:00Z';
	const unreadable = [
		'{"id":"activity_a"}',
		'{"id":"activity_b","created_at":null}',
		'{"id":"activity_c","created_at":"2026-03-01T11:58:00"}',
		'{"id":"activity_d","created_at":"2026-03-01T11:58:00+0000"}',
		'{"id":"activity_e","created_at":"2026-03-01 11:58:00Z"}',
		'{"id":"activity_f","created_at":1772366280}',
		'{"id":"activity_g","created_at":"2026-02-30T11:58:00Z"}',
		'{"id":"activity_g24","created_at":"2026-02-28T24:00:00Z"}',
		'{"id":"activity_h","created_at":"1999-12-31T23:59:59Z"}',
		'{"id":"activity_i","created_at":"9999-01-01T00:00:00Z"}',
		`{"id":12345678901234567890123,"created_at":"${time}"}`,
		`{"created_at":"${time}","n":1.0}`,
		`{"id":"","created_at":"${time}"}`,
		`{"id":null,"created_at":"${time}"}`,
		'"text"',
		'42',
		'null',
		'[1.0,{}]',
	];

	test('is delivered once, byte for byte, and so are the activities around it', async () => {
		const bench = new Bench(quiet);
		const add = (text: string, ago: number) =>
			bench.simulated.add(text, { at: (PRESENT - ago) * 1000, visibleAt: PRESENT });
		const ids: string[] = [];
		unreadable.forEach((text, place) => {
			add(text, place * 50 * SECOND + SECOND);
			ids.unshift(bench.happened(place * 50 * SECOND).id);
		});
		const first = await bench.run({ pageSize: 5 });
		expect(first.ids).toEqual(ids);
		const texts = first.batches.flatMap((batch) => batch.unreadable.map(({ json }) => json));
		expect(texts).toEqual([...unreadable].reverse());

		let checkpoint = stored(first.checkpoint);
		for (let run = 0; run < 12; run++) {
			bench.clock.advance(MINUTE);
			const { id } = bench.happened(0);
			const again = await bench.run({ checkpoint, pageSize: 5 });
			expect(again.ids).toEqual([id]);
			expect(again.batches.flatMap((batch) => batch.unreadable)).toEqual([]);
			checkpoint = stored(again.checkpoint);
		}
	});

	test.each([
		{ days: 1, pages: 3 },
		{ days: 2, pages: 1 },
		{ days: 40, pages: 3 },
	])(
		'is delivered once, even if it stays the last for $days days and $pages pages',
		async (later) => {
			const bench = new Bench(quiet);
			bench.simulated.add('{"id":"undated"}', { at: Date.UTC(9999) * 1000, visibleAt: PRESENT });
			bench.happened(MINUTE);
			const read = async (checkpoint?: Checkpoint) => {
				const run = await bench.run({ checkpoint, pageSize: 5 });
				return { ...run, texts: run.batches.flatMap((batch) => batch.unreadable) };
			};
			let { texts, checkpoint } = await read();
			expect(texts).toHaveLength(1);
			for (let run = 0; run < 4; run++) {
				bench.clock.advance(later.days * DAY);
				for (let count = later.pages * 5 - 2; count > 0; count--) bench.happened(count * MINUTE);
				({ texts, checkpoint } = await read(stored(checkpoint)));
				expect(texts).toEqual([]);
			}
		},
	);

	test('is forgotten in time, also if it ends a page', async () => {
		const bench = new Bench(quiet);
		for (let minute = 60; minute > 0; minute--) {
			bench.happened(minute * MINUTE);
			bench.simulated.add(`{"n":${minute}}`, {
				at: (PRESENT - minute * MINUTE) * 1000 + 1,
				visibleAt: PRESENT,
			});
		}
		const { checkpoint } = await bench.run({ pageSize: 2 });
		const remembered = (each: Checkpoint | undefined) =>
			Buffer.from(each?.seen ?? '', 'base64').length / 13;
		expect(remembered(checkpoint)).toBeLessThan(20);
		bench.clock.advance(DAY);
		bench.happened(0);
		const { checkpoint: later } = await bench.run({ checkpoint: stored(checkpoint) });
		expect(remembered(later)).toBeLessThan(5);
	});

	test('counts towards the cap', async () => {
		const bench = new Bench(quiet);
		for (let minute = 3; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ transform: (page) => ({ ...page, data: [{}, 1, ...page.data] }) });
		const { batches, ids, checkpoint } = await bench.run({ maxActivities: 3 });
		expect([batches[0]?.unreadable.length, ids.length]).toEqual([2, 1]);
		expect((await bench.run({ checkpoint: stored(checkpoint) })).ids).toHaveLength(2);
	});

	test('does not end the sync if a page holds nothing else', async () => {
		const bench = new Bench(quiet);
		for (let minute = 20; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ transform: (page) => ({ ...page, data: [{ n: 1 }] }) }, { after: 1 });
		const { batches, ids } = await bench.run({ pageSize: 5 });
		expect(batches.flatMap((batch) => batch.unreadable)).toHaveLength(1);
		expect(ids).toHaveLength(15);
	});
});

describe('a cursor', () => {
	const backlog = () => {
		const bench = new Bench(quiet);
		for (let minute = 20; minute > 0; minute--) bench.happened(minute * MINUTE);
		return bench;
	};

	test('of an empty page with has_more is followed', async () => {
		const bench = backlog();
		const emptied = { transform: (page: ActivityPage) => ({ ...page, data: [] }) };
		bench.simulated.fail(emptied, { after: 1 });
		const { ids, caughtUp, checkpoint } = await bench.run({ pageSize: 5 });
		expect(ids).toHaveLength(15);
		expect(caughtUp).toBe(true);
		expect(bench.asked).toHaveLength(4);
		expect(stored(checkpoint).frontier).not.toBeNull();
	});

	test.each([
		['missing', ({ data, has_more }: ActivityPage) => ({ data, has_more })],
		['null', (page: ActivityPage) => ({ ...page, last_id: null })],
		['empty', (page: ActivityPage) => ({ ...page, last_id: '' })],
	])('that is %s makes the sync continue by time', async (_, transform) => {
		const bench = backlog();
		bench.simulated.fail({ transform }, { times: Infinity });
		const { ids, caughtUp } = await bench.run({ pageSize: 6 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
		expect(bench.warnings.join()).toContain('by time');
	});

	test('that does not move makes the sync continue by time', async () => {
		const bench = backlog();
		let cursor: string | null | undefined;
		const transform = (page: ActivityPage) => ({ ...page, last_id: (cursor ??= page.last_id) });
		bench.simulated.fail({ transform }, { times: Infinity });
		const { ids, caughtUp } = await bench.run({ pageSize: 6 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
	});

	test('that leads back makes the sync continue by time', async () => {
		const bench = backlog();
		const answer = bench.simulated.answer.bind(bench.simulated);
		bench.simulated.answer = (request) =>
			answer({ ...request, url: request.url.replace(/&after_id=[^&]*/, '') });
		const { ids, caughtUp } = await bench.run({ pageSize: 6 });
		expect(ids).toEqual(bench.simulated.rows().map(({ id }) => id));
		expect(caughtUp).toBe(true);
	});
});

describe("the server's clock", () => {
	const hours = (count: number) => new Date(PRESENT + count * 60 * MINUTE).toUTCString();
	const dates = [
		['missing', null],
		['sent twice', `${hours(0)}, ${hours(0)}`],
		['no date', 'yesterday'],
		['of another form', 'Sunday, 01-Mar-26 12:00:00 GMT'],
		['of another zone', 'Sun, 01 Mar 2026 12:00:00 +0100'],
		['of the year 1600', 'Sat, 01 Jan 1600 00:00:00 GMT'],
	] as const;

	test.each(dates)('may be %s: the newest activity replaces it', async (_, date) => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ headers: { date } }, { times: Infinity });
		for (let minute = 60; minute > 10; minute--) bench.happened(minute * MINUTE);
		const first = await bench.run({ pageSize: 10 });
		expect(first.ids).toHaveLength(50);
		expect(first.checkpoint?.frontier).toBe('2026-03-01T11:43:59.000Z');
		expect(bench.warnings).toEqual([expect.stringContaining('no readable Date header')]);
		const late = bench.happened(15 * MINUTE).id;
		const second = await bench.run({ checkpoint: stored(first.checkpoint) });
		expect(second.ids).toEqual([late]);
	});

	test('without a Date does not settle pages that were read long before', async () => {
		const bench = new Bench({ ...quiet, latency: () => 90 * SECOND });
		bench.simulated.fail({ headers: { date: null } }, { times: Infinity });
		for (let ago = 600; ago > 0; ago -= 10) bench.happened(ago * SECOND);
		let late: string | undefined;
		bench.meanwhile = () => {
			// Behind the second page, as late as the API documents, before the pages behind it are read.
			if (bench.asked.length === 2) late ??= bench.happened(59 * SECOND).id;
			else if (bench.asked.length > 2) bench.happened(0);
		};
		const first = await bench.run({ pageSize: 50, maxActivities: 80 });
		bench.meanwhile = () => undefined;
		const second = await bench.run({ checkpoint: stored(first.checkpoint) });
		expect(late).toBeDefined();
		expect([...first.ids, ...second.ids]).toContain(late);
	});

	test.each([1, 10, 24 * 366])(
		'is not believed if one answer is %d hours ahead, even the only one',
		async (ahead) => {
			const bench = new Bench(quiet);
			for (let minute = 60; minute > 0; minute--) bench.happened(minute * MINUTE);
			bench.simulated.fail({ headers: { date: hours(ahead) } });
			const first = await bench.run();
			bench.clock.advance(30 * SECOND);
			const late = bench.happened(4 * MINUTE).id;
			bench.clock.advance(5 * MINUTE);
			const second = await bench.run({ checkpoint: stored(first.checkpoint) });
			expect([first.ids.length, second.ids]).toEqual([60, [late]]);
		},
	);

	test('is the least that the answers of a run say', async () => {
		const bench = new Bench(quiet);
		for (let minute = 60; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ headers: { date: hours(1) } }, { after: 2, times: Infinity });
		const { checkpoint } = await bench.run({ pageSize: 10 });
		expect(checkpoint?.settled).toBe('2026-03-01T11:54:59.000Z');
	});

	test('may be ahead in every answer of a run: no later run is lost or stuck', async () => {
		const bench = new Bench(quiet);
		for (let minute = 60; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ headers: { date: hours(24 * 366) } }, { times: 6 });
		const first = await bench.run({ pageSize: 10 });
		const late = bench.happened(4 * MINUTE).id;
		const second = await bench.run({ checkpoint: stored(first.checkpoint), pageSize: 10 });
		expect(second.ids).toEqual([late]);
		expect(second.checkpoint?.settled).toBe('2026-03-01T11:54:59.000Z');
	});

	test('is checked against the activities of own requests', async () => {
		const bench = new Bench();
		for (let minute = 20; minute > 10; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ headers: { date: hours(1) } }, { times: 2 });
		const first = await bench.run({ pageSize: 5 });
		bench.clock.advance(5 * SECOND);
		await bench.run({ checkpoint: stored(first.checkpoint) });
		expect(bench.warnings.join()).toContain("ahead of the API's own clock");
	});

	test('counts nothing as late that follows an activity dated in the future', async () => {
		const bench = new Bench(quiet);
		const future = { created_at: '2030-01-01T00:00:00Z' };
		const ids = [bench.happened(0, future).id, bench.happened(0).id];
		const first = await bench.run();
		expect(new Set(first.ids)).toEqual(new Set(ids));
		bench.clock.advance(MINUTE);
		const next = bench.happened(0).id;
		const second = await bench.run({ checkpoint: stored(first.checkpoint) });
		expect(second.ids).toEqual([next]);
		expect(second.batches.at(-1)?.lateness.count).toBe(0);
	});
});

test.each([{ frontier: '2026-03-01T13:00:00.000Z' }, { start: '2027-03-01T13:00:00.000Z' }])(
	'a checkpoint ahead of the API’s clock is refused if two answers agree: %j',
	async (change) => {
		const bench = new Bench(quiet);
		const first = await bench.run({ backfillStart: PRESENT });
		const position = decodeCheckpoint(first.checkpoint);
		const changed = Object.entries(change).map(([name, text]) => [name, parseInstant(text)]);
		const checkpoint = encodeCheckpoint({ ...position, ...Object.fromEntries(changed) });
		const error = await bench.failure({ checkpoint });
		expect(bench.asked).toHaveLength(3);
		expect(error.code).toBe('invalid-checkpoint');
		expect(error.message).toContain('misses the activities');
	},
);

describe('the time a sync has', () => {
	test('ends the waiting once there is something to store', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ status: 503 }, { after: 2, times: Infinity });
		const result = await bench.run({ pageSize: 10, until: PRESENT + 10 * SECOND });
		expect(result.ids).toHaveLength(20);
		expect(result.caughtUp).toBe(false);
		expect(bench.warnings.join()).toContain('Out of time');
	});

	test('ends a request under way a little later', async () => {
		const bench = new Bench(quiet);
		for (let minute = 30; minute > 0; minute--) bench.happened(minute * MINUTE);
		bench.simulated.fail({ hang: true }, { after: 2, times: Infinity });
		const until = PRESENT + 10 * SECOND;
		const result = await bench.run({ pageSize: 10, until });
		expect(result.ids).toHaveLength(20);
		expect(bench.warnings.join()).toContain('Out of time');
		expect(bench.clock.now()).toBeGreaterThan(until);
		expect(bench.clock.now()).toBeLessThanOrEqual(until + 15 * SECOND);
	});

	test('may be over: the only request gets a little time', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ hang: true }, { times: Infinity });
		expect(await bench.failure({ until: PRESENT - MINUTE })).toMatchObject({ code: 'unavailable' });
		expect(bench.asked).toHaveLength(1);
		expect(bench.clock.now()).toBeLessThan(PRESENT + 16 * SECOND);
	});

	test('may be over: the first page is read even so', async () => {
		const bench = new Bench(quiet);
		const { id } = bench.happened(MINUTE);
		expect((await bench.run({ until: PRESENT })).ids).toEqual([id]);
	});

	test('ends a sync that has nothing to store with the failure that kept it from reading', async () => {
		const bench = new Bench(quiet);
		bench.simulated.fail({ status: 503 }, { times: Infinity });
		const error = await bench.failure({ until: PRESENT + 10 * SECOND });
		expect(error).toMatchObject({ code: 'unavailable', status: 503 });
		expect(bench.clock.now()).toBeLessThanOrEqual(PRESENT + 10 * SECOND);
	});

	test('is not spent on waiting for the shared request budget', async () => {
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
