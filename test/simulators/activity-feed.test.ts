import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type IncomingHttpHeaders, get as httpGet, request as httpRequest } from 'node:http';
import { get as httpsGet } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { generate as selfSigned } from 'selfsigned';
import catalogue from '../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { ACTIVITIES_PATH, ActivityFeed } from './activity-feed/activity-feed';
import { SimulatedClock, systemClock } from './activity-feed/clock';
import { FeedRow } from './activity-feed/feed-rows';
import { ORGANIZATIONS } from './activity-feed/generator';
import { HOSTILE_STRINGS } from './activity-feed/hostile-strings';
import { datedAt, inMemoryHttp } from './activity-feed/http';
import { ACCESS_KEY, ORG_AUDIT_SCOPE, READ_SCOPE, apiKeyId } from './activity-feed/keys';
import { profiles, rough } from './activity-feed/profiles';
import { startActivityFeed } from './activity-feed/server';
import { formatTimestamp, parseTimestamp } from './activity-feed/timestamp';
import type { ActivityFeedOptions } from './activity-feed/activity-feed';
import type { ActivityPage, Fault } from './activity-feed/faults';
import type { AnswerHeaders } from './activity-feed/gateway';
import type { RunningServer, ServerOptions } from './activity-feed/server';

const NOW = Date.parse('2026-09-10T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Reply {
	status: number;
	headers: AnswerHeaders;
	text: string;
	page: ActivityPage;
	error: { type: string; message: string; details?: unknown };
	ids: unknown[];
}

function setUp(options: Partial<ActivityFeedOptions> = {}) {
	const clock = new SimulatedClock(NOW);
	// Most tests are about the rows that they add, so requests leave no activity by default.
	const feed = new ActivityFeed({ clock, recordReads: false, ...options });
	const ask = (
		query: string[][] | string = '',
		key: string | null = ACCESS_KEY,
		extraHeaders: Record<string, string> = {},
	): Reply => {
		const search =
			typeof query === 'string' ? query : String(new URLSearchParams(query as [string, string][]));
		const { status, headers, body } = feed.answer({
			url: `${ACTIVITIES_PATH}?${search}`,
			headers: { ...extraHeaders, ...(key !== null && { 'X-Api-Key': key }) },
		});
		const json = JSON.parse(String(body) || '{}') as ActivityPage & Reply;
		const ids = json.data?.map((row: Record<string, unknown> | null) => row?.id);
		return { status, headers, text: String(body), page: json, error: json.error, ids };
	};
	/** Follows the cursors to the end. */
	const walk = (query: string[][]): unknown[] => {
		const ids: unknown[] = [];
		for (let cursor: string[][] = []; ;) {
			const { page, ids: found, status } = ask([...query, ...cursor]);
			expect(status).toBe(200);
			ids.push(...found);
			if (!page.has_more) return ids;
			cursor = [['after_id', page.last_id!]];
		}
	};
	return { clock, feed, ask, walk };
}

function at(ms: number): string {
	return new Date(ms).toISOString();
}

/** Rows a, b, c … one second apart, the last of them a second ago. */
function addRows(feed: ActivityFeed, ids: string, extra: Record<string, unknown> = {}): void {
	[...ids].forEach((id, index) => {
		const created_at = at(NOW - 1000 * (ids.length - index));
		feed.add({ id, created_at, type: 'claude_chat_created', ...extra });
	});
}

/** Expects that the fields of a record have the order that the API uses. */
function expectWireOrder(record: Record<string, unknown>): void {
	const names = Object.keys(record);
	expect([names[0], names.at(-1)]).toEqual(['actor', 'organization_uuid']);
	expect(names.slice(1, -1)).toEqual(names.slice(1, -1).sort());
}

describe('order', () => {
	test('is newest first by default', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		expect(ask().ids).toEqual(['c', 'b', 'a']);
		expect(ask('order=desc').ids).toEqual(['c', 'b', 'a']);
		expect(ask('order=asc').ids).toEqual(['a', 'b', 'c']);
	});

	test('breaks ties by id, in both directions', () => {
		const { feed, ask } = setUp();
		for (const id of ['b', 'c', 'a']) feed.add({ id, created_at: at(NOW - 1) });
		expect(ask('order=asc').ids).toEqual(['a', 'b', 'c']);
		expect(ask('order=desc').ids).toEqual(['c', 'b', 'a']);
	});

	test('compares times to the microsecond, in every precision', () => {
		const { feed, ask } = setUp();
		feed.add({ id: '1', created_at: '2026-09-10T10:00:00.000002Z' });
		feed.add({ id: '2', created_at: '2026-09-10T12:00:00.000001+02:00' });
		feed.add({ id: '3', created_at: '2026-09-10T10:00:00Z' });
		expect(ask('order=asc').ids).toEqual(['3', '2', '1']);
	});
});

describe('pages', () => {
	test('an empty feed has no cursors', () => {
		const { ask } = setUp();
		expect(ask().page).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
	});

	test('limit defaults to 100', () => {
		const { feed, ask } = setUp();
		feed.generate({ count: 101, from: NOW - DAY, to: NOW });
		expect(ask().page.data).toHaveLength(100);
		expect(ask().page.has_more).toBe(true);
	});

	test('has_more is false on a full last page', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abcd');
		const first = ask('order=asc&limit=2').page;
		expect(first.has_more).toBe(true);
		const { page, ids } = ask([
			['order', 'asc'],
			['limit', '2'],
			['after_id', first.last_id!],
		]);
		expect(ids).toEqual(['c', 'd']);
		expect(page.has_more).toBe(false);
	});

	test.each(['asc', 'desc'])('a walk in %s order sees every row once', (order) => {
		const { feed, walk } = setUp();
		feed.generate({ count: 2000, from: NOW - DAY, to: NOW });
		const truth = feed.rows().map(({ id }) => id);
		if (order === 'desc') truth.reverse();
		for (const limit of ['7', '500', '5000']) {
			expect(
				walk([
					['order', order],
					['limit', limit],
				]),
			).toEqual(truth);
		}
	});

	test.each(['asc', 'desc'])('before_id leads back through the pages of %s order', (order) => {
		const { feed, ask, walk } = setUp();
		addRows(feed, 'abcdefg');
		const query = [
			['order', order],
			['limit', '3'],
		];
		const all = walk(query);
		const second = ask([...query, ['after_id', ask(query).page.last_id!]]).page;
		const third = ask([...query, ['after_id', second.last_id!]]).page;
		const back = ask([...query, ['before_id', third.first_id!]]);
		expect(back.ids).toEqual(all.slice(3, 6));
		expect(back.page.has_more).toBe(true);
		const start = ask([...query, ['before_id', back.page.first_id!]]);
		expect(start.ids).toEqual(all.slice(0, 3));
		expect(start.page.has_more).toBe(false);
	});

	test('hold at most the largest page, whatever the limit', () => {
		const { feed, ask, walk } = setUp({ maxPageSize: 3 });
		addRows(feed, 'abcdefg');
		expect(ask('limit=5000').ids).toEqual(['g', 'f', 'e']);
		expect(ask('limit=5000').page.has_more).toBe(true);
		expect(walk([['limit', '5000']])).toHaveLength(7);
	});

	test('send every row byte for byte', () => {
		const { feed, ask } = setUp();
		const rows = [
			'{ "id" : "a",\n\t"created_at":"2026-09-10T10:00:00Z","n":1.0,"big":12345678901234567890123}',
			'{"id":"b","created_at":"2026-09-10T10:00:01Z","x":"\\u00e9\\/é\\ud83d","x":2,"e":1E+2}',
		];
		for (const row of rows) feed.add(row);
		expect(ask('order=asc').text).toContain(`{"data":[${rows.join(',')}],"has_more":false,`);
		expect(feed.rows().map(({ json }) => json)).toEqual(rows);
	});
});

describe('added activities', () => {
	const MICROS = NOW * 1000 - 500;

	test('may show another time than that at which they happened', () => {
		const { feed, ask } = setUp();
		feed.add({ id: 'b', created_at: at(NOW - 10) });
		const row = feed.add({ id: 'a', created_at: at(NOW - 20) }, { at: MICROS });
		expect(row).toMatchObject({ createdAtMicros: MICROS, readable: true });
		expect(ask('order=asc').ids).toEqual(['b', 'a']);
	});

	test.each([
		['no id', '{"created_at":"2026-09-10T10:00:00Z"}'],
		['a null for an id', '{"id":null,"created_at":"2026-09-10T10:00:00Z"}'],
		['a number for an id', '{"id":42,"created_at":"2026-09-10T10:00:00Z"}'],
		['an empty id', '{"id":"","created_at":"2026-09-10T10:00:00Z"}'],
		['no time', '{"id":"x"}'],
		['a null for a time', '{"id":"x","created_at":null}'],
		['a time without an offset', '{"id":"x","created_at":"2026-09-10T10:00:00"}'],
		['an offset without a colon', '{"id":"x","created_at":"2026-09-10T10:00:00+0000"}'],
		['a blank in the time', '{"id":"x","created_at":"2026-09-10 10:00:00Z"}'],
		['a null', 'null'],
		['a number', '42'],
		['a text', '"activity"'],
		['a list', '[{"id":"x","created_at":"2026-09-10T10:00:00Z"}]'],
	])('need not be readable: %s', (_what, text) => {
		const { feed, ask } = setUp();
		addRows(feed, 'ab');
		const row = feed.add(text, { at: MICROS });
		feed.add('null', { at: MICROS });
		const id = text.startsWith('{"id":"x"') ? 'x' : '';
		expect(row).toMatchObject({ readable: false, id, json: text, createdAtMicros: MICROS });

		const truth = feed.rows().map(({ json }) => json);
		const query = [
			['order', 'asc'],
			['limit', '1'],
		];
		const seen: string[] = [];
		for (let cursor: string[][] = []; seen.length < truth.length;) {
			const { text: body, page } = ask([...query, ...cursor]);
			seen.push(/^\{"data":\[(.*)\],"has_more"/s.exec(body)![1]!);
			cursor = [['after_id', page.last_id!]];
		}
		expect(seen).toEqual(truth);
		expect(truth).toContain(text);
	});

	test('need a time if they show none that is readable', () => {
		const { feed } = setUp();
		expect(() => feed.add('{"id":"x","created_at":"yesterday"}')).toThrow('yesterday');
		expect(() => feed.add({ id: 'x' })).toThrow('Not a timestamp');
		expect(feed.rows()).toHaveLength(0);
	});

	test('appear at `visibleAt`, readable or not', () => {
		const { clock, feed, ask } = setUp();
		feed.add('null', { at: MICROS, visibleAt: NOW + 1 });
		expect(ask().page.data).toHaveLength(0);
		clock.advance(1);
		expect(ask().page.data).toEqual([null]);
	});
});

describe('cursors', () => {
	const query = [
		['order', 'asc'],
		['limit', '2'],
	];
	const decoded = (cursor: string) =>
		JSON.parse(Buffer.from(cursor, 'base64').toString()) as Record<string, unknown>;

	test('hold the id and the time of the row', () => {
		const { feed, ask } = setUp();
		feed.add({ id: 'a', created_at: '2026-09-10T12:00:00.12+02:00' });
		const { first_id, last_id } = ask().page;
		expect(first_id).toBe(last_id);
		expect(decoded(last_id!)).toEqual({ id: 'a', created_at: '2026-09-10T10:00:00.120000Z' });
	});

	test.each([
		['order', 'desc', ['a']],
		['limit', '1', ['c']],
		['activity_types[]', 'claude_chat_created', ['c', 'd']],
		['created_at.gte', at(NOW - 1000), ['d']],
	])('do not depend on the query: %s may change between pages', (name, value, expected) => {
		const { feed, ask } = setUp();
		addRows(feed, 'abcd');
		const cursor = ask(query).page.last_id!;
		const other = { ...Object.fromEntries(query), [name]: value, after_id: cursor };
		expect(ask(Object.entries(other)).ids).toEqual(expected);
	});

	test.each(['after_id', 'before_id'])('may be plain activity ids: %s', (name) => {
		const { feed, ask } = setUp();
		for (let row = 1; row < 4; row++) {
			feed.add({ id: `activity_0${row}`, created_at: at(NOW - 4000 + 1000 * row) });
		}
		const around = (id: string) =>
			ask([
				['order', 'asc'],
				[name, id],
			]).ids;
		const expected = name === 'after_id' ? ['activity_03'] : ['activity_01'];
		expect(around('activity_02')).toEqual(expected);
		expect(ask([[name, 'activity_unknown']]).status).toBe(400);
	});

	test.each(['nonsense', 'e30=', 'bnVsbA==', '', 'activity-1', 'eyJpZCI6MX0='])(
		'are refused if they are neither: %j',
		(cursor) => {
			for (const name of ['after_id', 'before_id']) {
				const { status, error } = setUp().ask([[name, cursor]]);
				expect(status).toBe(400);
				expect(error.type).toBe('invalid_request_error');
				expect(error.message).toBe(`Invalid activity_id format: '${cursor}'`);
			}
		},
	);

	describe('bound to their query', () => {
		const bound = () => {
			const { feed, ask, walk } = setUp({ cursorsBoundToQuery: true });
			addRows(feed, 'abcde');
			return { ask, walk, cursor: ask(query).page.last_id! };
		};

		test('lead on with the same query, in any order of its parameters', () => {
			const { ask, walk, cursor } = bound();
			expect(walk(query)).toHaveLength(5);
			expect(ask([['after_id', cursor], ...[...query].reverse()]).ids).toEqual(['c', 'd']);
		});

		test('must be encoded in the next request', () => {
			const { ask, cursor } = bound();
			expect(cursor).toMatch(/\+/);
			expect(cursor).toMatch(/\//);
			expect(ask(`order=asc&limit=2&after_id=${cursor}`).status).toBe(400);
			const encoded = encodeURIComponent(cursor);
			expect(ask(`order=asc&limit=2&after_id=${encoded}`).ids).toEqual(['c', 'd']);
		});

		test.each([
			['order', 'desc'],
			['limit', '3'],
			['activity_types[]', 'claude_chat_created'],
			['created_at.gte', '2026-01-01T00:00:00Z'],
		])('are refused with another %s', (name, value) => {
			const { ask, cursor } = bound();
			const other = { ...Object.fromEntries(query), [name]: value, after_id: cursor };
			const { status, error } = ask(Object.entries(other));
			expect(status).toBe(400);
			expect(error.message).toBe('The cursor belongs to another query');
		});

		test('are refused as others', () => {
			const { ask } = bound();
			const loose = Buffer.from('{"id":"a","created_at":"2026-09-10T10:00:00Z"}');
			expect(ask([...query, ['after_id', loose.toString('base64')]]).status).toBe(400);
		});
	});

	test('are refused together', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		const { first_id, last_id } = ask(query).page;
		const both = [...query, ['after_id', last_id!], ['before_id', first_id!]];
		expect(ask(both).status).toBe(400);
	});

	test('stay valid for retries and for another key', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		const next = [...query, ['after_id', ask(query).page.last_id!]];
		expect(ask(next).ids).toEqual(['c']);
		expect(ask(next).ids).toEqual(['c']);
		feed.grant('sk-ant-admin01-rotated');
		feed.revoke(ACCESS_KEY);
		expect(ask(next, 'sk-ant-admin01-rotated').ids).toEqual(['c']);
		expect(ask(next).status).toBe(401);
	});

	test('skip rows that appear behind them', () => {
		const { clock, feed, ask } = setUp();
		addRows(feed, 'bd');
		feed.add({ id: 'late', created_at: at(NOW - 1500) }, { visibleAt: NOW + 10 });
		const first = ask('order=asc&limit=1').page;
		const second = ask([
			['order', 'asc'],
			['limit', '1'],
			['after_id', first.last_id!],
		]);
		expect(second.ids).toEqual(['d']);
		clock.advance(10);
		const third = ask([
			['order', 'asc'],
			['limit', '1'],
			['after_id', second.page.last_id!],
		]);
		expect(third.ids).toEqual([]);
		expect(ask('order=asc').ids).toEqual(['b', 'late', 'd']);
	});
});

describe('filters', () => {
	test.each([
		['gt', ['c']],
		['gte', ['b', 'c']],
		['lt', ['a']],
		['lte', ['a', 'b']],
	])('created_at.%s', (bound, expected) => {
		const { feed, ask } = setUp();
		for (const [index, id] of ['a', 'b', 'c'].entries()) {
			feed.add({ id, created_at: `2026-09-10T10:00:00.00000${index}Z` });
		}
		for (const text of ['2026-09-10T10:00:00.000001Z', '2026-09-10T12:00:00.000001+02:00']) {
			const query = [
				['order', 'asc'],
				[`created_at.${bound}`, text],
			];
			expect(ask(query).ids).toEqual(expected);
			expect(ask([['order', 'desc'], query[1]!]).ids).toEqual([...expected].reverse());
		}
	});

	test('bounds combine, and may leave no row', () => {
		const { feed, walk } = setUp();
		addRows(feed, 'abcdef');
		const within = (gt: number, lte: number) =>
			walk([
				['created_at.gt', at(gt)],
				['created_at.lte', at(lte)],
				['order', 'asc'],
				['limit', '1'],
			]);
		expect(within(NOW - 5000, NOW - 2000)).toEqual(['c', 'd', 'e']);
		expect(within(NOW - 2000, NOW - 5000)).toEqual([]);
	});

	test('organizations, by id and by UUID, and the rows of no organization', () => {
		const [main, research] = ORGANIZATIONS;
		const { feed, ask } = setUp();
		const created_at = at(NOW - 1);
		feed.add({ id: 'm', created_at, organization_id: main!.id, organization_uuid: main!.uuid });
		feed.add({ id: 'n', created_at, organization_id: null, organization_uuid: null });
		feed.add({ id: 'r', created_at, organization_id: research!.id });
		feed.add({ id: 'u', created_at, organization_id: null, organization_uuid: research!.uuid });
		for (const name of [main!.id, main!.uuid, main!.uuid.toUpperCase()]) {
			expect(ask([['organization_ids[]', name]]).ids).toEqual(['n', 'm']);
		}
		expect(ask([['organization_ids[]', research!.uuid]]).ids).toEqual(['u', 'r', 'n']);
		const both = ORGANIZATIONS.slice(0, 2).map(({ id }) => ['organization_ids[]', id]);
		expect(ask(both).ids).toHaveLength(4);
	});

	test('types and excluded types', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'a', { type: 'claude_chat_created' });
		addRows(feed, 'b', { type: 'claude_chat_viewed' });
		addRows(feed, 'c', { type: 'group_viewed' });
		const types = ['claude_chat_created', 'group_viewed'];
		expect(ask(types.map((type) => ['activity_types[]', type])).ids).toEqual(['c', 'a']);
		expect(ask(types.map((type) => ['exclude_activity_types[]', type])).ids).toEqual(['b']);
	});

	test('actors, under both names', () => {
		const { feed, ask } = setUp();
		for (const id of 'abc') {
			addRows(feed, id, { actor: { type: 'user_actor', user_id: `user_${id}` } });
		}
		addRows(feed, 'd', { actor: { type: 'api_actor', api_key_id: 'apikey_d' } });
		expect(ask('actor_ids[]=user_a').ids).toEqual(['a']);
		expect(ask('user_ids[]=user_b').ids).toEqual(['b']);
		expect(ask('actor_ids[]=user_a&user_ids[]=user_b').ids).toEqual(['b', 'a']);
	});

	test('a filtered walk returns the rows that the filter lets through', () => {
		const { feed, walk } = setUp();
		feed.generate({ count: 3000, from: NOW - DAY, to: NOW });
		const type = 'claude_chat_viewed';
		expect(
			walk([
				['activity_types[]', type],
				['order', 'asc'],
				['limit', '50'],
			]),
		).toEqual(
			feed
				.rows()
				.filter((row) => row.type === type)
				.map(({ id }) => id),
		);
	});
});

describe('validation', () => {
	test.each([
		['limit', 'limit=0'],
		['limit', 'limit=5001'],
		['limit', 'limit=-1'],
		['limit', 'limit=ten'],
		['limit', 'limit=1.5'],
		['limit', 'limit='],
		['limit', 'limit=1&limit=2'],
		['order', 'order=up'],
		['created_at.gt', 'created_at.gt=2026-09-10'],
		['created_at.lt', 'created_at.lt=2026-02-30T10:00:00Z'],
		['created_at.lte', 'created_at.lte=yesterday'],
		// An unencoded + is a space.
		['created_at.gte', 'created_at.gte=2026-09-10T10:00:00+00:00'],
		['activity_types[]', 'activity_types[]=no_such_type'],
		['exclude_activity_types[]', 'exclude_activity_types[]=no_such_type'],
		[
			'exclude_activity_types[]',
			'activity_types[]=group_viewed&exclude_activity_types[]=group_viewed',
		],
		['actor_ids[]', 'actor_ids[]=apikey_1'],
		['user_ids[]', 'user_ids[]=someone@example.com'],
		['organization_ids[]', 'organization_ids[]=main'],
		['page', 'page=2'],
		['activity_types', 'activity_types=group_viewed'],
		['activity_types[0]', 'activity_types[0]=group_viewed'],
		['created_at[gte]', 'created_at[gte]=2026-09-10T10:00:00Z'],
	])('names %s in %j', (parameter, query) => {
		const { status, error, headers } = setUp().ask(query);
		expect(status).toBe(400);
		expect(error.type).toBe('invalid_request_error');
		expect(error.message).toContain(parameter);
		expect(headers['request-id']).toMatch(/^req_[0-9a-f]{24}$/);
	});

	test.each([
		['foo=1', "Unknown query parameter: 'foo'."],
		[
			'created_at[gte]=2026-09-10T10:00:00Z',
			"Unknown query parameter: 'created_at[gte]'. Did you mean 'created_at.gte'?",
		],
		[
			'activity_types=group_viewed',
			"Unknown query parameter: 'activity_types'. Did you mean 'activity_types[]'?",
		],
		['after=x', "Unknown query parameter: 'after'. Did you mean 'after_id'?"],
		[
			'activity_types[]=no_such_type',
			'activity_types[].0: Input is not one of the permitted values.',
		],
		[
			'exclude_activity_types[]=group_viewed&exclude_activity_types[]=no_such_type',
			'exclude_activity_types[].1: Input is not one of the permitted values.',
		],
		['order=up', 'order: Input is not one of the permitted values.'],
	])('of %j answers with the API’s messages', (query, message) => {
		expect(setUp().ask(query).error.message).toBe(message);
	});

	test.each([
		'limit=1',
		'limit=5000',
		'created_at.gte=2026-09-10T10:00:00%2B00:00',
		'created_at.gte=2026-09-10T10:00:00',
		'activity_types[]=anthropic_access&activity_types[]=cmek_preserve',
	])('accepts %j', (query) => expect(setUp().ask(query).status).toBe(200));

	test('reads a time without an offset as UTC', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		expect(ask('order=asc&created_at.gte=2026-09-10T11:59:58').ids).toEqual(['b', 'c']);
	});

	test('knows the whole catalogue, extra types, and the types of added rows', () => {
		const { feed, ask } = setUp({ extraTypes: ['brand_new_type'] });
		addRows(feed, 'a', { type: 'only_in_this_feed' });
		for (const type of [...Object.keys(catalogue.types), 'brand_new_type', 'only_in_this_feed']) {
			expect(ask([['activity_types[]', type]]).status).toBe(200);
		}
		expect(ask('activity_types[]=other').status).toBe(400);
	});
});

describe('keys', () => {
	const api03 = 'sk-ant-api03-model-key';

	test.each([
		['another path', '/v1/activities', { 'x-api-key': ACCESS_KEY }],
		['a doubled prefix', `/v1${ACTIVITIES_PATH}`, { 'x-api-key': ACCESS_KEY }],
		['an address that is none', '//[', { 'x-api-key': ACCESS_KEY }],
		['no key', ACTIVITIES_PATH, {}],
	])('404 for %s', (_what, url, headers) => {
		const answer = setUp().feed.answer({ url, headers });
		expect(answer.status).toBe(404);
		expect(String(answer.body)).toContain('not_found_error');
	});

	test('401 for a key that looks right, with a request id', () => {
		const { status, error, headers, page } = setUp().ask('', 'sk-ant-api01-unknown');
		expect(status).toBe(401);
		expect(error.type).toBe('authentication_error');
		expect(headers['request-id']).toBeDefined();
		expect(page).toMatchObject({ type: 'error', request_id: headers['request-id'] });
	});

	test.each([api03, 'nonsense', ''])('401 for %j, without a request id', (key) => {
		const { feed, ask } = setUp();
		feed.grant(api03);
		const { status, error, headers, page } = ask('', key);
		expect(status).toBe(401);
		expect(error.type).toBe('authentication_error');
		expect(headers).not.toHaveProperty('request-id');
		expect(page).toHaveProperty('request_id', null);
	});

	test('401 for an expired key, with the API’s message', () => {
		const { feed, ask } = setUp();
		feed.grant(ACCESS_KEY, { scopes: [READ_SCOPE], expired: true });
		expect(ask().status).toBe(401);
		expect(ask().error.message).toBe('API key has expired.');
	});

	test.each([
		[ACCESS_KEY, 'read:compliance_activities, read:org_audit'],
		['sk-ant-admin01-good', 'read:compliance_activities'],
	])('403 for %s without a scope, with the present and the required scopes', (key, needed) => {
		const { feed, ask } = setUp();
		feed.grant(key, { scopes: ['read:compliance_org_data', 'write:x'] });
		const { status, error } = ask('', key);
		expect(status).toBe(403);
		expect(error).toEqual({
			type: 'permission_error',
			message: `Missing required scopes. Got: [read:compliance_org_data, write:x] Needed one of: [${needed}]`,
		});
	});

	test('an Admin API key works like an access key', () => {
		const { feed, ask } = setUp();
		feed.grant('sk-ant-admin01-good');
		expect(ask('', 'sk-ant-admin01-good').status).toBe(200);
	});

	test('the scope for audits is enough for an access key, but not for an Admin API key', () => {
		const { feed, ask } = setUp();
		for (const key of [ACCESS_KEY, 'sk-ant-admin01-good']) {
			feed.grant(key, { scopes: [ORG_AUDIT_SCOPE] });
		}
		expect(ask().status).toBe(200);
		expect(ask('', 'sk-ant-admin01-good').status).toBe(403);
	});

	test('success names the organization of the key, errors do not', () => {
		const [main, research] = ORGANIZATIONS;
		const { feed, ask } = setUp();
		const named = () => ask().headers['anthropic-organization-id'];
		expect(named()).toBe(main!.uuid);
		for (const name of [research!.id, research!.uuid]) {
			feed.grant(ACCESS_KEY, { scopes: [READ_SCOPE], organizations: [name] });
			expect(named()).toBe(research!.uuid);
		}
		expect(ask('limit=0').headers).not.toHaveProperty('anthropic-organization-id');
	});

	test('a key reads its organizations and the rows of no organization; others are 403', () => {
		const [main, research] = ORGANIZATIONS;
		const { feed, ask } = setUp();
		addRows(feed, 'm', { organization_id: main!.id });
		addRows(feed, 'n', { organization_id: null });
		addRows(feed, 'r', { organization_id: research!.id });
		feed.grant(ACCESS_KEY, { scopes: [READ_SCOPE], organizations: [main!.uuid] });
		expect(ask('order=asc').ids).toEqual(['m', 'n']);
		expect(ask([['organization_ids[]', main!.id]]).ids).toEqual(['n', 'm']);
		expect(ask([['organization_ids[]', research!.id]]).status).toBe(403);
	});

	test('no key reaches an unknown organization', () => {
		const { status, error } = setUp().ask('organization_ids[]=org_unknown');
		expect(status).toBe(403);
		expect(error).toEqual({
			type: 'permission_error',
			message: "Cannot query compliance data for organizations outside this API key's scope",
			details: { error_visibility: 'user_facing' },
		});
	});

	test.each([undefined, '2023-06-01', '2026-10-21'])('accepts version %s', (version) => {
		const { ask } = setUp();
		expect(ask('', ACCESS_KEY, version ? { 'anthropic-version': version } : {}).status).toBe(200);
	});

	test('refuses other versions', () => {
		const { status, error } = setUp().ask('', ACCESS_KEY, { 'anthropic-version': '2026-01-01' });
		expect(status).toBe(400);
		expect(error.message).toContain('anthropic-version');
	});

	test('allows only GET', () => {
		const headers = { 'x-api-key': ACCESS_KEY };
		const url = ACTIVITIES_PATH;
		expect(setUp().feed.answer({ url, headers, method: 'POST' }).status).toBe(405);
	});
});

describe('time', () => {
	test('comes from the clock', () => {
		const { clock, ask } = setUp();
		expect(ask().headers.date).toBe('Thu, 10 Sep 2026 12:00:00 GMT');
		clock.advance(90_000);
		expect(ask().headers.date).toBe('Thu, 10 Sep 2026 12:01:30 GMT');
	});

	test('indexing lags by the given time at most', () => {
		const { clock, feed, ask } = setUp();
		feed.generate({ count: 500, from: NOW - MINUTE, to: NOW, lag: MINUTE });
		for (const row of feed.rows()) {
			expect(row.visibleAt - row.createdAtMicros / 1000).toBeGreaterThanOrEqual(0);
			expect(row.visibleAt - row.createdAtMicros / 1000).toBeLessThanOrEqual(MINUTE);
		}
		const visible = feed.rows().filter(({ visibleAt }) => visibleAt <= NOW);
		expect(visible.length).toBeGreaterThan(100);
		expect(visible.length).toBeLessThan(400);
		expect(ask('order=asc&limit=5000').ids).toEqual(visible.map(({ id }) => id));
		clock.advance(MINUTE);
		expect(ask('limit=5000').ids).toHaveLength(500);
	});

	test('a row does not appear before it happens', () => {
		const { clock, feed, ask } = setUp();
		feed.add({ id: 'soon', created_at: at(NOW + 5) });
		expect(ask().ids).toEqual([]);
		clock.advance(5);
		expect(ask().ids).toEqual(['soon']);
	});

	test('rows are kept six years', () => {
		const { feed, ask } = setUp();
		feed.add({ id: 'kept', created_at: '2020-09-10T12:00:00Z' });
		feed.add({ id: 'gone', created_at: '2020-09-10T11:59:59.999999Z' });
		expect(ask('order=asc').ids).toEqual(['kept']);
		expect(ask('order=desc').ids).toEqual(['kept']);
	});

	test('names of files, documents and artifacts become null, on old rows too', () => {
		const { feed, ask } = setUp();
		const created_at = at(NOW - 1);
		const named = { created_at, filename: 'secret.txt', title: 'Secret' };
		feed.add({ ...named, id: 'a', type: 'claude_file_uploaded' });
		feed.add({ ...named, id: 'b', type: 'claude_project_document_viewed' });
		feed.add({ ...named, id: 'c', type: 'claude_artifact_published' });
		feed.add({ ...named, id: 'd', type: 'claude_chat_created' });
		expect(ask().text.match(/secret\.txt/g)).toHaveLength(4);
		feed.withdrawNames();
		feed.add({ ...named, id: 'e', type: 'claude_file_uploaded' });
		feed.generate({ count: 500, from: NOW - DAY, to: NOW });
		const rows = ask('limit=5000').page.data;
		const naming = rows.filter(({ filename, title }) => filename ?? title);
		expect(naming.map(({ id }) => id)).toEqual(['d']);
		expect(rows.find(({ id }) => id === 'a')).toEqual({
			...named,
			id: 'a',
			type: 'claude_file_uploaded',
			filename: null,
			title: null,
		});
		const generated = rows.filter(({ id }) => String(id).startsWith('activity_'));
		expect(generated.filter(({ filename }) => filename === null).length).toBeGreaterThan(10);
		expect(ask('limit=5').ids).toEqual(['e', 'd', 'c', 'b', 'a']);
	});
});

describe('a clock with fractions', () => {
	test('shows no row even a microsecond before it happens', () => {
		const { clock, feed, ask } = setUp();
		feed.add({ id: 'soon', created_at: '2026-09-10T12:00:00.000500Z' });
		clock.advance(0.25);
		expect(ask().ids).toEqual([]);
		clock.advance(0.25);
		expect(ask().ids).toEqual(['soon']);
	});

	test('is the feed’s clock if it is half a millisecond ahead', () => {
		const { clock, feed, ask } = setUp({ clockAhead: 0.5, recordReads: true });
		feed.add({ id: 'soon', created_at: at(NOW + 1) });
		expect(ask().ids).toEqual([]);
		expect(feed.rows()[0]).toMatchObject({
			createdAtMicros: NOW * 1000 + 500,
			visibleAt: NOW + 1000,
		});
		clock.advance(1);
		expect(ask().ids).toEqual(['soon']);
		expect(ask().headers).toMatchObject({
			date: 'Thu, 10 Sep 2026 12:00:00 GMT',
			'anthropic-ratelimit-requests-reset': '2026-09-10T12:01:00.000500Z',
		});
	});

	test('gives rows times with fractions', () => {
		const { feed } = setUp();
		feed.generate({ count: 100, from: NOW - 0.5, to: NOW + 0.75 });
		for (const { createdAtMicros, json } of feed.rows()) {
			expect(Number.isInteger(createdAtMicros)).toBe(true);
			expect(createdAtMicros).toBeGreaterThanOrEqual(NOW * 1000 - 500);
			expect(createdAtMicros).toBeLessThanOrEqual(NOW * 1000 + 750);
			const { created_at } = JSON.parse(json) as { created_at: string };
			expect(parseTimestamp(created_at)).toBe(createdAtMicros);
		}
	});
});

describe('the behaviour of some feeds', () => {
	const times = (feed: ActivityFeed) =>
		feed.rows().map(({ json }) => (JSON.parse(json) as { created_at: string }).created_at);

	test('times of added objects get microseconds, ties stay ties', () => {
		const { feed } = setUp({ addMicroseconds: true });
		addRows(feed, 'ab');
		addRows(feed, 'xy');
		feed.add({ id: 'fine', created_at: '2026-09-10T12:00:00.000001Z' });
		feed.add(`{"id":"text","created_at":"2026-09-10T12:00:00Z"}`);
		const [a, x, b, y, text, fine] = feed.rows();
		expect([a!.id, x!.id, b!.id, y!.id, text!.id, fine!.id]).toEqual(
			'a x b y text fine'.split(' '),
		);
		expect(a!.createdAtMicros).toBe(x!.createdAtMicros);
		expect(a!.createdAt).toBe(NOW - 2000);
		for (const row of [a!, b!]) {
			const micros = row.createdAtMicros % 1000;
			expect(micros).toBeGreaterThan(0);
			expect(micros).toBeLessThanOrEqual(500);
		}
		expect(times(feed).map(parseTimestamp)).toEqual(
			feed.rows().map(({ createdAtMicros }) => createdAtMicros),
		);
		expect(text!.createdAtMicros).toBe(NOW * 1000);
		expect(fine!.createdAtMicros).toBe(NOW * 1000 + 1);
	});

	test.each([
		['seconds', /:\d\dZ$/],
		['milliseconds', /:\d\d\.\d{3}Z$/],
		['microseconds', /:\d\d\.\d{6}Z$/],
	] as const)('times are shown in %s and compared in microseconds', (shownAs, form) => {
		const { clock, feed, ask, walk } = setUp({ shownAs, recordReads: true });
		feed.generate({ count: 200, from: NOW - 1000, to: NOW });
		feed.add({ id: 'b', created_at: '2026-09-10T11:59:58.123457Z' });
		feed.add({ id: 'c', created_at: '2026-09-10T11:59:58.123456Z' });
		clock.advance(0.25);
		ask();
		clock.advance(MINUTE);
		const shown = times(feed);
		const fractions = shown.filter((time) => time.includes('.'));
		expect(fractions.length === 0).toBe(shownAs === 'seconds');
		expect([...fractions, shown[0]].filter((time) => !form.test(time!))).toEqual([]);
		expect(ask('order=asc&limit=2').ids).toEqual(['c', 'b']);
		expect(ask('created_at.lt=2026-09-10T11:59:58.123457Z').ids).toEqual(['c']);
		expect(
			walk([
				['order', 'asc'],
				['limit', '1'],
				['created_at.lt', '2026-09-10T12:00:00Z'],
			]),
		).toEqual(feed.rows().flatMap(({ id, createdAt }) => (createdAt < NOW ? [id] : [])));
	});

	test.each([
		['gt', ['a', 'b', 'c', 'd']],
		['gte', ['a', 'b', 'c', 'd']],
		['lt', []],
		['lte', ['a']],
	])('created_at.%s is cut to whole seconds', (bound, expected) => {
		const { feed, ask } = setUp({ filtersCutToSeconds: true });
		const fractions = { a: '.000000', b: '.400000', c: '.600000', d: '.999999' };
		for (const [id, fraction] of Object.entries(fractions)) {
			feed.add({ id, created_at: `2026-09-10T11:59:58${fraction}Z` });
		}
		const ids = ask(`order=asc&created_at.${bound}=2026-09-10T11:59:58.5Z`).ids;
		expect(ids).toEqual(bound === 'gt' ? expected.slice(1) : expected);
	});

	test('the clocks of the nodes differ', () => {
		const dates = (seed: number) => {
			const { ask } = setUp({ nodeClocksApart: 3000, seed });
			return Array.from({ length: 40 }, () => Date.parse(ask().headers.date as string));
		};
		const all = dates(1);
		expect(Math.max(...all) - Math.min(...all)).toBe(3000);
		expect(new Set(all).size).toBeGreaterThan(2);
		expect(dates(1)).toEqual(all);
		expect(dates(2)).not.toEqual(all);
	});

	test('answers have no request-id, although requests have one', () => {
		const { clock, feed, ask } = setUp({ requestIds: false, recordReads: true });
		for (const query of ['', 'limit=0']) {
			expect(ask(query).headers).not.toHaveProperty('request-id');
		}
		const [first, second] = feed.requests;
		expect(ask('limit=0').page).toMatchObject({ request_id: feed.requests[2]!.requestId });
		clock.advance(MINUTE);
		const recorded = ask('order=asc').page.data.map(({ request_id }) => request_id);
		expect(recorded).toEqual(
			expect.arrayContaining([first!.requestId, second!.requestId]) as unknown,
		);
	});

	test('a gateway removes unknown headers', () => {
		const { feed, ask } = setUp({ gateway: true, requestsPerMinute: 2 });
		addRows(feed, 'a');
		expect(ask()).toMatchObject({
			ids: ['a'],
			headers: {
				'content-type': 'application/json',
				date: 'Thu, 10 Sep 2026 12:00:00 GMT',
				via: '1.1 gateway',
			},
		});
		expect(Object.keys(ask('limit=0').headers).sort()).toEqual(['content-type', 'date', 'via']);
		expect(ask().headers).toMatchObject({ 'retry-after': '60' });
		expect(ask().headers).not.toHaveProperty('anthropic-ratelimit-requests-reset');
	});

	test('a gateway does not change the headers that a fault sets', () => {
		const { feed, ask } = setUp({ gateway: true });
		const headers = { 'request-id': 'req_forged', via: null };
		feed.fail({ headers });
		feed.fail({ status: 500, headers });
		for (const status of [200, 500]) {
			const answer = ask();
			expect(answer).toMatchObject({ status, headers: { 'request-id': 'req_forged' } });
			expect(answer.headers).not.toHaveProperty('via');
		}
	});
});

describe('the rough profile', () => {
	test('is a complete feed', () => {
		const { clock, feed, ask, walk } = setUp({ ...rough, recordReads: true });
		feed.generate({ count: 300, from: NOW - MINUTE, to: NOW });
		feed.add({ id: 'now', created_at: at(NOW) });
		const truth = feed.rows().map(({ id }) => id);
		const query = [
			['order', 'asc'],
			['limit', '7'],
		];
		expect(walk(query)).toEqual(truth);
		clock.advance(MINUTE);
		const { page, headers } = ask();
		expect(page.data[0]).toMatchObject({ created_at: '2026-09-10T12:00:00.000617Z' });
		expect(Object.keys(headers).sort()).toEqual(['content-type', 'date', 'via']);
	});

	test('differs from the profile without changes, which has all defaults', () => {
		expect(profiles).toEqual({ plain: {}, rough });
	});
});

describe('the activities of requests', () => {
	const record = (feed: ActivityFeed) =>
		feed
			.rows()
			.filter(({ type }) => type === 'compliance_api_accessed')
			.map(({ json }) => JSON.parse(json) as Record<string, unknown>);

	test('say what was asked and answered, about a second later', () => {
		const { clock, feed, ask } = setUp({ recordReads: true });
		const { headers } = ask('limit=10&order=asc');
		clock.advance(999);
		expect(ask('order=asc').ids).toEqual([]);
		clock.advance(1000);
		const [own, second] = ask('order=asc').page.data;
		expect(own).toEqual({
			actor: {
				type: 'api_actor',
				api_key_id: apiKeyId(ACCESS_KEY),
				ip_address: expect.any(String),
				user_agent: null,
			},
			created_at: '2026-09-10T12:00:00Z',
			id: expect.stringMatching(/^activity_/),
			organization_id: null,
			request_body: null,
			request_id: headers['request-id'],
			request_method: 'GET',
			status_code: 200,
			type: 'compliance_api_accessed',
			url: `https://api.anthropic.com${ACTIVITIES_PATH}?limit=10&order=asc`,
			organization_uuid: null,
		});
		expectWireOrder(own!);
		expect(second).toMatchObject({ status_code: 200 });
		expect(feed.rows()).toHaveLength(3);
	});

	test('show microseconds if the clock has them', () => {
		const { clock, feed, ask } = setUp({ recordReads: true });
		clock.advance(0.125);
		ask();
		const [row] = feed.rows();
		expect(row).toMatchObject({
			createdAtMicros: NOW * 1000 + 125,
			visibleAt: NOW + 1000.125,
			json: expect.stringContaining('"created_at":"2026-09-10T12:00:00.000125Z"'),
		});
		clock.advance(1000);
		expect(ask().page.data).toHaveLength(1);
	});

	test('always include the previous request of a poller', () => {
		const { clock, ask } = setUp({ recordReads: true });
		let last = ask().headers['request-id'];
		for (let poll = 0; poll < 5; poll++) {
			clock.advance(MINUTE);
			const { page, headers } = ask('limit=1');
			expect(page.data[0]).toMatchObject({ request_id: last });
			last = headers['request-id'];
		}
	});

	test('also follow refused requests, but not unauthenticated ones', () => {
		const { feed, ask } = setUp({ recordReads: true, requestsPerMinute: 4 });
		ask('limit=0');
		feed.grant('sk-ant-api01-no-scope', { scopes: [] });
		ask('', 'sk-ant-api01-no-scope');
		ask('', 'sk-ant-api01-unknown');
		ask('', null);
		feed.fail({ status: 503 });
		ask();
		ask();
		ask();
		expect(
			record(feed)
				.map((row) => row.status_code)
				.sort(),
		).toEqual([200, 400, 403, 429, 503]);
	});

	test('follow requests even if the answer never arrived', () => {
		const { feed, ask } = setUp({ recordReads: true });
		feed.fail({ hang: true });
		ask();
		feed.fail({ cutBody: 0.5 });
		ask();
		feed.fail({ reset: true });
		ask();
		expect(record(feed).map((row) => row.status_code)).toEqual([200, 200]);
		expect(feed.requests.map(({ status }) => status)).toEqual([0, 200, 0]);
	});

	test('appear after the given time', () => {
		const { clock, ask } = setUp({ recordReads: true, recordReadLag: 30_000 });
		ask();
		clock.advance(29_999);
		expect(ask().ids).toHaveLength(0);
		clock.advance(1);
		expect(ask().ids).toHaveLength(1);
	});
});

describe('rate limit', () => {
	const limits = (headers: AnswerHeaders) =>
		['limit', 'remaining', 'reset'].map((name) => headers[`anthropic-ratelimit-requests-${name}`]);

	test('counts down, refuses, and starts again', () => {
		const { clock, ask } = setUp({ requestsPerMinute: 2 });
		expect(limits(ask().headers)).toEqual(['2', '1', '2026-09-10T12:01:00Z']);
		clock.advance(1500);
		expect(limits(ask('limit=0').headers)).toEqual(['2', '0', '2026-09-10T12:01:00Z']);
		const refused = ask();
		expect(refused.status).toBe(429);
		expect(refused.error.type).toBe('rate_limit_error');
		expect(refused.headers['retry-after']).toBe('59');
		expect(limits(refused.headers)).toEqual(['2', '0', '2026-09-10T12:01:00Z']);
		clock.advance(59_000);
		expect(ask().status).toBe(200);
	});

	test('works with a clock that counts fractions', () => {
		const { clock, ask } = setUp({ requestsPerMinute: 1 });
		clock.advance(0.25);
		expect(limits(ask().headers)[2]).toBe('2026-09-10T12:01:00.000250Z');
		clock.advance(59_999.5);
		expect(ask().headers['retry-after']).toBe('1');
		clock.advance(0.5);
		expect(ask().status).toBe(200);
	});

	test('is 600 a minute, shared by all keys', () => {
		const { feed, ask } = setUp();
		feed.grant('sk-ant-api01-other');
		for (let call = 0; call < 300; call++) {
			expect(ask('limit=1').status).toBe(200);
			expect(ask('limit=1', 'sk-ant-api01-other').status).toBe(200);
		}
		expect(ask().status).toBe(429);
		expect(ask('', 'sk-ant-api01-other').status).toBe(429);
	});

	test('some errors lack its headers', () => {
		const { feed, ask } = setUp();
		feed.grant('sk-ant-api01-no-scope', { scopes: [] });
		for (const key of ['sk-ant-api01-no-scope', 'sk-ant-api01-unknown', null]) {
			expect(limits(ask('', key).headers)).toEqual([undefined, undefined, undefined]);
		}
	});

	test('can be switched off', () => {
		const { ask } = setUp({ requestsPerMinute: Infinity });
		for (let call = 0; call < 700; call++) expect(ask().status).toBe(200);
	});
});

describe('the list of requests', () => {
	test('includes the answers', () => {
		const { feed, ask } = setUp();
		const { headers } = ask('limit=7');
		ask('limit=0');
		expect(feed.requests).toMatchObject([
			{
				url: `${ACTIVITIES_PATH}?limit=7`,
				method: 'GET',
				headers: { 'x-api-key': ACCESS_KEY },
				status: 200,
				requestId: headers['request-id'],
			},
			{ status: 400 },
		]);
	});
});

describe('generated activities', () => {
	const generated = (seed = 1) => {
		const { feed } = setUp({ seed, extraTypes: ['brand_new_type'] });
		feed.generate({ count: 6000, from: NOW - 30 * DAY, to: NOW, lag: MINUTE });
		return feed.rows();
	};
	const rows = generated();
	const activities = rows.map(({ json }) => JSON.parse(json) as Record<string, unknown>);
	const actors = activities.map(({ actor }) => actor as Record<string, unknown>);

	test('depend only on the seed, whatever requests arrive meanwhile', () => {
		const json = (all: typeof rows) => all.map((row) => row.json);
		expect(json(generated())).toEqual(json(rows));
		expect(json(generated(2))).not.toEqual(json(rows));

		const generatedInTwo = (calls: number) => {
			const { feed, ask } = setUp();
			feed.generate({ count: 50, from: NOW - DAY, to: NOW });
			for (let call = 0; call < calls; call++) ask();
			feed.generate({ count: 50, from: NOW - 2 * DAY, to: NOW });
			return json(feed.rows());
		};
		expect(generatedInTwo(3)).toEqual(generatedInTwo(0));
	});

	test('are in feed order, with unique ids, within the interval', () => {
		const order = rows.map((row) => [row.createdAtMicros, row.id] as const);
		const sorted = [...order].sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1));
		expect(order).toEqual(sorted);
		expect(new Set(rows.map(({ id }) => id)).size).toBe(6000);
		for (const [index, row] of rows.entries()) {
			const text = activities[index]!.created_at as string;
			expect(parseTimestamp(text)).toBe(row.createdAtMicros);
			expect(row.createdAt).toBeGreaterThanOrEqual(NOW - 30 * DAY);
			expect(row.createdAt).toBeLessThanOrEqual(NOW);
		}
	});

	test('have every type and more, mostly everyday types', () => {
		const count = new Map<string, number>();
		for (const { type } of rows) count.set(type, (count.get(type) ?? 0) + 1);
		expect([...count.keys()].sort()).toEqual(
			[...Object.keys(catalogue.types), 'brand_new_type'].sort(),
		);
		expect(count.get('claude_chat_created')).toBeGreaterThan(20 * count.get('rbac_role_created')!);
	});

	test('have only the fields of their type', () => {
		for (const activity of activities) {
			const entry = (catalogue.types as Record<string, { actors: string[]; fields: object }>)[
				activity.type as string
			];
			if (!entry) continue;
			const { id, created_at, organization_id, organization_uuid, actor, type, ...own } = activity;
			expect([id, created_at, type]).not.toContain(undefined);
			expect([organization_id, organization_uuid]).not.toContain(undefined);
			expect(entry.actors).toContain((actor as { type: string }).type);
			for (const [name, kind] of Object.entries(entry.fields) as [string, string][]) {
				const value = own[name];
				if (value === undefined) expect(kind).toMatch(/^optional /);
				else if (value === null) expect(kind).toMatch(/ or null$/);
				else if (/\barray of /.test(kind)) expect(value).toBeInstanceOf(Array);
				else if (/^(optional )?(string|number|boolean)\b/.test(kind)) {
					expect(kind).toContain(typeof value);
				} else if (kind.endsWith('more')) expect(typeof value).toBe('string');
				else if (kind.includes("'")) expect(kind).toContain(`'${String(value)}'`);
				else expect(typeof value).toBe('object');
				delete own[name];
			}
			expect(own).toEqual({});
		}
	});

	test.each([
		['user_actor', ['email_address', 'user_id', 'ip_address', 'user_agent']],
		['api_actor', ['api_key_id', 'ip_address', 'user_agent']],
		['admin_api_key_actor', ['admin_api_key_id', 'ip_address', 'user_agent']],
		['unauthenticated_user_actor', ['unauthenticated_email_address', 'ip_address', 'user_agent']],
		['anthropic_actor', ['email_address']],
		['scim_directory_sync_actor', ['workos_event_id', 'directory_id', 'idp_connection_type']],
		['system_actor', ['service']],
		['service_account_actor', ['service_account_id', 'ip_address', 'user_agent']],
		['federated_identity_actor', ['issuer', 'subject', 'audience']],
		['federated_actor', ['provider', 'subject']],
		['attested_device_actor', ['external_client_id', 'kid_hash']],
	])('come from a %s', (kind, fields) => {
		const found = actors.filter(({ type }) => type === kind);
		expect(found.length).toBeGreaterThan(0);
		for (const actor of found) expect(Object.keys(actor)).toEqual(['type', ...fields]);
		if (kind === 'anthropic_actor') {
			expect(found.every(({ email_address }) => email_address === null)).toBe(true);
		}
	});

	test('have unknown actors and fields if their type is unknown', () => {
		const unknown = activities.filter(({ type }) => type === 'brand_new_type');
		expect(unknown[0]).toHaveProperty('flux');
		expect(actors.some(({ type }) => type === 'quantum_actor')).toBe(true);
	});

	test('belong to several organizations, sign-ins and API calls to none', () => {
		const pairs = activities.map(
			(row) => `${String(row.organization_id)} ${String(row.organization_uuid)}`,
		);
		const known = ORGANIZATIONS.map(({ id, uuid }) => `${id} ${uuid}`);
		expect(new Set(pairs)).toEqual(new Set([...known, 'null null']));
		for (const [index, { type }] of activities.entries()) {
			if (/^(sso_login_succeeded|compliance_api_accessed)$/.test(type as string)) {
				expect(pairs[index]).toBe('null null');
			}
		}
	});

	test('name a key by the same suffix as an actor and as a created key', () => {
		const suffix = (value: unknown) => /^(?:apikey|admin_api_key)_(\w+)$/.exec(String(value))?.[1];
		const used = new Set(actors.map(({ api_key_id }) => suffix(api_key_id)));
		const created = activities
			.filter(({ type }) => type === 'admin_api_key_created')
			.map(({ admin_api_key_id }) => suffix(admin_api_key_id));
		expect(created.length).toBeGreaterThan(0);
		for (const key of created) expect(used).toContain(key);
	});

	test('are written as the API writes them', () => {
		for (const activity of activities) expectWireOrder(activity);
		const times = activities.map((row) => row.created_at as string);
		const forms = [/:\d\dZ$/, /:\d\d\.(?!000000)\d{6}Z$/];
		const [whole, fine] = forms.map((form) => times.filter((time) => form.test(time)).length);
		expect(whole).toBeGreaterThan(100);
		expect(fine).toBeGreaterThan(5000);
		expect(whole! + fine!).toBe(6000);
	});

	test('share some of their times', () => {
		const shared = rows.filter(
			(row, index) => row.createdAtMicros === rows[index - 1]?.createdAtMicros,
		);
		expect(shared.length).toBeGreaterThan(500);
	});

	test('appear later if Anthropic accessed something', () => {
		const accesses = activities.filter(({ accessed_at }) => accessed_at !== undefined);
		expect(new Set(accesses.map(({ type }) => type))).toEqual(
			new Set(['anthropic_access', 'cmek_preserve']),
		);
		for (const { created_at, accessed_at } of accesses) {
			const lag = parseTimestamp(created_at as string)! - parseTimestamp(accessed_at as string)!;
			expect(lag).toBeGreaterThanOrEqual(0);
			expect(lag).toBeLessThan(2 * DAY * 1000);
		}
	});

	test('have hostile names, escaped or not', () => {
		const text = rows.map(({ json }) => json).join('\n');
		expect(text.includes('Größe')).toBe(true);
		expect(text.includes('Gr\\u00f6\\u00dfe')).toBe(true);
		const values = new Set<unknown>();
		for (const { json } of rows) JSON.parse(json, (_key, value: unknown) => values.add(value));
		expect(HOSTILE_STRINGS.filter((hostile) => !values.has(hostile))).toEqual([]);
	});
});

describe('faults', () => {
	test('apply to the next request only', () => {
		const { feed, ask } = setUp();
		feed.fail({ status: 500 });
		expect(ask().status).toBe(500);
		expect(ask().status).toBe(200);
	});

	test('wait, repeat and queue as scripted', () => {
		const { feed, ask } = setUp();
		feed.fail({ status: 502 }, { after: 1, times: 2 });
		feed.fail({ status: 503 }, { after: 1 });
		feed.fail({ status: 504 }, { after: 5 });
		expect(Array.from({ length: 7 }, () => ask().status)).toEqual([
			200, 502, 502, 503, 200, 504, 200,
		]);
	});

	test.each([
		[400, 'invalid_request_error'],
		[401, 'authentication_error'],
		[403, 'permission_error'],
		[404, 'not_found_error'],
		[429, 'rate_limit_error'],
		[500, 'api_error'],
		[502, 'api_error'],
		[503, 'api_error'],
		[504, 'timeout_error'],
		[529, 'overloaded_error'],
	])('a status %i is a %s', (status, type) => {
		const { feed, ask } = setUp();
		feed.fail({ status, headers: { 'x-should-retry': 'false', 'Retry-After': '7' } });
		const reply = ask();
		expect(reply.status).toBe(status);
		expect(reply.error.type).toBe(type);
		expect(reply.headers).toMatchObject({ 'x-should-retry': 'false', 'retry-after': '7' });
	});

	test('a status with its own body, without its request id', () => {
		const { feed } = setUp();
		feed.fail({ status: 502, body: '<html>Bad gateway</html>', headers: { 'request-id': null } });
		const answer = feed.answer({ url: ACTIVITIES_PATH, headers: {} });
		expect(String(answer.body)).toBe('<html>Bad gateway</html>');
		expect(answer.headers).not.toHaveProperty('request-id');
	});

	test('headers replace those of a correct answer', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'a');
		feed.fail({ headers: { Date: null, 'x-should-retry': 'true' } });
		const { status, ids, headers } = ask();
		expect([status, ids]).toEqual([200, ['a']]);
		expect(headers).not.toHaveProperty('date');
		expect(headers['x-should-retry']).toBe('true');
	});

	test('a row appears twice', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		feed.fail({ duplicateRow: true });
		expect(ask('order=asc').ids).toEqual(['a', 'b', 'b', 'c']);
	});

	test('an empty page claims more', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		feed.fail({ emptyPageWithMore: true });
		expect(ask().page).toEqual({ data: [], has_more: true, first_id: null, last_id: null });
	});

	test('an empty page claims more, and the next page has the rows that it lacks', () => {
		for (const order of ['asc', 'desc']) {
			const { feed, walk } = setUp();
			addRows(feed, 'abcdef');
			const query = [
				['order', order],
				['limit', '2'],
			];
			const truth = walk(query);
			const before = feed.requests.length;
			feed.fail({ emptyPageMovesOn: true }, { times: 2 });
			feed.fail({ emptyPageMovesOn: true }, { after: 3, times: 2 });
			expect(walk(query)).toEqual(truth);
			const sent = feed.requests
				.slice(before)
				.map(({ url }) => new URL(url, 'https://feed').searchParams.get('after_id'));
			expect(sent).toHaveLength(7);
			expect(new Set(sent).size).toBe(7);
		}
	});

	test('an empty page claims more, also backwards', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abcd');
		const query = [
			['order', 'asc'],
			['limit', '2'],
		];
		const second = ask([...query, ['after_id', ask(query).page.last_id!]]).page;
		feed.fail({ emptyPageMovesOn: true });
		const { page } = ask([...query, ['before_id', second.first_id!]]);
		expect(page).toMatchObject({ data: [], has_more: true });
		expect(page.first_id).not.toBe(second.first_id);
		expect(ask([...query, ['before_id', page.first_id!]]).ids).toEqual(['a', 'b']);
	});

	test('a page claims more, but has no cursor', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		feed.fail({ moreWithoutLastId: true });
		const { ids, page } = ask('order=asc&limit=2');
		expect(ids).toEqual(['a', 'b']);
		expect(page).toMatchObject({ has_more: true, last_id: null });
	});

	test('a cursor does not move', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abcd');
		const query = [
			['order', 'asc'],
			['limit', '2'],
		];
		feed.fail({ stuckLastId: true }, { times: 3 });
		const cursor = ask(query).page.last_id!;
		for (let call = 0; call < 2; call++) {
			const { ids, page } = ask([...query, ['after_id', cursor]]);
			expect(ids).toEqual(['c', 'd']);
			expect(page).toMatchObject({ has_more: true, last_id: cursor });
		}
	});

	test('the clock is ahead of the feed', () => {
		const { feed, ask } = setUp();
		feed.fail({ dateAhead: -90_000 });
		expect(ask().headers.date).toBe('Thu, 10 Sep 2026 11:58:30 GMT');
		expect(ask().headers.date).toBe('Thu, 10 Sep 2026 12:00:00 GMT');
	});

	test('any page can be replaced', () => {
		const { feed, ask } = setUp();
		addRows(feed, 'abc');
		feed.fail({ transform: ({ data, first_id, last_id }) => ({ data, first_id, last_id }) });
		expect(ask().page).not.toHaveProperty('has_more');
		feed.fail({ transform: () => '[{]' });
		expect(String(feed.answer(goodRequest()).body)).toBe('[{]');
	});

	test('a web page, and a redirect', () => {
		const { feed } = setUp({ recordReads: true });
		feed.fail({ html: true });
		feed.fail({ redirect: 'https://elsewhere.example/' });
		expect(feed.answer(goodRequest())).toMatchObject({
			status: 200,
			headers: { 'content-type': expect.stringContaining('text/html') },
		});
		expect(feed.answer(goodRequest())).toMatchObject({
			status: 307,
			headers: { location: 'https://elsewhere.example/' },
		});
		expect(feed.rows()).toHaveLength(0);
	});

	function goodRequest() {
		return { url: ACTIVITIES_PATH, headers: { 'x-api-key': ACCESS_KEY } };
	}
});

describe('in memory', () => {
	const origin = 'https://api.anthropic.com';
	const setUpHttp = () => {
		const { feed } = setUp();
		addRows(feed, 'abc', { name: 'Größe 👩🏽‍💻' });
		const http = inMemoryHttp(feed, ACCESS_KEY);
		const whole = () => http({ url: `${origin}${ACTIVITIES_PATH}?order=asc`, headers: {} });
		return { feed, http, whole };
	};

	test('answers like the feed', async () => {
		const { feed, whole } = setUpHttp();
		const { status, headers, body } = await whole();
		expect(status).toBe(200);
		expect(headers['request-id']).toBe(feed.requests[0]!.requestId);
		expect((JSON.parse(body.toString()) as ActivityPage).data).toHaveLength(3);
	});

	test('sends the key only if it was given one', async () => {
		const { feed } = setUpHttp();
		const response = await inMemoryHttp(feed)({ url: ACTIVITIES_PATH, headers: {} });
		expect(response.status).toBe(404);
	});

	test.each<[string, Fault]>([
		['ECONNRESET', { reset: true }],
		['ETIMEDOUT', { hang: true }],
		['ETIMEDOUT', { stallBody: true }],
	])('fails with %s for %j', async (code, fault) => {
		const { feed, whole } = setUpHttp();
		feed.fail(fault);
		await expect(whole()).rejects.toMatchObject({ code });
	});

	test('cuts the body', async () => {
		const { feed, whole } = setUpHttp();
		const { body } = await whole();
		feed.fail({ cutBody: 0.4 });
		const cut = (await whole()).body;
		expect(cut.length).toBeGreaterThan(0);
		expect(body.subarray(0, cut.length)).toEqual(cut);
		expect(cut.length).toBeLessThan(body.length / 2);
	});

	test('joins headers of one name', async () => {
		const { feed, whole } = setUpHttp();
		feed.fail({ headers: { Date: ['yesterday', 'today'] } });
		expect((await whole()).headers.date).toBe('yesterday, today');
	});

	test('may be dated when the answer arrives, by the clock of the answering node', async () => {
		const { feed, whole } = setUpHttp();
		const dated = async (fault?: Fault) => {
			if (fault) feed.fail(fault);
			return datedAt(await whole(), NOW + 5000).headers.date;
		};
		expect(await dated()).toBe('Thu, 10 Sep 2026 12:00:05 GMT');
		expect(await dated({ dateAhead: 60_000 })).toBe('Thu, 10 Sep 2026 12:01:05 GMT');
		expect(await dated({ html: true })).toBe('Thu, 10 Sep 2026 12:00:05 GMT');
		expect(await dated({ headers: { date: 'soon' } })).toBe('soon');
		expect(await dated({ headers: { Date: null } })).toBeUndefined();
		expect(await dated({ status: 500, headers: { Date: null } })).toBeUndefined();
	});

	test('does not wait for a slow body', async () => {
		const { feed, whole } = setUpHttp();
		feed.fail({ slowBody: { chunkBytes: 1, everyMs: 1000 } });
		expect((await whole()).body).toEqual((await whole()).body);
	});
});

describe('on a socket', () => {
	let server: RunningServer | undefined;
	afterEach(async () => {
		await server?.close();
		server = undefined;
	});

	const start = async (options?: ServerOptions) => {
		const { feed, clock } = setUp();
		addRows(feed, 'abc', { name: 'Größe 👩🏽‍💻' });
		server = await startActivityFeed(feed, options);
		const url = `${server.url}${ACTIVITIES_PATH}?order=asc`;
		const load = async (signal?: AbortSignal) => {
			const response = await fetch(url, {
				headers: { 'x-api-key': ACCESS_KEY },
				redirect: 'manual',
				...(signal && { signal }),
			});
			return { response, text: await response.text() };
		};
		return { feed, clock, url, load };
	};

	test('sends the bytes of the feed, and the time of its clock', async () => {
		const { feed, clock, load } = await start();
		clock.advance(DAY);
		const { response, text } = await load();
		expect(response.status).toBe(200);
		expect(response.headers.get('date')).toBe('Fri, 11 Sep 2026 12:00:00 GMT');
		expect(response.headers.get('request-id')).toBe(feed.requests[0]!.requestId);
		expect(text).toContain(
			feed
				.rows()
				.map(({ json }) => json)
				.join(','),
		);
	});

	test('reports a fault’s script that throws', async () => {
		const { feed, load } = await start();
		feed.fail({
			transform: () => {
				throw new Error('bug in the test');
			},
		});
		const { response, text } = await load();
		expect([response.status, text]).toEqual([500, 'Error: bug in the test']);
	});

	test('sends no Date if a fault removes it', async () => {
		const { feed, load } = await start();
		feed.fail({ headers: { date: null } });
		expect((await load()).response.headers.has('date')).toBe(false);
	});

	test('sends two headers of one name', async () => {
		const { feed, url } = await start();
		feed.fail({ headers: { date: ['yesterday', 'today'] } });
		const raw = await new Promise<string[]>((resolve) => {
			httpGet(url, { headers: { 'x-api-key': ACCESS_KEY } }, (response) => {
				response.resume();
				resolve(response.rawHeaders);
			});
		});
		const dates = raw.filter((_, index) => raw[index - 1] === 'date');
		expect(dates).toEqual(['yesterday', 'today']);
	});

	test('passes errors and redirects on', async () => {
		const { feed, load } = await start();
		feed.fail({ status: 529, headers: { 'x-should-retry': 'true' } });
		feed.fail({ redirect: 'https://elsewhere.example/' });
		const { response, text } = await load();
		expect(response.status).toBe(529);
		expect(response.headers.get('x-should-retry')).toBe('true');
		expect(text).toContain('overloaded_error');
		expect((await load()).response.status).toBe(307);
	});

	test.each<[Fault]>([[{ reset: true }], [{ cutBody: 0.5 }]])('breaks off: %j', async (fault) => {
		const { feed, load } = await start();
		feed.fail(fault);
		await expect(load()).rejects.toThrow();
		expect((await load()).response.status).toBe(200);
	});

	test.each<[Fault]>([[{ hang: true }], [{ stallBody: true }]])(
		'stays silent: %j',
		async (fault) => {
			const { feed, load } = await start();
			feed.fail(fault);
			const caller = new AbortController();
			const broken = expect(load(caller.signal)).rejects.toThrow(/aborted/);
			while (feed.requests.length === 0) await sleep(5);
			// Meanwhile, other requests get their answers.
			expect((await load()).response.status).toBe(200);
			caller.abort();
			await broken;
		},
	);

	test('an incomplete body shows how much of it arrived', async () => {
		const { feed, url } = await start();
		feed.fail({ cutBody: 0.5 });
		const { announced, received, complete } = await new Promise<Record<string, unknown>>(
			(resolve) => {
				httpGet(url, { headers: { 'x-api-key': ACCESS_KEY } }, (response) => {
					let bytes = 0;
					response.on('data', (chunk: Buffer) => (bytes += chunk.length));
					response.on('error', () => undefined);
					response.on('close', () =>
						resolve({
							announced: Number(response.headers['content-length']),
							received: bytes,
							complete: response.complete,
						}),
					);
				});
			},
		);
		expect(received).toBe(Math.floor((announced as number) / 2));
		expect(complete).toBe(false);
	});

	test('a slow body arrives completely and in time', async () => {
		const { feed, load } = await start();
		const { text } = await load();
		feed.fail({ slowBody: { chunkBytes: Math.ceil(Buffer.byteLength(text) / 5), everyMs: 20 } });
		const began = performance.now();
		expect((await load()).text).toBe(text);
		expect(performance.now() - began).toBeGreaterThan(60);
	});

	test('answers after the given latency', async () => {
		const { load } = await start({ latency: 80 });
		const began = performance.now();
		await load();
		expect(performance.now() - began).toBeGreaterThan(70);
	});

	test('closes at once, even with hanging requests', async () => {
		const { feed, load } = await start();
		feed.fail({ hang: true }, { times: 3 });
		const hanging = [load(), load(), load()].map((call) => call.catch(() => 'broken'));
		while (feed.requests.length < 3) await sleep(5);
		await server!.close();
		server = undefined;
		expect(await Promise.all(hanging)).toEqual(['broken', 'broken', 'broken']);
	});

	const raw = (url: string, headers: Record<string, string> = {}) =>
		new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
			httpRequest(url, { headers: { 'x-api-key': ACCESS_KEY, ...headers } }, (response) => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk));
				response.on('end', () =>
					resolve({ headers: response.headers, body: Buffer.concat(chunks) }),
				);
			})
				.on('error', reject)
				.end();
		});
	const dataOf = (body: Buffer | string) => (JSON.parse(String(body)) as ActivityPage).data;

	test('compresses for clients that accept it', async () => {
		const { url, load } = await start({ gzip: true });
		const { text } = await load();
		const plain = await raw(url);
		expect(plain.headers['content-encoding']).toBeUndefined();
		expect(plain.headers['content-length']).toBe(String(plain.body.length));
		const packed = await raw(url, { 'accept-encoding': 'gzip, br' });
		expect(packed.headers['content-encoding']).toBe('gzip');
		expect(dataOf(plain.body)).toEqual(dataOf(text));
		expect(dataOf(gunzipSync(packed.body))).toEqual(dataOf(text));
	});

	test('answers in chunks through a gateway, compressed for clients that accept it', async () => {
		const { feed, url } = await start({ gateway: true });
		feed.generate({ count: 100, from: NOW - DAY, to: NOW });
		const plain = await raw(url);
		const packed = await raw(url, { 'accept-encoding': 'gzip' });
		for (const { headers } of [plain, packed]) {
			expect(headers['transfer-encoding']).toBe('chunked');
			expect(headers).not.toHaveProperty('content-length');
		}
		expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
		expect(dataOf(plain.body)).toHaveLength(100);
		expect(dataOf(gunzipSync(packed.body))).toEqual(dataOf(plain.body));
	});

	test('breaks off behind a gateway, too', async () => {
		const { feed, load } = await start({ gateway: true });
		feed.fail({ cutBody: 0.5 });
		await expect(load()).rejects.toThrow();
	});

	test('speaks TLS', async () => {
		const { private: key, cert } = await selfSigned([{ name: 'commonName', value: 'localhost' }]);
		const { url } = await start({ tls: { key, cert } });
		const status = await new Promise((resolve, reject) => {
			const headers = { 'x-api-key': ACCESS_KEY };
			httpsGet(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
				response.resume();
				resolve(response.statusCode);
			}).on('error', reject);
		});
		expect(url).toMatch(/^https:/);
		expect(status).toBe(200);
	});

	test('listens on the given port, and refuses a port in use', async () => {
		await start();
		const port = Number(new URL(server!.url).port);
		const other = new ActivityFeed({ clock: systemClock });
		await expect(startActivityFeed(other, { port })).rejects.toThrow(/EADDRINUSE/);
		await server!.close();
		server = await startActivityFeed(other, { port });
		expect(server.url).toBe(`http://127.0.0.1:${port}`);
	});
});

describe('timestamps', () => {
	test.each([
		['2026-09-10T12:00:00Z', 0],
		['2026-09-10t12:00:00.5z', 500_000],
		['2026-09-10T12:00:00.123456Z', 123_456],
		['2026-09-10T12:00:00.1234569Z', 123_456],
		['2026-09-10T14:30:00+02:30', 0],
		['2026-09-10T08:00:00-04:00', 0],
	])('%s', (text, micros) => expect(parseTimestamp(text)).toBe(NOW * 1000 + micros));

	test.each([
		'2026-09-10',
		'2026-09-10T12:00:00',
		'2026-09-10T12:00Z',
		'2026-09-10 12:00:00Z',
		'2026-13-10T12:00:00Z',
		'2026-02-29T12:00:00Z',
		'2026-09-10T24:00:00Z',
		'2026-09-10T12:00:00+25:00',
		'2026-09-10T12:00:00.Z',
		'1788955200',
		'',
	])('%j is not a timestamp', (text) => expect(parseTimestamp(text)).toBeUndefined());
});

test.each([
	[0, 'microseconds', '2026-09-10T12:00:00Z'],
	[1, 'microseconds', '2026-09-10T12:00:00.000001Z'],
	[120_000, undefined, '2026-09-10T12:00:00.120000Z'],
	[120_999, 'milliseconds', '2026-09-10T12:00:00.120Z'],
	[999, 'milliseconds', '2026-09-10T12:00:00Z'],
	[999_999, 'seconds', '2026-09-10T12:00:00Z'],
	[-1, 'microseconds', '2026-09-10T11:59:59.999999Z'],
] as const)('%i µs in %s are written %s', (micros, precision, text) => {
	expect(formatTimestamp(NOW * 1000 + micros, precision)).toBe(text);
});

test('pages from a hundred thousand rows are copied, not decoded', () => {
	const { feed, walk } = setUp({ requestsPerMinute: Infinity });
	feed.generate({ count: 100_000, from: NOW - 90 * DAY, to: NOW });
	const decoded = jest.spyOn(FeedRow.prototype, 'json', 'get');
	const url = `${ACTIVITIES_PATH}?limit=5000&order=asc`;
	feed.answer({ url, headers: { 'x-api-key': ACCESS_KEY } });
	expect(decoded).not.toHaveBeenCalled();
	decoded.mockRestore();
	expect(
		walk([
			['limit', '5000'],
			['order', 'asc'],
		]),
	).toHaveLength(100_000);
});
