import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { Outage } from '../../nodes/AnthropicCompliance/trigger/outage';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { BASE_URL, DAY, MINUTE, SECOND, time, TriggerBench } from './harness';
import type { DurableEngine } from './n8n/engines';

const engines = [
	['default engine', { engine: 'default' }],
	['durable engine', { engine: 'durable' }],
	['durable engine with a long timeout', { engine: 'durable', pollTimeout: 2 * MINUTE }],
] as const;

const unavailable: Fault = { status: 503, headers: { 'x-should-retry': 'false' } };
const over = 'can be read again';
const NEW_KEY = 'sk-ant-api01-new';

/** Polls each minute. Returns the minutes in which n8n's error workflow runs, with its messages. */
async function alerts(
	bench: TriggerBench,
	minutes: number,
	before: (minute: number) => void = () => undefined,
): Promise<[minute: number, message: string][]> {
	const reports: [number, string][] = [];
	time.pass(MINUTE);
	for (let minute = 1; minute <= minutes; minute++) {
		before(minute);
		const known = bench.engine.executions.length;
		const begun = bench.now;
		await bench.pollNow();
		time.pass(MINUTE - ((bench.now - begun) % MINUTE));
		for (const { error } of bench.engine.executions.slice(known)) {
			if (error) reports.push([minute, error.message]);
		}
	}
	return reports;
}

describe.each(engines)('on the %s', (_, engine) => {
	const published = async (options = {}) =>
		await new TriggerBench({ ...engine, ...options }).publish();

	test('an outage of an hour is reported at growing intervals, and once when it is over', async () => {
		const bench = await published();
		bench.fails(unavailable, { times: 60 });
		const ids: string[] = [];
		const reports = await alerts(bench, 90, () => ids.push(bench.happened(SECOND)));
		const down = expect.stringContaining('unavailable for now');
		expect(reports).toEqual([
			[1, down],
			[6, down],
			[21, down],
			[61, `The Activity Feed ${over}, after 60 min. Nothing was lost.`],
		]);
		expect(bench.logged('warn')).toHaveLength(57);
		expect(bench.logged('warn')[0]).toMatch(/polling continues\. .*unavailable for now/);
		expect(bench.ids).toEqual(ids);
	});

	test.each<[string, (bench: TriggerBench) => void]>([
		['the network is down', ({ network }) => (network.down = true)],
		['the API is unavailable', (bench) => bench.fails(unavailable, { times: Infinity })],
		['the key is refused', ({ feed }) => feed.revoke(ACCESS_KEY)],
		['the request is refused', (bench) => bench.fails({ status: 400 }, { times: Infinity })],
	])('a failure that lasts is reported at growing intervals: %s', async (_, breakIt) => {
		const bench = await published();
		bench.slow(SECOND);
		breakIt(bench);
		const reports = await alerts(bench, 20);
		expect(reports.map(([minute]) => minute)).toEqual([1, 6]);
	});

	test('the poll that works again delivers what it has read, and reports that the failure is over', async () => {
		const bench = await published();
		bench.network.down = true;
		await bench.failure();
		bench.network.down = false;
		const id = bench.happened(SECOND);
		const notice = await bench.poll();
		expect(notice).toBeInstanceOf(NodeOperationError);
		expect(notice).toMatchObject({
			message: expect.stringContaining(over),
			description: expect.stringContaining('not a failure'),
		});
		expect(bench.ids).toEqual([id]);
		expect(await alerts(bench, 3)).toEqual([]);
		expect(bench.ids).toEqual([id]);
	});

	test('a failure of another kind is reported at once; kinds that alternate are not', async () => {
		const bench = await published();
		const reports = await alerts(bench, 60, (minute) =>
			bench.fails(minute % 2 === 0 ? { status: 404 } : unavailable),
		);
		expect(reports.map(([minute]) => minute)).toEqual([1, 2, 7, 8, 23, 24]);
	});

	test('a failure that comes and goes is reported a few times an hour, and loses nothing', async () => {
		const bench = await published();
		const ids: string[] = [];
		const reports = await alerts(bench, 60, (minute) => {
			ids.push(bench.happened(SECOND));
			if (minute % 2 === 1) bench.fails(unavailable);
		});
		expect(reports.map(([minute]) => minute)).toEqual([1, 2, 7, 8, 23, 24]);
		expect(reports.filter(([, message]) => message.includes(over))).toHaveLength(3);
		expect(bench.ids).toEqual(ids);
	});

	test('after an hour without a failure, the next one is new', async () => {
		const bench = await published();
		const reports = await alerts(bench, 200, (minute) => {
			if ([1, 30, 100].includes(minute)) bench.fails(unavailable, { times: 3 });
		});
		expect(reports.map(([minute]) => minute)).toEqual([1, 4, 30, 33, 100, 103]);
	});

	test.each<[string, Fault]>([
		['refused', { status: 403 }],
		['late', { status: 503, headers: { 'retry-after': '50' } }],
	])(
		'a later page that stays %s is reported, although each poll makes progress',
		async (_, fault) => {
			const bench = await published({ parameters: { options: { pageSize: 10 } } });
			const ids: string[] = [];
			const reports = await alerts(bench, 30, (minute) => {
				if (minute <= 23) {
					ids.push(...bench.backlog(12, SECOND));
					bench.fails(fault, { after: 1 });
				}
			});
			expect(reports.map(([minute]) => minute)).toEqual([2, 7, 22, 24]);
			expect(reports.at(-1)?.[1]).toContain(over);
			expect(bench.ids).toEqual(ids);
		},
	);

	test('polls that read as fast as the API allows are no outage', async () => {
		const bench = new TriggerBench({ ...engine, parameters: { options: { pageSize: 10 } } });
		const ids = bench.backlog(200, DAY);
		const slowDown = { status: 429, headers: { 'retry-after': '50' } };
		bench.fails(slowDown, { after: 1 });
		await bench.publish();
		expect(await alerts(bench, 12, () => bench.fails(slowDown, { after: 1 }))).toEqual([]);
		expect(bench.ids).toEqual(ids.slice(0, bench.ids.length));
		expect(bench.ids.length).toBeGreaterThan(60);
	});

	test('a key that was replaced is used at the next poll', async () => {
		const bench = await published();
		bench.feed.revoke(ACCESS_KEY);
		expect(await bench.failure()).toMatchObject({
			httpCode: '401',
			description: expect.stringContaining('Polling continues by itself'),
		});
		await bench.poll();
		bench.installation.setup.credentialData = { apiKey: NEW_KEY, baseUrl: BASE_URL };
		bench.feed.grant(NEW_KEY);
		const id = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test('no request is made before the time that the API asks for, reported or not', async () => {
		const bench = await published();
		bench.fails({ status: 429, headers: { 'retry-after': '600' } }, { times: Infinity });
		await alerts(bench, 60);
		// At publication, and 1, 11, 21, 31, 41 and 51 minutes after it.
		expect(bench.network.sent).toHaveLength(7);
	});

	test.each([
		['2', '5 min', 6],
		['600', '10 min', 11],
		['3600', '60 min', 61],
	])('if the API asks to wait %s s, the next report comes after %s', async (asked, pause, next) => {
		const bench = await published();
		bench.fails({ status: 429, headers: { 'retry-after': asked } }, { times: Infinity });
		const reports = await alerts(bench, 62);
		const failures = bench.engine.executions.flatMap(({ error }) => error ?? []);
		expect(failures[0]).toMatchObject({
			description: expect.stringContaining(`it is reported again after ${pause}.`),
		});
		// The wait begins with the answer, which may arrive a little after the minute.
		expect([next, next + 1]).toContain(reports[1]?.[0]);
	});
});

test('a wait that the API has asked for is over once a poll has worked', async () => {
	const bench = await new TriggerBench().publish();
	bench.fails({ status: 429, headers: { 'retry-after': '3600' } });
	await bench.failure();
	await bench.poll();
	expect(bench.logged('info').at(-1)).toContain('has asked to wait longer');
	// A user waits for the poll at publication, so that poll does not wait.
	await bench.change({ maxActivities: 4000 });
	const id = bench.happened(SECOND);
	await bench.poll();
	expect(bench.ids).toEqual([id]);
});

test('a poll that is skipped because n8n still stores the last one ends no outage', async () => {
	const parameters = { options: { pageSize: 10 } };
	const bench = await new TriggerBench({ engine: 'durable', parameters }).publish();
	const engine = bench.engine as DurableEngine;
	const ids = bench.backlog(30, MINUTE);
	bench.slow(10 * SECOND);
	const reports = await alerts(bench, 5, (minute) => {
		if (minute === 2) engine.storesLater = true;
		if (minute === 4) engine.store();
		if (minute <= 2) bench.fails({ status: 403 }, { after: minute });
	});
	expect(bench.logged('info').join()).toContain('still storing');
	expect(reports.map(([minute]) => minute)).toEqual([2, 4]);
	expect(reports.at(-1)?.[1]).toContain(over);
	expect(bench.ids).toEqual(ids);
});

test('after a restart, an outage that lasts is reported again', async () => {
	const bench = await new TriggerBench().publish();
	bench.network.down = true;
	expect(await bench.poll()).toBeInstanceOf(NodeApiError);
	expect(await bench.poll()).toBeUndefined();
	await bench.restart();
	expect(await bench.poll()).toBeInstanceOf(NodeApiError);
});

test('publishing shows a failure, however often it was reported', async () => {
	const bench = await new TriggerBench().publish();
	bench.network.down = true;
	await bench.failure();
	expect(await bench.poll()).toBeUndefined();
	await expect(bench.publish()).rejects.toThrow(NodeApiError);
});

test('an outage is reported five times in its first day, and then once a day', () => {
	const outage = new Outage();
	const reports = [];
	for (let minute = 0; minute < 3 * 24 * 60; minute++) {
		const pause = outage.noteFailure({ kind: 'down', madeProgress: false }, minute * MINUTE);
		if (pause !== undefined) reports.push([minute, pause / MINUTE]);
	}
	const day = 24 * 60;
	expect(reports).toEqual([
		[0, 5],
		[5, 15],
		[20, 60],
		[80, 240],
		[320, day],
		[320 + day, day],
		[320 + 2 * day, day],
	]);
	expect(outage.noteSuccess(3 * day * MINUTE)).toBe(3 * day * MINUTE);
});

const polls = fc.array(
	fc.record({
		pause: fc.oneof(fc.constant(1), fc.constant(60), fc.integer({ min: 1, max: 3000 })),
		outcome: fc.constantFrom('works', 'refused', 'down', 'down and makes progress'),
		times: fc.integer({ min: 1, max: 20 }),
	}),
	{ maxLength: 30 },
);

test('whatever polls do, each kind is reported at most three times an hour, and each end once', () => {
	fc.assert(
		fc.property(polls, (phases) => {
			const outage = new Outage();
			const reports = new Map<string, number[]>([
				['refused', []],
				['down', []],
			]);
			let [at, open] = [0, false];
			for (const { pause, outcome, times } of phases) {
				for (let poll = 0; poll < times; poll++) {
					at += pause * MINUTE;
					if (outcome === 'works') {
						expect(outage.noteSuccess(at) !== undefined).toBe(open);
						open = false;
						continue;
					}
					const [kind = '', progress] = outcome.split(' and ');
					const next = outage.noteFailure({ kind, madeProgress: progress !== undefined }, at);
					if (next !== undefined) {
						expect(next).toBeLessThanOrEqual(24 * 60 * MINUTE);
						reports.get(kind)?.push(at);
						open = true;
					}
				}
			}
			for (const times of reports.values()) {
				times.forEach((time, i) =>
					expect(time - (times[i - 3] ?? -Infinity)).toBeGreaterThanOrEqual(60 * MINUTE),
				);
			}
		}),
	);
});
