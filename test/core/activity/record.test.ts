import { describe, expect, test } from '@jest/globals';
import { actorOf } from '../../../core/activity/actor';
import { targetIdsOf, targetUserOf } from '../../../core/activity/targets';

const record = {
	id: 'activity_123456',
	created_at: '2025-03-18T14:30:45.123Z',
	organization_id: 'org_12345678',
	organization_uuid: '550e8400-e29b-41d4-a716-446655440000',
	actor: {
		type: 'user_actor',
		email_address: 'user@example.com',
		user_id: 'user_abcdefgh',
		ip_address: '192.0.2.1',
		user_agent: 'Mozilla/5.0',
	},
	type: 'claude_chat_created',
	claude_chat_id: 'claude_chat_550e8400e29b',
	claude_project_id: null,
};

/** Values that are not objects, so no activity looks like them. */
const noObjects = [undefined, null, 7, true, 'text', [], [{ type: 'user_actor', user_id: 'u' }]];

describe('actorOf', () => {
	test('reads a user', () =>
		expect(actorOf(record)).toEqual({
			kind: 'user',
			name: 'user@example.com',
			ipAddress: '192.0.2.1',
		}));

	test.each([
		['user', { user_id: 'user_1', email_address: null }, 'user_1'],
		['api', { api_key_id: 'apikey_1' }, 'apikey_1'],
		['admin_api_key', { admin_api_key_id: 'admin_api_key_1' }, 'admin_api_key_1'],
		['unauthenticated_user', { unauthenticated_email_address: 'a@example.com' }, 'a@example.com'],
		['unauthenticated_user', { unauthenticated_email_address: null }, null],
		['anthropic', { email_address: null }, null],
		['scim_directory_sync', { workos_event_id: 'event_1', directory_id: 'dir_1' }, 'dir_1'],
		['system', { service: 'billing' }, 'billing'],
		['service_account', { service_account_id: 'svac_1' }, 'svac_1'],
		[
			'federated_identity',
			{ issuer: 'https://issuer.example', subject: 'repo:a/b', audience: 'x' },
			'repo:a/b',
		],
		[
			'federated',
			{ provider: { type: 'aws', account_id: '1' }, subject: 'arn:aws:1' },
			'arn:aws:1',
		],
		['federated', { provider: { type: 'aws', account_id: '1' }, subject: null }, null],
		['attested_device', { external_client_id: 'client_1', kid_hash: 'ab' }, 'client_1'],
		['robot', { serial: '1', unit_id: null, robot_id: 'robot_1' }, 'robot_1'],
		['robot', { robot_id: 'robot_1', email_address: 'r@example.com' }, 'r@example.com'],
	])('names the actor of kind %s by %j', (kind, fields, name) =>
		expect(actorOf({ actor: { type: `${kind}_actor`, ...fields } })).toEqual({
			kind,
			name,
			ipAddress: null,
		}),
	);

	test('removes only the suffix from the kind', () => {
		expect(actorOf({ actor: { type: 'voice_actor_bot_actor' } }).kind).toBe('voice_actor_bot');
		expect(actorOf({ actor: { type: '_actor' } }).kind).toBeNull();
		expect(actorOf({ actor: { type: 'robot' } }).kind).toBe('robot');
	});

	const nobody = { kind: null, name: null, ipAddress: null };

	test.each([...noObjects, ...noObjects.map((actor) => ({ actor }))])('finds none in %j', (value) =>
		expect(actorOf(value)).toEqual(nobody),
	);

	test.each([
		'{"type":7,"email_address":{},"user_id":["u"],"robot_id":1,"ip_address":3221225985}',
		'{"type":"","email_address":"","ip_address":""}',
		'{"__proto__":{"type":"user_actor","email_address":"a@example.com"}}',
	])('takes only strings, and only those of the actor itself: %s', (actor) =>
		expect(actorOf(JSON.parse(`{"actor":${actor}}`))).toEqual(nobody),
	);
});

describe('targetIdsOf', () => {
	test('leaves out the envelope, and fields that are null', () =>
		expect(targetIdsOf(record)).toEqual(['claude_chat_550e8400e29b']));

	test('keeps the order of the record, takes lists, and names each id once', () =>
		expect(
			targetIdsOf({
				...record,
				group_id: 'group_2',
				member_ids: ['user_2', 'user_1', 'user_2', 7, null, ''],
				resync_uuid: 'b2',
				owner_id: 'user_1',
			}),
		).toEqual(['claude_chat_550e8400e29b', 'group_2', 'user_2', 'user_1', 'b2']));

	test('leaves out the request, the cause and the submitter', () =>
		expect(
			targetIdsOf({
				request_id: 'req_1',
				correlation_id: 'c',
				reference_id: 'r',
				abuse_session_id: 's',
				submitted_by_user_id: 'user_1',
				cascaded_from_agent_id: 'agent_1',
				cascade_trigger_credential_id: 'credential_1',
				session_id: 'session_1',
			}),
		).toEqual(['session_1']));

	test('takes only fields whose names end like ids, and does not look inside objects', () =>
		expect(
			targetIdsOf({
				_id: 'found',
				valid: 'no',
				id: 'no',
				ids: ['no'],
				user_email: 'no',
				deep_id: { user_id: 'no' },
				nested_ids: [['no'], { id: 'no' }],
				github_app_id: 12,
			}),
		).toEqual(['found']));

	test('takes what Anthropic accessed', () => {
		const details = { type: 'chat', id: 'chat_1', parent: null };
		expect(targetIdsOf({ resource_details: details, workspace_id: 'w' })).toEqual(['chat_1', 'w']);
		for (const odd of [null, 'chat_1', ['chat_1'], {}, { id: null }, { id: 7 }, { id: '' }]) {
			expect(targetIdsOf({ resource_details: odd, workspace_id: 'w' })).toEqual(['w']);
		}
	});

	test('is not fooled by __proto__', () =>
		expect(targetIdsOf(JSON.parse('{"__proto__":{"chat_id":"x"},"chat_id":"y"}'))).toEqual(['y']));

	test.each(noObjects)('finds none in %j', (value) => expect(targetIdsOf(value)).toEqual([]));

	test('accepts a huge list', () => {
		const ids = Array.from({ length: 200_000 }, (_, index) => `user_${index}`);
		expect(targetIdsOf({ member_ids: ids })).toHaveLength(ids.length);
	});
});

describe('targetUserOf', () => {
	test.each([
		[
			{ invited_email: 'a@x', invited_role: 'user' },
			{ email: 'a@x', id: null },
		],
		[
			{ deleted_user_email: 'a@x', deleted_user_id: 'user_1' },
			{ email: 'a@x', id: 'user_1' },
		],
		[
			{ user_email: 'a@x', user_id: 'user_1' },
			{ email: 'a@x', id: 'user_1' },
		],
		[
			{ invitee_email: 'a@x', invitee_user_id: 'user_1' },
			{ email: 'a@x', id: 'user_1' },
		],
		[
			{ user_id: 'user_1', workspace_id: 'w' },
			{ email: null, id: 'user_1' },
		],
		[
			{ deleted_user_email: null, deleted_user_id: 'user_1' },
			{ email: null, id: 'user_1' },
		],
		[{ requester_user_id: 'user_1' }, { email: null, id: 'user_1' }],
		[
			{ account_id: 'user_1', workspace_id: 'w' },
			{ email: null, id: 'user_1' },
		],
		[
			{ new_owner_id: 'user_2', previous_owner_id: 'user_1' },
			{ email: null, id: 'user_2' },
		],
		[
			{ principal_id: 'user_1', principal_type: 'user' },
			{ email: null, id: 'user_1' },
		],
		[
			{ target_id: 'user_1', target_type: 'user' },
			{ email: null, id: 'user_1' },
		],
		[
			{ group_id: 'g', member_ids: ['user_1'] },
			{ email: null, id: 'user_1' },
		],
		// Who is invited counts, and an id of somebody else is not theirs.
		[
			{ deleted_user_email: 'a@x', user_id: 'user_2', user_email: 'b@x' },
			{ email: 'a@x', id: null },
		],
		[
			{ invitee_email: '', user_id: 'user_2' },
			{ email: null, id: 'user_2' },
		],
	])('finds the user in %j', (fields, user) =>
		expect(targetUserOf({ ...record, ...fields })).toEqual(user),
	);

	test.each([
		{},
		{ principal_id: 'group_1', principal_type: 'group' },
		{ principal_id: 'user_1' },
		{ target_id: 'group_1', target_type: 'rbac_role' },
		{ group_id: 'g', member_ids: ['user_1', 'user_2'] },
		{ member_ids: [] },
		{ member_ids: [7] },
		{ submitted_by_user_id: 'user_1' },
		{ service_account_id: 'svac_1' },
		{ user_email: 7, user_id: ['user_1'], account_id: {} },
	])('finds none in %j, and never the actor', (fields) =>
		expect(targetUserOf({ ...record, ...fields })).toEqual({ email: null, id: null }),
	);

	test.each(noObjects)('finds none in %j', (value) =>
		expect(targetUserOf(value)).toEqual({ email: null, id: null }),
	);
});
