import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
	type Condition,
	Counters,
	defaultWatches,
	parseActivity,
	severityWith,
	toInstant,
	type Watched,
	Watcher,
} from '../../../core';
import { activity, HOUR, MINUTE, shown, START, user, watch, watched } from './scene';

const fields = {
	text: 'Python/3',
	empty: '',
	number: 7,
	off: false,
	nothing: null,
	list: ['a', 'B', null],
	none: [],
	lists: [['deep']],
	same: 'B',
	updates: [{ type: 'one' }, 'two', { type: ['three'] }],
	big: { nested: { value: 1 } },
};

describe('a condition', () => {
	const holds = (condition: Condition): boolean => {
		const own = watch({ conditions: [condition] });
		const one = activity('1', 'claude_chat_deleted', 0, fields);
		return new Watcher([own]).watch([one], Counters.NONE).alerts.length > 0;
	};

	test.each<[boolean, Condition]>([
		[true, { path: 'text', operator: 'equals', value: 'Python/3' }],
		[false, { path: 'text', operator: 'equals', value: 'python/3' }],
		[true, { path: 'text', operator: 'equals', value: ['x', 'Python/3'] }],
		[true, { path: 'empty', operator: 'equals', value: '' }],
		[true, { path: 'number', operator: 'equals', value: 7 }],
		[false, { path: 'number', operator: 'equals', value: '7' }],
		[true, { path: 'off', operator: 'equals', value: false }],
		[false, { path: 'nothing', operator: 'equals', value: false }],
		[true, { path: 'list', operator: 'equals', value: 'B' }],
		[false, { path: 'list', operator: 'not-equals', value: 'B' }],
		[true, { path: 'list', operator: 'not-equals', value: 'b' }],
		[true, { path: 'absent', operator: 'not-equals', value: 'b' }],
		[true, { path: 'text', operator: 'starts-with', value: 'PYTHON' }],
		[false, { path: 'text', operator: 'starts-with', value: '/3' }],
		[true, { path: 'text', operator: 'contains-text', value: ['x', '/3'] }],
		[true, { path: 'list', operator: 'contains-text', value: 'b' }],
		[false, { path: 'number', operator: 'contains-text', value: '7' }],
		[true, { path: 'text', operator: 'exists' }],
		[true, { path: 'off', operator: 'exists' }],
		[false, { path: 'nothing', operator: 'exists' }],
		[false, { path: 'none', operator: 'exists' }],
		[false, { path: 'absent', operator: 'exists' }],
		[true, { path: 'nothing', operator: 'missing' }],
		[true, { path: 'absent.deeper', operator: 'missing' }],
		[false, { path: 'text', operator: 'missing' }],
		[true, { path: 'same', operator: 'equals-field', value: 'list' }],
		[false, { path: 'same', operator: 'not-equals-field', value: 'list' }],
		[true, { path: 'same', operator: 'not-equals-field', value: 'absent' }],
		[false, { path: 'absent', operator: 'equals-field', value: 'absent' }],
		[true, { path: 'updates.type', operator: 'equals', value: 'one' }],
		[true, { path: 'updates.type', operator: 'equals', value: 'three' }],
		[false, { path: 'updates.type', operator: 'equals', value: 'two' }],
		[true, { path: 'big.nested.value', operator: 'equals', value: 1 }],
		[false, { path: 'big', operator: 'missing' }],
		[false, { path: 'lists', operator: 'equals', value: 'deep' }],
		[false, { path: 'text.length', operator: 'exists' }],
		[false, { path: 'list.length', operator: 'exists' }],
		[false, { path: 'constructor', operator: 'exists' }],
		[false, { path: '__proto__', operator: 'exists' }],
		[false, { path: 'big.toString.name', operator: 'exists' }],
	])('is %j: %j', (expected, condition) => expect(holds(condition)).toBe(expected));
});

describe('a watcher', () => {
	const watcher = new Watcher(defaultWatches);

	test('does not parse records of types without a watch', () => {
		let reads = 0;
		const of = (type: string): Watched => ({
			...activity('1', type),
			get json() {
				reads++;
				return '{}';
			},
		});
		watcher.watch([of('claude_chat_viewed'), of('compliance_api_accessed')], Counters.NONE);
		expect(reads).toBe(0);
		watcher.watch([of('org_sso_toggled')], Counters.NONE);
		expect(reads).toBe(1);
	});

	test.each(['', 'constructor', '__proto__', 'hasOwnProperty', 'quantum_vault_opened'])(
		'sees nothing in the type %j',
		(type) => expect(watcher.watch([activity('1', type)], Counters.NONE).alerts).toEqual([]),
	);

	test('reports the alerts of a batch in the order of its activities, and an activity once for each watch', () => {
		const activities = [
			activity('1', 'org_sso_toggled', 5, { enabled: false }),
			activity('2', 'claude_chat_viewed', 5),
			activity('3', 'org_sso_toggled', 4, {
				enabled: false,
				actor: user({ user_agent: 'curl/8' }),
			}),
		];
		const { alerts } = watcher.watch(activities, Counters.NONE);
		expect(shown(alerts)).toEqual(['sso-disabled 1', 'sso-disabled 3', 'script-user-agent 3']);
		expect(alerts.map(({ count }) => count)).toEqual([1, 1, 1]);
		expect(alerts[1]?.activity).toBe(activities[2]);
	});

	test('watches activities as the API sends them', () => {
		const { json } = activity('1', 'org_ip_restriction_deleted');
		const sent = parseActivity(Buffer.from(json))!;
		expect(shown(watcher.watch([sent], Counters.NONE).alerts)).toEqual([
			'ip-restriction-deleted 1',
		]);
	});

	test('refuses a watch whose time it does not understand', () => {
		const own = watch({ threshold: { count: 2, within: 'soon', by: 'actor' } });
		expect(() => new Watcher([own])).toThrow(RangeError);
	});

	test('survives any record', () => {
		const own = [
			watch({ conditions: [{ path: 'a.b', operator: 'contains-text', value: 'x' }] }),
			watch({ id: 'two', threshold: { count: 2, within: '5m', by: 'a', distinct: 'a.b' } }),
			watch({ id: 'three', threshold: { count: 2, within: '5m', by: 'organization' } }),
			watch({ id: 'four', threshold: { count: 2, within: '5m', by: 'actor' } }),
		];
		const odd = fc.oneof(
			fc.jsonValue(),
			fc.record(
				{ a: fc.jsonValue(), actor: fc.jsonValue(), organization_id: fc.jsonValue() },
				{ requiredKeys: [] },
			),
		);
		fc.assert(
			fc.property(fc.array(odd), (records) => {
				const activities = records.map((record, index) =>
					watched(
						String(index),
						'claude_chat_deleted',
						toInstant(START + index),
						Object(record) as object,
					),
				);
				const { counters } = new Watcher([...own, ...defaultWatches]).watch(
					activities,
					Counters.NONE,
				);
				expect(Counters.decode(counters.encode())).toBeDefined();
			}),
		);
	});

	test('counts what is dated ahead of the present as of then, and goes on counting', () => {
		const watcher = new Watcher([watch({ threshold: { count: 3, within: '5m', by: 'actor' } })]);
		const found = [
			[0, 30 * 365 * 24 * HOUR, MINUTE],
			[HOUR, HOUR + 1, 40 * 365 * 24 * HOUR],
		].reduce<{ ids: string[]; counters: Counters }>(
			({ ids, counters }, times) => {
				const activities = times.map((time) => activity(`${time}`, 'claude_chat_deleted', time));
				const latest = START + (times[0]! + MINUTE) * 1000;
				const next = watcher.watch(activities, counters, { latest });
				return { ids: [...ids, ...shown(next.alerts)], counters: next.counters };
			},
			{ ids: [], counters: Counters.NONE },
		);
		expect(found.ids).toEqual(['own 60', `own ${40 * 365 * 24 * HOUR}`]);
	});

	test('counts at most 100 different values of one activity', () => {
		const own = (count: number) =>
			watch({ threshold: { count, within: '5m', by: 'actor', distinct: 'ids' } });
		const ids = Array.from({ length: 300 }, (_, index) => `id_${Math.floor(index / 2)}`);
		const one = [activity('1', 'claude_chat_deleted', 0, { ids })];
		expect(new Watcher([own(100)]).watch(one, Counters.NONE).alerts).toHaveLength(1);
		expect(new Watcher([own(101)]).watch(one, Counters.NONE).alerts).toEqual([]);
	});

	test('counts the first value of a list as the key', () => {
		const own = watch({ threshold: { count: 2, within: '5m', by: 'scopes' } });
		const activities = [['a', 'b'], ['b', 'a'], ['a']].map((scopes, index) =>
			activity(String(index), 'claude_chat_deleted', 0, { scopes }),
		);
		const { alerts } = new Watcher([own]).watch(activities, Counters.NONE);
		expect(shown(alerts)).toEqual(['own 2']);
	});

	test('distinguishes subjects of different issuers', () => {
		const own = watch({ threshold: { count: 2, within: '5m', by: 'actor' } });
		const of = (id: string, issuer: string) =>
			activity(id, 'claude_chat_deleted', 0, {
				actor: { type: 'federated_identity_actor', issuer, subject: 'ci' },
			});
		const activities = [of('1', 'https://a.example'), of('2', 'https://b.example')];
		expect(new Watcher([own]).watch(activities, Counters.NONE).alerts).toEqual([]);
		const again = [...activities, of('3', 'https://b.example')];
		expect(shown(new Watcher([own]).watch(again, Counters.NONE).alerts)).toEqual(['own 3']);
	});

	test('goes on counting for a watch whose fields come in another order', () => {
		const conditions = [{ path: 'type', operator: 'exists' }] as const;
		const one = watch({ conditions, threshold: { count: 2, within: '5m', by: 'actor' } });
		const other = watch({
			conditions: [{ operator: 'exists', path: 'type' }],
			threshold: { by: 'actor', within: '5m', count: 2 },
		});
		const first = new Watcher([one]).watch([activity('1', 'claude_chat_deleted')], Counters.NONE);
		const second = activity('2', 'claude_chat_deleted');
		expect(new Watcher([other]).watch([second], first.counters).alerts).toHaveLength(1);
	});

	test('counts nothing as of a time that cannot be', () => {
		const own = watch({ threshold: { count: 2, within: '5m', by: 'actor' } });
		const two = ['1', '2'].map((id) => activity(id, 'claude_chat_deleted'));
		const { alerts, counters } = new Watcher([own]).watch(two, Counters.NONE, { latest: -5 });
		expect(alerts).toEqual([]);
		expect(Counters.decode(counters.encode())).toEqual(counters);
	});

	test('takes no key from an organization that is an empty text', () => {
		const own = watch({ threshold: { count: 2, within: '5m', by: 'organization' } });
		const of = (id: string, fields: object) => activity(id, 'claude_chat_deleted', 0, fields);
		const none = { organization_uuid: '' };
		const { alerts } = new Watcher([own]).watch(
			[
				of('1', { ...none, organization_id: 'org_1' }),
				of('2', { ...none, organization_id: 'org_2' }),
				of('3', { ...none, organization_id: '' }),
				of('4', { ...none, organization_id: '' }),
				of('5', { ...none, organization_id: 'org_1' }),
			],
			Counters.NONE,
		);
		expect(shown(alerts)).toEqual(['own 5']);
	});

	test('counts different actors and organizations', () => {
		const actors = { count: 3, within: '5m', by: 'organization', distinct: 'actor' };
		const organizations = { count: 3, within: '5m', by: 'actor', distinct: 'organization' };
		const own = new Watcher([
			watch({ id: 'actors', threshold: actors }),
			watch({ id: 'organizations', threshold: organizations }),
		]);
		const of = (id: string, user_id: string, organization_uuid: string | null) =>
			activity(id, 'claude_chat_deleted', 0, { organization_uuid, actor: user({ user_id }) });
		const { alerts } = own.watch(
			[
				of('1', 'user_1', 'a'),
				of('2', 'user_1', 'a'),
				of('3', 'user_1', 'b'),
				of('4', 'user_1', null),
				of('5', 'user_2', 'a'),
				of('6', 'user_3', 'a'),
				of('7', 'user_1', 'c'),
			],
			Counters.NONE,
		);
		// The fourth has the organization's id.
		expect(shown(alerts)).toEqual(['organizations 4', 'actors 6']);
	});

	test('counts no lists, objects and empty texts as values', () => {
		const own = new Watcher([
			watch({ id: 'key', threshold: { count: 2, within: '5m', by: 'a' } }),
			watch({ id: 'value', threshold: { count: 2, within: '5m', by: 'actor', distinct: 'a' } }),
		]);
		const values = [{ b: 1 }, [{ b: 2 }, ''], '', [[1]], 'x', null, 'x', 7];
		const { alerts } = own.watch(
			values.map((a, index) => activity(String(index), 'claude_chat_deleted', index, { a })),
			Counters.NONE,
		);
		expect(shown(alerts)).toEqual(['key 6', 'value 7']);
	});

	test('survives deep nesting, and a time that nothing can have', () => {
		const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
		const own = watch({ threshold: { count: 2, within: '5m', by: 'a', distinct: 'b' } });
		const activities = [
			{ ...activity('1', 'claude_chat_deleted'), json: `{"a":${deep},"b":${deep}}` },
			activity('2', 'claude_chat_deleted', -100_000_000_000, { a: 'x', b: 1 }),
		];
		const { counters } = new Watcher([own]).watch(activities, Counters.NONE);
		expect(Counters.decode(counters.encode())).toBeDefined();
	});
});

describe('severityWith', () => {
	const record = (json: Watched): unknown => JSON.parse(json.json);
	const viewed = record(activity('1', 'claude_chat_viewed'));
	const transferred = record(activity('1', 'primary_owner_transferred'));

	test.each([
		['info', viewed, []],
		['low', viewed, [watch({ severity: 'low' })]],
		['critical', viewed, [watch({ severity: 'critical' }), watch({ severity: 'low' })]],
		['high', transferred, [watch({ severity: 'low' })]],
		['high', transferred, []],
	])('is the highest: %s', (severity, one, watches) =>
		expect(severityWith(one, watches)).toBe(severity),
	);
});
