import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { defaultWatches, toEcs, toOcsf } from '../../core';
import { toItem } from '../../nodes/AnthropicCompliance/shared/item';
import { WatchedRecord } from '../../nodes/AnthropicCompliance/shared/watched-record';
import { ecsErrors } from '../core/formats/ecs-schema';
import { ocsfErrors } from '../core/formats/ocsf-schema';
import { activityOf, documentedRecords } from '../core/formats/records';
import { HOSTILE_STRINGS } from '../simulators/activity-feed/hostile-strings';
import { DAY, MINUTE, PRESENT, TriggerBench } from './harness';

const at = '2026-03-01T11:00:00.123456Z';

async function itemOf(record: Record<string, unknown> | string, options = {}) {
	const bench = new TriggerBench({ parameters: { options } });
	bench.feed.add(typeof record === 'string' ? record : { created_at: at, ...record });
	await bench.publish();
	return bench.items[0];
}

describe('a simplified item', () => {
	test('holds what an If node needs', async () => {
		const item = await itemOf({
			id: 'activity_1',
			type: 'claude_chat_created',
			organization_id: 'org_01main',
			organization_uuid: '550e8400-e29b-41d4-a716-446655440000',
			actor: {
				type: 'user_actor',
				email_address: 'user@example.com',
				user_id: 'user_1',
				ip_address: '192.0.2.1',
				user_agent: 'Mozilla/5.0',
			},
			claude_chat_id: 'claude_chat_1',
			claude_project_id: 'claude_proj_1',
		});
		expect(item).toEqual({
			details: { userAgent: 'Mozilla/5.0' },
			id: 'activity_1',
			time: at,
			type: 'claude_chat_created',
			label: 'Claude Chat Created',
			category: 'chat',
			actorType: 'user',
			actor: 'user@example.com',
			ipAddress: '192.0.2.1',
			outcome: 'success',
			severity: 'low',
			watches: '',
			organizationId: 'org_01main',
			targetUser: null,
			accessedAt: null,
			targetIds: 'claude_chat_1, claude_proj_1',
		});
	});

	test('has all fields, whatever the record lacks', async () => {
		expect(await itemOf({ id: 'activity_1', type: 'brand_new' })).toEqual({
			id: 'activity_1',
			time: at,
			type: 'brand_new',
			label: 'Brand New',
			details: {},
			category: 'other',
			actorType: null,
			actor: null,
			ipAddress: null,
			outcome: 'unknown',
			severity: 'low',
			watches: '',
			organizationId: null,
			targetUser: null,
			accessedAt: null,
			targetIds: '',
		});
	});

	test.each([
		[{ type: 'user_actor', email_address: 'a@example.com', user_id: 'u' }, 'user', 'a@example.com'],
		[{ type: 'user_actor', email_address: null, user_id: 'user_1' }, 'user', 'user_1'],
		[{ type: 'api_actor', api_key_id: 'apikey_1' }, 'api', 'apikey_1'],
		[{ type: 'admin_api_key_actor', admin_api_key_id: 'key_1' }, 'admin_api_key', 'key_1'],
		[
			{ type: 'unauthenticated_user_actor', unauthenticated_email_address: 'b@example.com' },
			'unauthenticated_user',
			'b@example.com',
		],
		[{ type: 'anthropic_actor', email_address: null }, 'anthropic', null],
		[
			{
				type: 'scim_directory_sync_actor',
				workos_event_id: 'event_1',
				directory_id: 'directory_1',
			},
			'scim_directory_sync',
			'directory_1',
		],
		[{ type: 'system_actor', service: 'billing' }, 'system', 'billing'],
		[{ type: 'service_account_actor', service_account_id: 's_1' }, 'service_account', 's_1'],
		[
			{ type: 'federated_identity_actor', issuer: 'https://idp', subject: 'repo:x', audience: 'a' },
			'federated_identity',
			'repo:x',
		],
		[{ type: 'federated_actor', provider: 'aws', subject: 'arn:1' }, 'federated', 'arn:1'],
		[
			{ type: 'attested_device_actor', external_client_id: 'device_1', kid_hash: 'f' },
			'attested_device',
			'device_1',
		],
		[{ type: 'quantum_actor', quantum_id: 'q_1' }, 'quantum', 'q_1'],
	])('names the actor %j', async (actor, actorType, name) => {
		const item = await itemOf({ type: 'x', actor: { ...actor, ip_address: '2001:db8::1' } });
		expect(item).toMatchObject({ actorType, actor: name, ipAddress: '2001:db8::1' });
	});

	test('falls back to the UUID of the organization', async () => {
		const item = await itemOf({ type: 'x', organization_id: null, organization_uuid: 'uuid' });
		expect(item).toMatchObject({ organizationId: 'uuid' });
	});

	test('begins with what people read first', async () => {
		const item = await itemOf({ type: 'x', actor: { user_id: 'user_1' } });
		expect(Object.keys(item ?? {}).slice(0, 8)).toEqual([
			'time',
			'label',
			'actor',
			'ipAddress',
			'details',
			'outcome',
			'severity',
			'watches',
		]);
		const odd = await itemOf({ id: ' ', type: 'x' });
		expect(Object.keys(odd ?? {}).slice(0, 4)).toEqual(['time', 'label', 'actor', 'ipAddress']);
	});

	test('holds only scalars, a list of ids, and an object of scalars, for every possible activity', async () => {
		const bench = new TriggerBench({ extraTypes: ['brand_new'] });
		bench.feed.generate({ count: 1000, from: PRESENT - DAY, to: PRESENT - MINUTE });
		await bench.publish();
		expect(bench.items).toHaveLength(1000);
		const values = bench.items.flatMap(({ details, ...fields }): unknown[] => [
			...Object.values(fields),
			...Object.values(details as IDataObject),
		]);
		expect(values.filter((value) => typeof value === 'object' && value !== null)).toEqual([]);
	});
});

describe('the details of an item', () => {
	test('are what changed, without what the item shows anyway', async () => {
		const item = await itemOf({
			id: 'activity_1',
			type: 'org_ip_restriction_updated',
			organization_id: 'org_01main',
			organization_uuid: '550e8400-e29b-41d4-a716-446655440000',
			actor: { type: 'user_actor', user_id: 'user_1', user_agent: 'curl/8' },
			enabled: false,
			previous_enabled: true,
			port: 8443,
			reason: null,
			updates: [{ type: 'cidr', previous_value: 'a', current_value: 'b' }],
			scopes: [],
			rule_id: 'rule_1',
			member_ids: ['user_2', 'user_3'],
			request_id: 'req_1',
			github_app_id: 7,
			mixed_ids: ['user_4', 5],
		});
		expect(item).toMatchObject({ targetIds: 'rule_1, user_2, user_3, user_4' });
		expect(item?.details).toEqual({
			enabled: false,
			previous_enabled: true,
			port: 8443,
			updates: '[{"type":"cidr","previous_value":"a","current_value":"b"}]',
			scopes: '[]',
			request_id: 'req_1',
			github_app_id: 7,
			mixed_ids: '["user_4",5]',
			userAgent: 'curl/8',
		});
	});

	test('keep numbers that JavaScript would round', async () => {
		const text = `{"id":"activity_1","created_at":"${at}","type":"x","n":12345678901234567890,"l":[1e400]}`;
		expect((await itemOf(text))?.details).toEqual({ n: '12345678901234567890', l: '["1e400"]' });
	});

	test('are small, whatever the record holds', async () => {
		const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`field_${i}`, i]));
		expect(Object.keys((await itemOf({ type: 'x', ...many }))?.details as object)).toHaveLength(30);
		const item = await itemOf({
			type: 'x',
			actor: { user_agent: 'a'.repeat(501) },
			text: 'b'.repeat(501),
			whole: 'c'.repeat(500),
			halves: `${'d'.repeat(498)}🦊🦊`,
			list: Array(1000).fill('e'),
		});
		expect(item?.details).toEqual({
			text: `${'b'.repeat(499)}…`,
			whole: 'c'.repeat(500),
			halves: `${'d'.repeat(498)}…`,
			list: expect.stringMatching(/^\["e",.{490,500}…$/),
			userAgent: `${'a'.repeat(499)}…`,
		});
	});

	test('survive a record that is nested as deeply as a page can hold it', async () => {
		const depth = 100_000;
		const deep = `${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`;
		const item = await itemOf(`{"id":"activity_1","created_at":"${at}","type":"x","deep":${deep}}`);
		expect(item).toMatchObject({
			id: 'activity_1',
			details: { deep: expect.stringMatching(/^(\{"a":\[)+.*…$/) },
		});
	});

	test('hold no field whose name the API would not give', async () => {
		const odd = `"__proto__":{"polluted":true},"${'n'.repeat(65)}":1,"a b":2,"":3,"=x":4,"constructor":"c","ok":5`;
		const item = await itemOf(`{"id":"activity_1","created_at":"${at}","type":"x",${odd}}`);
		expect(item?.details).toEqual({ constructor: 'c', ok: 5 });
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
	});

	test.each(HOSTILE_STRINGS)('hold hostile text as it is: %j', async (text) => {
		const item = await itemOf({ type: 'x', text, actor: { user_agent: text } });
		const shown = text.length > 500 ? `${text.slice(0, 499)}…` : text;
		expect(item?.details).toEqual({ text: shown, ...(text && { userAgent: shown }) });
	});
});

describe('with Output → Raw, an item', () => {
	const raw = { output: 'raw' };
	const unwatched = { severity: 'low', watches: '' };

	test('is the record, with what watches find', async () => {
		const record = { id: 'activity_1', created_at: at, type: 'x', actor: null, deep: { er: [1] } };
		expect(await itemOf(record, raw)).toEqual({ ...unwatched, ...record });
		const found = { id: 'activity_1', created_at: at, type: 'org_sso_toggled', enabled: false };
		expect(await itemOf(found, raw)).toEqual({
			severity: 'high',
			watches: 'sso-disabled',
			...found,
		});
	});

	test('keeps the record’s own fields, whatever their names are', async () => {
		const record = { id: 'activity_1', created_at: at, type: 'x', severity: 7, watches: ['a'] };
		expect(await itemOf(record, raw)).toEqual(record);
	});

	test('has numbers that JavaScript would round as text', async () => {
		const numbers = '"big":9007199254740993,"deep":{"er":[12345678901234567890,1e400,1.50]}';
		const text = `{"id":"activity_1","created_at":"${at}","type":"x",${numbers}}`;
		const expected = {
			big: '9007199254740993',
			deep: { er: ['12345678901234567890', '1e400', 1.5] },
		};
		expect(await itemOf(text, raw)).toMatchObject(expected);
		expect(await itemOf(text.replace('activity_1', ' '), raw)).toMatchObject(expected);
	});

	test('is the record, even if n8n gives the names of its fields a meaning', async () => {
		const record = { id: 'activity_1', created_at: at, type: 'x', json: { a: 1 }, pairedItem: 7 };
		expect(await itemOf(record, raw)).toEqual({ ...unwatched, ...record });
	});
});

describe('with Output → Selected Fields, an item', () => {
	test('has the fields of a simplified one that are chosen, and the id', async () => {
		const record = { id: 'activity_1', type: 'org_sso_toggled', enabled: false };
		const selected = { output: 'selected', fields: ['details', 'severity'] };
		expect(await itemOf(record, selected)).toEqual({
			details: { enabled: false },
			severity: 'high',
			id: 'activity_1',
		});
		expect(await itemOf(record, { output: 'selected', fields: 'time, type' })).toEqual({
			time: at,
			type: 'org_sso_toggled',
			id: 'activity_1',
		});
	});
});

describe('with Output → OCSF or ECS, an item', () => {
	const text = `{"id":"activity_1","created_at":"${at}","type":"org_sso_toggled","enabled":false,"n":1.0}`;

	/** What the nodes add to an event. */
	const added = (severity: string, watches: string[]) => ({
		ocsf: {
			enrichments: [
				{
					name: 'severity_id',
					value: '1',
					type: 'watches',
					provider: 'n8n-nodes-anthropic-compliance',
					data: { severity, watches },
				},
			],
		},
		ecs: { labels: { severity }, ...(watches.length > 0 && { tags: watches }) },
	});

	test.each([
		['ocsf', toOcsf, (item: IDataObject) => item.raw_data],
		['ecs', toEcs, (item: IDataObject) => (item.event as IDataObject).original],
	] as const)('is the event, with the raw text where its schema has it: %s', async (...row) => {
		const [output, map, originalOf] = row;
		const found = added('high', ['sso-disabled'])[output];
		expect(await itemOf(text, { output })).toEqual({ ...map(text), ...found });
		const item = (await itemOf(text, { output, includeRawJson: true }))!;
		expect(item).toEqual({ ...map(text, true), ...found });
		expect(originalOf(item)).toBe(text);
		expect(item).not.toHaveProperty('rawJson');
	});

	test.each([
		['ocsf', toOcsf],
		['ecs', toEcs],
	] as const)('has its severity, also if no watch finds it: %s', async (output, map) => {
		const json = text.replace('false', 'true');
		expect(await itemOf(json, { output })).toEqual({
			...map(json),
			...added('medium', [])[output],
		});
	});
});

test.each([
	['ocsf', ocsfErrors],
	['ecs', ecsErrors],
] as const)('with what watches find, an item is valid: %s', (output, errorsIn) => {
	const shape = { output, fields: [], includeRawJson: true };
	for (const record of documentedRecords()) {
		for (const watches of [[], defaultWatches.slice(0, 3)]) {
			const item = toItem(new WatchedRecord(activityOf(record), watches), shape);
			expect({ record, errors: errorsIn(item) }).toEqual({ record, errors: [] });
		}
	}
});

describe('Include Raw JSON', () => {
	// A text that would change if it were parsed and written again.
	const text = `{"type":"x","id":"activity_1","created_at":"${at}","n":1.0,"big":12345678901234567890,"e":"\\u00e9\\/","__proto__":1}`;

	test.each([{ output: 'simplified' }, { output: 'raw' }])(
		'adds the text as the API sent it: %j',
		async (options) => {
			expect(await itemOf(text, { ...options, includeRawJson: true })).toMatchObject({
				id: 'activity_1',
				rawJson: text,
			});
		},
	);

	test('is off unless asked for', async () => {
		expect(await itemOf(text)).not.toHaveProperty('rawJson');
		expect(await itemOf(text, { output: 'raw' })).not.toHaveProperty('rawJson');
	});
});
