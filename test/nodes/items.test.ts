import { describe, expect, test } from '@jest/globals';
import { DAY, MINUTE, PRESENT, TriggerBench } from './harness';

const at = '2026-03-01T11:00:00.123456Z';

async function itemOf(record: Record<string, unknown> | string, options = {}) {
	const bench = new TriggerBench({ parameters: { options } });
	bench.feed.add(typeof record === 'string' ? record : { created_at: at, ...record });
	await bench.publish();
	return bench.items[0];
}

describe('a simplified item', () => {
	test('holds what an If node needs, flat', async () => {
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
			id: 'activity_1',
			time: at,
			type: 'claude_chat_created',
			label: 'Claude Chat Created',
			category: 'chat',
			actorType: 'user',
			actor: 'user@example.com',
			ipAddress: '192.0.2.1',
			organizationId: 'org_01main',
			targetIds: 'claude_chat_1, claude_proj_1',
		});
	});

	test('has all fields, whatever the record lacks', async () => {
		expect(await itemOf({ id: 'activity_1', type: 'brand_new' })).toEqual({
			id: 'activity_1',
			time: at,
			type: 'brand_new',
			label: 'Brand New',
			category: 'other',
			actorType: null,
			actor: null,
			ipAddress: null,
			organizationId: null,
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

	test('holds only scalars, for every possible activity', async () => {
		const bench = new TriggerBench({ extraTypes: ['brand_new'] });
		bench.feed.generate({ count: 1000, from: PRESENT - DAY, to: PRESENT - MINUTE });
		await bench.publish();
		expect(bench.items).toHaveLength(1000);
		const values = bench.items.flatMap((item) => Object.values(item));
		expect(values.filter((value) => typeof value === 'object' && value !== null)).toEqual([]);
	});
});

describe('with Simplify off, an item', () => {
	const raw = { simplify: false };

	test('is the record', async () => {
		const record = { id: 'activity_1', created_at: at, type: 'x', actor: null, deep: { er: [1] } };
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
		expect(await itemOf(record, raw)).toEqual(record);
	});
});

describe('Include Raw JSON', () => {
	// A text that would change if it were parsed and written again.
	const text = `{"type":"x","id":"activity_1","created_at":"${at}","n":1.0,"big":12345678901234567890,"e":"\\u00e9\\/","__proto__":1}`;

	test.each([{ simplify: true }, { simplify: false }])(
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
		expect(await itemOf(text, { simplify: false })).not.toHaveProperty('rawJson');
	});
});
