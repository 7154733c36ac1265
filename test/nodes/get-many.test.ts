import { describe, expect, test } from '@jest/globals';
import { type INodeParameters, NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { formatInstant } from '../../core';
import { DAY, GetManyBench, MINUTE, PRESENT, SECOND } from './harness';

const idsOf = (output: { json: { id?: unknown } }[]) => output.map(({ json }) => json.id);

describe('Get Many', () => {
	test('brings the newest 50, newest first', async () => {
		const bench = new GetManyBench();
		const backlog = bench.backlog(60, MINUTE);
		expect(idsOf(await bench.execute())).toEqual(backlog.reverse().slice(0, 50));
		expect(bench.network.sent).toHaveLength(1);
	});

	test.each([
		['as many as the limit says', { limit: 3 }, [5, 4, 3]],
		['all there are', { returnAll: true, limit: 1 }, [5, 4, 3, 2, 1]],
		['the oldest', { limit: 2, options: { order: 'asc' } }, [1, 2]],
		['all in small pages', { returnAll: true, options: { pageSize: 10 } }, [5, 4, 3, 2, 1]],
		['from a moment on', { from: '2026-03-01T11:57:00Z' }, [5, 4, 3]],
		['up to a moment', { to: '2026-03-01T11:57:00Z' }, [3, 2, 1]],
		[
			'between two, with an offset',
			{ from: '2026-03-01T12:56:00+01:00', to: '2026-03-01T12:58:00+01:00' },
			[4, 3, 2],
		],
		["between two of the workflow's own time", { from: '2026-03-01T12:58:00' }, [5, 4]],
		['from a DateTime on', { from: '={{ $now.minus({ minutes: 2 }) }}' }, [5, 4]],
		['up to a Date', { to: '={{ new Date("2026-03-01T11:57:00Z") }}' }, [3, 2, 1]],
		['a whole day', { from: '2026-03-01', to: '2026-03-01' }, [5, 4, 3, 2, 1]],
		['up to the last day there is', { to: '9999-12-31' }, [5, 4, 3, 2, 1]],
		['up to the last instant there is', { to: '9999-12-31T23:59:59.999Z' }, [5, 4, 3, 2, 1]],
		['up to one after it', { to: '9999-12-31T23:59:59-12:00' }, [5, 4, 3, 2, 1]],
		['nothing from there on', { from: '9999-12-31T23:59:59-12:00' }, []],
		['from an hour on', { from: '20260301T12', to: '20260301T1258' }, [4, 3, 2, 1]],
		['up to the end of a day', { to: '={{ $now.toISODate() }}' }, [5, 4, 3, 2, 1]],
	])('brings %s', async (_, parameters, expected) => {
		const bench = new GetManyBench({ parameters, timezone: 'Europe/Berlin' });
		const ids = [5, 4, 3, 2, 1].map((minutes) =>
			bench.happened(0, { created_at: formatInstant(PRESENT - minutes * MINUTE) }),
		);
		expect(idsOf(await bench.execute())).toEqual(expected.map((number) => ids[number - 1]));
	});

	test('reads as many pages as needed', async () => {
		const bench = new GetManyBench({
			parameters: { returnAll: true, options: { pageSize: 10, order: 'asc' } },
		});
		const backlog = bench.backlog(35, MINUTE);
		expect(idsOf(await bench.execute())).toEqual(backlog);
		expect(bench.network.sent).toHaveLength(4);
	});

	test.each([
		['is 1000 unless set', { returnAll: true }, '1000'],
		['is as set', { options: { pageSize: 20 } }, '20'],
		['is no larger than the limit', { limit: 40 }, '40'],
		['is no smaller than 10', { limit: 1 }, '10'],
	])('asks for pages whose size %s', async (_, parameters, size) => {
		const bench = new GetManyBench({ parameters });
		await bench.execute();
		expect(bench.asked[0]?.get('limit')).toBe(size);
	});

	test('succeeds after a few executions if large pages do not arrive in time', async () => {
		const parameters = { returnAll: true, options: { order: 'asc' } };
		const bench = new GetManyBench({ parameters, cursorsBoundToQuery: true });
		const backlog = bench.backlog(1200, MINUTE);
		bench.feed.heavyPages = { rows: 300, fault: { hang: true } };
		await expect(bench.execute()).rejects.toBeInstanceOf(NodeApiError);
		expect(idsOf(await bench.execute())).toEqual(backlog);
	});

	test('honours filters, Output and Include Raw JSON', async () => {
		const bench = new GetManyBench({
			parameters: {
				filters: { activityTypes: ['claude_chat_viewed'] },
				options: { output: 'raw', includeRawJson: true },
			},
		});
		bench.happened(2 * SECOND);
		const id = bench.happened(SECOND, { type: 'claude_chat_viewed' });
		const rawJson = bench.feed.rows().at(-1)?.json ?? '';
		const record = JSON.parse(rawJson) as object;
		expect(await bench.execute()).toEqual([
			{
				json: { severity: 'info', watches: '', ...record, rawJson },
				pairedItem: { item: 0 },
			},
		]);
		expect(record).toMatchObject({ id });
	});

	describe('about reads of the Compliance API', () => {
		/** A feed in which each activity of people is followed by two reads of the API. */
		const bench = (parameters: INodeParameters) => {
			const bench = new GetManyBench({ parameters });
			const others = Array.from({ length: 60 }, (_, i) => {
				const id = bench.happened((i + 1) * MINUTE);
				for (const seconds of [30, 31]) {
					bench.happened((i + 1) * MINUTE - seconds * SECOND, {
						type: 'compliance_api_accessed',
						request_id: `req_${i}_${seconds}`,
					});
				}
				return id;
			});
			return { bench, others };
		};

		test('leaves them out, so the newest 50 are others', async () => {
			const { bench: getMany, others } = bench({});
			expect(idsOf(await getMany.execute())).toEqual(others.slice(0, 50));
			expect(getMany.network.sent).toHaveLength(1);
		});

		test('returns them if asked to', async () => {
			const { bench: getMany } = bench({ options: { leaveOutComplianceApiReads: false } });
			const types = (await getMany.execute()).map(({ json }) => json.type);
			expect(types.filter((type) => type === 'compliance_api_accessed')).toHaveLength(34);
		});

		test.each<[string, INodeParameters, string[]]>([
			[
				'beside types to exclude',
				{ excludeActivityTypes: ['claude_chat_viewed'] },
				['org_sso_toggled'],
			],
			['of a category', { categories: ['compliance', 'identity'] }, ['org_sso_toggled']],
			[
				'unless a filter names them',
				{ activityTypes: ['compliance_api_accessed'] },
				['compliance_api_accessed'],
			],
			[
				'unless a filter names them beside a category',
				{ categories: ['identity'], typesByApiName: 'compliance_api_accessed' },
				['org_sso_toggled', 'compliance_api_accessed'],
			],
		])('leaves them out %s', async (_, filters, expected) => {
			const getMany = new GetManyBench({ parameters: { filters } });
			getMany.happened(SECOND, { type: 'compliance_api_accessed', request_id: 'req_1' });
			getMany.happened(2 * SECOND, { type: 'claude_chat_viewed' });
			getMany.happened(0, { type: 'org_sso_toggled' });
			const types = (await getMany.execute()).map(({ json }) => json.type);
			expect(types).toEqual(expected);
		});
	});

	test('returns nothing for an interval without activities', async () => {
		const bench = new GetManyBench({ parameters: { to: '2020-01-01' } });
		bench.happened(MINUTE);
		expect(await bench.execute()).toEqual([]);
	});
});

describe('a date as an interval of Get Many', () => {
	const dayOf = (instant: number, timeZone: string) =>
		new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(instant);

	test.each([
		['UTC', '2026-01-31'],
		['Asia/Kathmandu', '2026-01-31'],
		['America/Los_Angeles', '2026-01-31'],
		// Days of 23 and of 25 hours.
		['Europe/Berlin', '2026-03-29'],
		['Europe/Berlin', '2026-10-25'],
		// Clocks go forward at midnight, so the day has no midnight; and they go back, from 1:00 and from 0:00.
		['Africa/Cairo', '2026-04-24'],
		['Africa/Cairo', '2026-04-23'],
		['America/Havana', '2026-11-01'],
		['America/Havana', '2026-10-31'],
		['Atlantic/Azores', '2026-10-25'],
		['Atlantic/Azores', '2026-10-24'],
		['America/Nuuk', '2026-03-28'],
		['America/Nuuk', '2026-10-24'],
	])('is each hour of that day, and no other, in %s: %s', async (timezone, day) => {
		const parameters = { from: day, to: day, returnAll: true };
		const bench = new GetManyBench({ parameters, timezone });
		const noon = Date.parse(`${day}T12:00:00Z`);
		const expected = [];
		for (let minutes = -40 * 60; minutes <= 40 * 60; minutes += 30) {
			for (const ms of [-1, 0]) {
				const instant = noon + minutes * MINUTE + ms;
				const id = bench.happened(0, { created_at: formatInstant(instant) });
				if (dayOf(instant, timezone) === day) expected.unshift(id);
			}
		}
		expect(idsOf(await bench.execute())).toEqual(expected);
	});

	test.each([
		['both times', '2026-10-25T02:00:00', '2026-10-25T02:59:59', 120],
		['to the minute', '2026-10-25T00:00', '2026-10-25T00:00', 1],
		['with a gap', '2026-03-29T01:59:00', '2026-03-29T03:00:00', 2],
	])('contains an hour that clocks show twice, or never: %s', async (_, from, to, minutes) => {
		const bench = new GetManyBench({
			parameters: { from, to, returnAll: true },
			timezone: 'Europe/Berlin',
		});
		const noon = Date.parse(`${from.slice(0, 10)}T12:00:00Z`);
		for (let minute = -24 * 60; minute < 0; minute++) {
			bench.happened(0, { created_at: formatInstant(noon + minute * MINUTE) });
		}
		expect(await bench.execute()).toHaveLength(minutes);
	});
});

describe('with several input items, Get Many', () => {
	const perItem = { parameters: { limit: '={{ $json.limit }}', from: '={{ $json.from }}' } };

	test('reads each one’s parameters, and pairs its items with it', async () => {
		const bench = new GetManyBench(perItem);
		const backlog = bench.backlog(5, MINUTE);
		const output = await bench.execute([{ limit: 2 }, { limit: 1 }]);
		expect(idsOf(output)).toEqual([backlog[4], backlog[3], backlog[4]]);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 0 },
			{ item: 1 },
		]);
	});

	test('names the item that fails', async () => {
		const bench = new GetManyBench(perItem);
		const failure = bench.execute([{ limit: 1 }, { limit: 0 }]);
		await expect(failure).rejects.toThrow(NodeOperationError);
		await expect(failure).rejects.toMatchObject({
			message: 'Limit is 0.',
			description: 'Set it to a whole number of at least 1.',
			context: { itemIndex: 1 },
		});
	});

	test('warns once of what is odd at each of them', async () => {
		const bench = new GetManyBench();
		bench.fails({ headers: { date: null } }, { times: Infinity });
		await bench.execute([{}, {}]);
		expect(bench.network.sent).toHaveLength(2);
		expect(bench.logged('warn')).toEqual([expect.stringContaining('no readable Date header')]);
	});

	test('continues with the others if asked to', async () => {
		const bench = new GetManyBench(perItem);
		const id = bench.happened(MINUTE);
		const input = [{ limit: 0 }, { limit: 1 }, { limit: 1, from: 'soon' }];
		expect(await bench.execute(input, { continueOnFail: true })).toMatchObject([
			{ json: { error: 'Limit is 0.', details: expect.any(String) }, pairedItem: { item: 0 } },
			{ json: { id }, pairedItem: { item: 1 } },
			{ json: { error: expect.stringContaining('From is not') }, pairedItem: { item: 2 } },
		]);
	});

	test('reports the API’s refusal at each of them', async () => {
		const bench = new GetManyBench();
		bench.feed.revoke(ACCESS_KEY);
		await expect(bench.execute()).rejects.toThrow(NodeApiError);
		await expect(bench.execute([{}, {}])).rejects.toMatchObject({
			httpCode: '401',
			failure: { cause: 'credential-invalid' },
			context: { itemIndex: 0 },
		});
		const output = await bench.execute([{}, {}], { continueOnFail: true });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(JSON.stringify(output)).not.toContain(ACCESS_KEY);
	});

	test.each<Fault>([{ status: 500 }, { reset: true }, { html: true }])(
		'promises no next read, because there is none: %j',
		async (fault) => {
			const bench = new GetManyBench();
			bench.fails(fault, { times: Infinity });
			const error = await bench.execute().catch((failure: unknown) => failure);
			expect(error).toBeInstanceOf(NodeApiError);
			const { message, description } = error as NodeApiError;
			expect(`${message} ${description}`).not.toMatch(/next (run|poll)|same place|is lost/);
		},
	);

	test('reports a key that can never work at each of them', async () => {
		const bench = new GetManyBench({ credentialData: { apiKey: 'sk-ant-api03-models' } });
		const output = await bench.execute([{}, {}], { continueOnFail: true });
		expect(output).toHaveLength(2);
		expect(bench.network.sent).toEqual([]);
	});

	test('returns no partial result: an item that fails has only its error', async () => {
		const bench = new GetManyBench({ parameters: { returnAll: true, options: { pageSize: 10 } } });
		bench.backlog(25, DAY);
		bench.fails({ status: 403 }, { after: 1, times: Infinity });
		const output = await bench.execute([{}], { continueOnFail: true });
		expect(output).toMatchObject([
			{ json: { error: expect.any(String) }, pairedItem: { item: 0 } },
		]);
	});
});

test.each([
	[{ from: 'yesterday' }, 'From is not an ISO 8601 date'],
	[{ to: '2026-02-30' }, 'To is not an ISO 8601 date'],
	[{ to: '2026-02' }, 'To is not an ISO 8601 date'],
	[{ to: '={{ new Date("soon") }}' }, 'To is not an ISO 8601 date'],
	[{ from: '2026-02-02', to: '2026-02-01' }, 'From is later than To'],
	[{ from: '2026-02-02T00:00:00+01:00', to: '2026-02-01T22:59:59Z' }, 'From is later than To'],
	[{ limit: -1 }, 'Limit is -1'],
	[{ filters: { activityTypes: ['a'], excludeActivityTypes: ['b'] } }, 'to include and to exclude'],
	[{ organizationIds: 'Our Company' }, 'Not an organization id'],
	[{ options: { pageSize: 9 } }, 'Page Size is 9'],
])('Get Many refuses %j before it sends a request', async (parameters, complaint) => {
	const bench = new GetManyBench({ parameters });
	await expect(bench.execute()).rejects.toThrow(complaint);
	expect(bench.network.sent).toEqual([]);
});
