import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Activity, flatten, formats } from '../../../core';
import { parsePage } from '../../../core/api/page';

/** Activities of one page, as the API sends it. */
function activitiesOf(records: readonly string[]): Activity[] {
	const body = Buffer.from(`{"data":[${records.join(',')}],"has_more":false}`);
	return parsePage(body).records.activities();
}

const someJson = fc
	.record({
		id: fc.string({ unit: 'grapheme' }).map((text) => `a${text}`),
		created_at: fc.constant('2026-01-31T00:00:00Z'),
		type: fc.string({ unit: 'grapheme' }),
		actor: fc.jsonValue(),
		detail: fc.jsonValue(),
	})
	.map((record) => JSON.stringify(record));

describe.each(Object.entries(formats))('the format %s', (_, format) => {
	test('writes each activity as one line of JSON, and finds the id in it', () => {
		fc.assert(
			fc.property(fc.array(someJson, { maxLength: 5 }), (records) => {
				const activities = activitiesOf(records);
				const text = format.encode(activities).toString();
				const lines = text.split('\n');
				expect(lines.pop()).toBe('');
				expect(lines.map((line) => format.idOf(line))).toEqual(activities.map(({ id }) => id));
			}),
		);
	});

	test('writes a record with a deeply nested field', () => {
		const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
		const records = ['organization_id', 'claude_chat_id', 'updates'].map(
			(field) => `{"id":"a","created_at":"2026-01-31T00:00:00Z","${field}":${deep}}`,
		);
		expect(format.encode(activitiesOf(records)).toString().split('\n')).toHaveLength(4);
	});

	test.each(['', 'a note', '{"id":"half', '{"id":1}', '{}', 'null', '["id"]', '"id"'])(
		'finds no id in %j',
		(line) => {
			expect(format.idOf(line)).toBeUndefined();
		},
	);
});

test('raw keeps every byte that the API sent', () => {
	const records = [
		'{"id":"a\\u00e9","created_at":"2026-01-31T00:00:00Z","n":1.0e2,"big":12345678901234567890}',
		'{"id":"b","created_at":"2026-01-31T00:00:01Z","name":"zoë 🦊"}',
	];
	expect(formats.raw.encode(activitiesOf(records)).toString()).toBe(`${records.join('\n')}\n`);
});

describe('flat', () => {
	const linesOf = (...records: object[]) =>
		formats.flat
			.encode(activitiesOf(records.map((record) => JSON.stringify(record))))
			.toString()
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as unknown);

	test('has the fields that most readers need', () => {
		const record = {
			id: 'activity_1',
			created_at: '2026-01-31T00:00:00.123456Z',
			type: 'claude_chat_created',
			organization_id: 'org_1',
			actor: { type: 'user_actor', email_address: 'zoë@example.com', ip_address: '192.0.2.1' },
			claude_chat_id: 'chat_1',
			claude_project_id: 'project_1',
		};
		expect(linesOf(record)).toEqual([
			{
				id: 'activity_1',
				time: '2026-01-31T00:00:00.123456Z',
				type: 'claude_chat_created',
				label: 'Claude Chat Created',
				category: 'chat',
				actorType: 'user',
				actor: 'zoë@example.com',
				ipAddress: '192.0.2.1',
				outcome: 'success',
				severity: 'low',
				organizationId: 'org_1',
				targetUser: null,
				targetIds: 'chat_1, project_1',
				accessedAt: null,
			},
		]);
	});

	test('has empty fields if the record lacks them', () => {
		expect(linesOf({ id: 'activity_1', created_at: '2026-01-31T00:00:00Z' })).toMatchObject([
			{
				type: '',
				actorType: null,
				actor: null,
				ipAddress: null,
				outcome: 'unknown',
				severity: 'low',
				organizationId: null,
				targetUser: null,
				targetIds: '',
				accessedAt: null,
			},
		]);
	});

	test('begins with what people read first', () => {
		const [line] = linesOf({ id: 'activity_1', created_at: '2026-01-31T00:00:00Z' });
		expect(Object.keys(line as object).slice(0, 6)).toEqual([
			'time',
			'label',
			'actor',
			'ipAddress',
			'outcome',
			'severity',
		]);
	});

	test('names the user acted upon by the e-mail address, else by the id', () => {
		const readable = { id: 'activity_1', created_at: '2026-01-31T00:00:00Z' };
		const user = { user_id: 'user_1' };
		expect(
			linesOf({ ...readable, ...user, user_email: 'a@example.com' }, { ...readable, ...user }),
		).toMatchObject([{ targetUser: 'a@example.com' }, { targetUser: 'user_1' }]);
	});

	test('says when Anthropic accessed the data', () => {
		const record = {
			id: 'activity_1',
			created_at: '2026-01-31T00:00:00Z',
			type: 'anthropic_access',
			accessed_at: '2026-01-29T08:00:00.000001Z',
			actor: { type: 'anthropic_actor', email_address: null },
			resource_details: { type: 'chat', id: 'chat_1', parent: null },
		};
		expect(linesOf(record, { ...record, accessed_at: 7 })).toMatchObject([
			{
				time: '2026-01-31T00:00:00Z',
				accessedAt: '2026-01-29T08:00:00.000001Z',
				targetIds: 'chat_1',
				outcome: 'success',
				severity: 'high',
			},
			{ accessedAt: null },
		]);
	});

	test('names the organization by its UUID if it has no other id', () => {
		const readable = { id: 'activity_1', created_at: '2026-01-31T00:00:00Z' };
		const record = { ...readable, organization_id: null, organization_uuid: 'uuid' };
		expect(linesOf(record)).toMatchObject([{ organizationId: 'uuid' }]);
	});

	test('takes any JSON value', () => {
		const names = ['type', 'actor', 'user_id', 'member_ids', 'resource_details', 'accessed_at'];
		const record = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), record), (value) => {
				const { label, outcome, severity, category, targetUser, targetIds, accessedAt } =
					flatten(value);
				for (const field of [label, outcome, severity, category, targetIds]) {
					expect(typeof field).toBe('string');
				}
				for (const field of [targetUser, accessedAt]) {
					expect(field === null || (typeof field === 'string' && field !== '')).toBe(true);
				}
			}),
		);
	});
});
