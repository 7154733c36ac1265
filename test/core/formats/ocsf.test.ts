import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formats, toOcsf } from '../../../core';
import {
	activityIn,
	activityOf,
	bareRecords,
	documentedRecords,
	type FeedRecord,
	hostileRecords,
	lostFields,
} from './records';
import { ocsfErrors } from './ocsf-schema';

const USER = { type: 'user_actor', user_id: 'user_1', email_address: 'ada@example.com' };
const ACTOR = { ...USER, ip_address: '192.0.2.1', user_agent: 'Mozilla/5.0' };

/** A record of this type by a user. */
function recordOf(type: string, fields: FeedRecord = {}): FeedRecord {
	return {
		actor: ACTOR,
		created_at: '2026-01-31T12:34:56.123456Z',
		id: 'activity_1',
		organization_id: 'org_1',
		type,
		...fields,
		organization_uuid: '550e8400-e29b-41d4-a716-446655440000',
	};
}

function eventOf(record: FeedRecord) {
	return toOcsf(JSON.stringify(record));
}

test('writes a whole event', () => {
	const record = recordOf('claude_file_uploaded', {
		claude_file_id: 'file_1',
		claude_project_id: 'project_1',
		filename: 'report.pdf',
		claude_chat_id: null,
	});
	const json = JSON.stringify(record);
	const event = {
		class_uid: 6001,
		class_name: 'Web Resources Activity',
		category_uid: 6,
		activity_id: 1,
		activity_name: 'Create',
		type_uid: 600101,
		severity_id: 1,
		status_id: 1,
		status: 'Success',
		time: Date.UTC(2026, 0, 31, 12, 34, 56, 123),
		message: 'Claude File Uploaded',
		metadata: {
			version: '1.6.0',
			product: { vendor_name: 'Anthropic', name: 'Compliance API' },
			uid: 'activity_1',
			event_code: 'claude_file_uploaded',
			original_time: '2026-01-31T12:34:56.123456Z',
			tenant_uid: '550e8400-e29b-41d4-a716-446655440000',
			profiles: ['host'],
		},
		actor: { user: { uid: 'user_1', email_addr: 'ada@example.com', type_id: 1, type: 'User' } },
		web_resources: [{ uid: 'file_1', name: 'report.pdf', type: 'claude_file' }],
		src_endpoint: { ip: '192.0.2.1' },
		http_request: { user_agent: 'Mozilla/5.0' },
		unmapped: {
			organization_id: 'org_1',
			claude_project_id: 'project_1',
			actor: { type: 'user_actor' },
		},
	};
	expect(toOcsf(json)).toEqual(event);
	expect(toOcsf(json, true)).toEqual({ ...event, raw_data: json });
	const activity = activityOf(record);
	expect(formats.ocsf.encode([activity]).toString()).toBe(`${JSON.stringify(event)}\n`);
	const lines = formats.ocsf.withOriginal!.encode([activity, activity]).toString().split('\n');
	expect(JSON.parse(lines[1]!)).toEqual({ ...event, raw_data: json });
});

const ADA = { uid: 'user_1', email_addr: 'ada@example.com', type_id: 1, type: 'User' };
const CLAUDE = { service: { name: 'Claude' } };
const resource = (uid: string | undefined, type: string, name?: string) => ({
	web_resources: [{ ...(uid && { uid }), ...(name && { name }), type }],
});
const entity = (uid: string | undefined, type: string, name?: string, type_id = 99) => ({
	entity: { ...(uid && { uid }), ...(name && { name }), type, type_id },
});
const ORGANIZATION = entity('org_1', 'organization', undefined, 4);

/** Type, class, activity, status, own fields, the class's attributes, what is unmapped. */
type Row = [
	type: string,
	classUid: number,
	activityId: number,
	statusId: number,
	fields?: FeedRecord,
	attributes?: FeedRecord,
	unmapped?: FeedRecord,
];

const rows: Row[] = [
	[
		'claude_chat_created',
		6001,
		1,
		1,
		{ claude_chat_id: 'c', claude_project_id: 'p' },
		resource('c', 'claude_chat'),
		{ claude_project_id: 'p' },
	],
	['claude_chat_viewed', 6001, 2, 1, { claude_chat_id: 'c' }, resource('c', 'claude_chat')],
	['claude_chat_updated', 6001, 3, 1, { claude_chat_id: null }, resource(undefined, 'claude_chat')],
	[
		'claude_chat_deletion_failed',
		6001,
		4,
		2,
		{ claude_chat_id: 'c' },
		resource('c', 'claude_chat'),
	],
	[
		'claude_chat_snapshot_viewed',
		6001,
		2,
		1,
		{ claude_chat_snapshot_id: 's', claude_chat_id: 'c' },
		resource('s', 'claude_chat_snapshot'),
		{ claude_chat_id: 'c' },
	],
	[
		'claude_chat_settings_updated',
		6001,
		3,
		1,
		{ claude_chat_id: 'c' },
		resource('c', 'claude_chat'),
	],
	[
		'claude_project_archived',
		6001,
		99,
		1,
		{ claude_project_id: 'p' },
		resource('p', 'claude_project'),
	],
	[
		'claude_project_file_uploaded',
		6001,
		1,
		1,
		{ claude_file_id: 'f', claude_project_id: 'p', filename: 'a.md' },
		resource('f', 'claude_file', 'a.md'),
		{ claude_project_id: 'p' },
	],
	[
		'claude_project_document_access_failed',
		6001,
		2,
		2,
		{ claude_project_document_id: 'd', filename: 'a.md' },
		resource('d', 'claude_project_document', 'a.md'),
	],
	[
		'claude_file_exported',
		6001,
		7,
		1,
		{ claude_file_id: 'f', export_destination: 'drive' },
		resource('f', 'claude_file'),
		{ export_destination: 'drive' },
	],
	[
		'claude_artifact_published',
		6001,
		8,
		1,
		{ claude_published_artifact_id: 'a', title: 'Plan' },
		resource('a', 'claude_published_artifact', 'Plan'),
	],
	[
		'claude_artifact_invite_created',
		6001,
		3,
		1,
		{ claude_artifact_id: 'a' },
		resource('a', 'claude_artifact'),
	],
	[
		'claude_artifact_commented',
		6001,
		99,
		1,
		{ claude_artifact_id: 'a' },
		resource('a', 'claude_artifact'),
	],
	[
		'claude_skill_created',
		6001,
		1,
		1,
		{ skill_id: 's', skill_name: 'PDF' },
		resource('s', 'skill', 'PDF'),
	],
	[
		'claude_skill_replaced',
		6001,
		3,
		1,
		{ skill_id: null, skill_name: 'PDF' },
		resource(undefined, 'claude_skill', 'PDF'),
	],
	[
		'design_project_deleted',
		6001,
		4,
		1,
		{ design_project_id: 'd' },
		resource('d', 'design_project'),
	],
	['org_users_listed', 6001, 2, 1, {}, resource(undefined, 'org_users')],
	['org_members_exported', 6001, 7, 1, {}, resource(undefined, 'org_members')],
	['org_parent_search_performed', 6001, 5, 1, {}, resource(undefined, 'org_parent')],
	[
		'org_data_export_started',
		6001,
		7,
		1,
		{ export_type: 'conversations' },
		resource(undefined, 'org_data'),
		{ export_type: 'conversations' },
	],
	[
		'platform_usage_report_messages_viewed',
		6001,
		2,
		1,
		{},
		resource(undefined, 'platform_usage_report_messages'),
	],
	[
		'anthropic_access',
		6001,
		2,
		1,
		{ resource_details: { type: 'chat', id: 'c', parent: null } },
		resource('c', 'chat'),
		{ resource_details: { type: 'chat', id: 'c', parent: null } },
	],
	[
		'claude_plugin_enabled',
		6002,
		6,
		1,
		{ plugin_id: 'p', plugin_name: 'Git' },
		{ app: { uid: 'p', name: 'Git' } },
	],
	['claude_skill_disabled', 6002, 7, 1, { skill_id: 's' }, { app: { uid: 's' } }],
	['claude_skill_enabled', 3004, 3, 1, { skill_id: null }, ORGANIZATION],
	[
		'org_user_invite_sent',
		3001,
		1,
		1,
		{ invited_email: 'b@example.com', invited_role: 'user' },
		{ user: { name: 'b@example.com', email_addr: 'b@example.com' } },
		{ invited_role: 'user' },
	],
	['org_user_invite_accepted', 3001, 1, 1, { invite_id: 'i' }, { user: ADA }, { invite_id: 'i' }],
	[
		'org_user_deleted',
		3001,
		6,
		1,
		{ deleted_user_id: 'user_2', deleted_user_email: 'b@example.com' },
		{ user: { uid: 'user_2', email_addr: 'b@example.com' } },
	],
	['platform_api_key_created', 3001, 1, 1, { api_key_id: 'k' }, { user: ADA }, { api_key_id: 'k' }],
	[
		'platform_api_key_updated',
		3001,
		5,
		1,
		{ api_key_id: 'k', updates: [{ current_value: 'archived' }] },
		{ user: ADA },
		{ api_key_id: 'k', updates: [{ current_value: 'archived' }] },
	],
	['claude_user_settings_updated', 3001, 99, 1, { updates: [] }, { user: ADA }, { updates: [] }],
	['scim_user_deleted', 3001, 6, 1, { user_id: 'user_2' }, { user: { uid: 'user_2' } }],
	[
		'org_user_left',
		3001,
		99,
		1,
		{ previous_role: 'admin' },
		{ user: ADA },
		{ previous_role: 'admin' },
	],
	[
		'sso_login_succeeded',
		3002,
		1,
		1,
		{ auth_method: 'sso' },
		{ user: ADA, ...CLAUDE },
		{ auth_method: 'sso' },
	],
	['sso_login_failed', 3002, 1, 2, {}, { user: ADA, ...CLAUDE }],
	['sso_login_initiated', 3002, 1, 0, {}, { user: ADA, ...CLAUDE }],
	['user_logged_out', 3002, 2, 1, {}, { user: ADA, ...CLAUDE }],
	['session_revoked', 3002, 99, 1, {}, { user: ADA, ...CLAUDE }],
	[
		'role_assignment_granted',
		3005,
		1,
		1,
		{
			role: 'admin',
			target_type: 'user',
			target_id: 'user_2',
			resource_type: 'chat_project',
			resource_id: 'p',
		},
		{
			user: { uid: 'user_2' },
			privileges: ['admin'],
			resources: [{ uid: 'p', type: 'chat_project' }],
		},
		{ target_type: 'user' },
	],
	[
		'rbac_role_unassigned',
		3005,
		2,
		1,
		{ role_id: 'r', principal_type: 'user', principal_id: 'user_2' },
		{ user: { uid: 'user_2' }, privileges: ['r'] },
		{ principal_type: 'user' },
	],
	[
		'rbac_role_assigned',
		3004,
		99,
		1,
		{ role_id: 'r', principal_type: 'group', principal_id: 'g' },
		entity('r', 'role'),
		{ principal_type: 'group', principal_id: 'g' },
	],
	[
		'claude_user_role_updated',
		3005,
		99,
		1,
		{ user_id: 'user_2', user_email: 'b@example.com', current_role: 'admin' },
		{ user: { uid: 'user_2', email_addr: 'b@example.com' }, privileges: ['admin'] },
	],
	[
		'group_created',
		3006,
		6,
		1,
		{ group_id: 'g', group_name: 'Staff' },
		{ group: { uid: 'g', name: 'Staff' } },
	],
	[
		'group_member_added',
		3006,
		3,
		1,
		{ group_id: 'g', member_ids: ['user_2'] },
		{ group: { uid: 'g' } },
		{ member_ids: ['user_2'] },
	],
	['group_member_removal_failed', 3006, 4, 2, { group_id: 'g' }, { group: { uid: 'g' } }],
	[
		'mcp_server_created',
		3004,
		1,
		1,
		{ mcp_server_id: 'm', mcp_server_name: 'Jira' },
		entity('m', 'mcp_server', 'Jira'),
	],
	['service_deleted', 3004, 4, 1, { service_name: 'ci' }, entity(undefined, 'service', 'ci')],
	[
		'platform_memory_version_redacted',
		3004,
		99,
		1,
		{ memory_id: 'm', memory_version_id: 'v' },
		entity('v', 'memory_version'),
		{ memory_id: 'm' },
	],
	[
		'tunnel_certificate_added',
		3004,
		1,
		1,
		{ certificate_id: 'c', tunnel_id: 't' },
		entity('c', 'certificate'),
		{ tunnel_id: 't' },
	],
	[
		'ccr_agent_slack_binding_created',
		3004,
		3,
		1,
		{ agent_id: 'a', slack_team_id: 't' },
		entity('a', 'agent'),
		{ slack_team_id: 't' },
	],
	[
		'platform_agent_deployment_paused',
		3004,
		12,
		1,
		{ deployment_id: 'd' },
		entity('d', 'deployment'),
	],
	[
		'trusted_device_enrolled',
		3004,
		6,
		1,
		{ trusted_device_id: 't', platform: 'ios' },
		entity('t', 'trusted_device'),
		{ platform: 'ios' },
	],
	['org_sso_toggled', 3004, 3, 1, { enabled: false }, ORGANIZATION, { enabled: false }],
	['org_deleted_via_bulk', 3004, 4, 1, {}, ORGANIZATION],
	['subscription_renewed', 3004, 99, 1, { plan_type: 'team' }, ORGANIZATION, { plan_type: 'team' }],
	[
		'org_security_control_attestation_updated',
		3004,
		3,
		1,
		{ control: 'sso_enabled', action: 'attested' },
		ORGANIZATION,
		{ control: 'sso_enabled', action: 'attested' },
	],
	['quantum_vault_opened', 0, 0, 1, { vault_id: 'v' }, {}, { vault_id: 'v' }],
	['', 0, 0, 0],
];

/** What each row need not repeat. */
const constants = new Set([
	'class_name',
	'category_uid',
	'activity_name',
	'type_uid',
	'severity_id',
	'status',
	'time',
	'message',
	'metadata',
]);

function withoutConstants(event: FeedRecord): FeedRecord {
	return Object.fromEntries(Object.entries(event).filter(([name]) => !constants.has(name)));
}

test.each(rows)(
	'%s becomes class %i, activity %i',
	(type, classUid, activityId, statusId, fields = {}, attributes = {}, unmapped = {}) => {
		const event = eventOf(recordOf(type, fields));
		const hasRequest = classUid !== 0 && classUid !== 6002;
		const { ip_address, user_agent } = ACTOR;
		expect(withoutConstants(event)).toEqual({
			class_uid: classUid,
			activity_id: activityId,
			status_id: statusId,
			actor: { user: ADA },
			...attributes,
			...(hasRequest && { src_endpoint: { ip: ip_address }, http_request: { user_agent } }),
			unmapped: {
				organization_id: 'org_1',
				...(type === '' && { type }),
				...unmapped,
				actor: { type: 'user_actor', ...(!hasRequest && { ip_address, user_agent }) },
			},
		});
		expect(ocsfErrors(event)).toEqual([]);
	},
);

test.each([
	[3001, 1, 'org_user_invite_accepted platform_api_key_created'],
	[3001, 99, 'claude_user_settings_updated platform_api_key_updated'],
	[3002, 1, 'sso_login_succeeded magic_link_login_succeeded social_login_succeeded'],
	[3002, 1, 'sso_second_factor_magic_link sso_login_failed magic_link_login_failed'],
	[3002, 1, 'sso_login_initiated magic_link_login_initiated anonymous_mobile_login_attempted'],
	[3002, 2, 'user_logged_out'],
	[6001, 1, 'claude_chat_created claude_project_created claude_file_uploaded'],
	[6001, 1, 'claude_project_document_uploaded claude_project_file_uploaded claude_skill_created'],
	[6001, 2, 'claude_chat_viewed claude_file_viewed claude_project_viewed claude_artifact_viewed'],
	[6001, 2, 'org_users_listed platform_usage_report_messages_viewed'],
	[6001, 2, 'platform_usage_report_claude_code_viewed'],
	[6001, 3, 'claude_chat_updated claude_skill_replaced'],
	[6001, 4, 'claude_chat_deleted'],
])('keeps to class %i, activity %i of Datadog for %s', (class_uid, activity_id, types) => {
	for (const type of types.split(' ')) {
		expect(eventOf(recordOf(type))).toMatchObject({ class_uid, activity_id });
	}
});

test('a request to the API is API Activity', () => {
	const record = recordOf('compliance_api_accessed', {
		actor: {
			type: 'api_actor',
			api_key_id: 'apikey_1',
			ip_address: '2001:db8::1',
			user_agent: 'curl',
		},
		organization_id: null,
		request_id: 'req_1',
		request_method: 'GET',
		request_body: null,
		status_code: 403,
		url: 'https://api.anthropic.com/v1/compliance/activities?limit=1',
	});
	expect(withoutConstants(eventOf(record))).toEqual({
		class_uid: 6003,
		activity_id: 2,
		status_id: 2,
		actor: { app_uid: 'apikey_1' },
		api: { operation: 'GET', request: { uid: 'req_1' }, response: { code: 403 } },
		http_response: { code: 403 },
		src_endpoint: { ip: '2001:db8::1' },
		http_request: {
			http_method: 'GET',
			uid: 'req_1',
			url: { url_string: 'https://api.anthropic.com/v1/compliance/activities?limit=1' },
			user_agent: 'curl',
		},
		unmapped: { actor: { type: 'api_actor' } },
	});
});

test.each<[actor: FeedRecord, expected: FeedRecord | undefined, rest?: FeedRecord]>([
	[
		{ type: 'user_actor', email_address: 'zoë@example.com', user_id: 'u' },
		{ user: { uid: 'u', name: 'zoë@example.com', type_id: 1, type: 'User' } },
	],
	[
		{ type: 'unauthenticated_user_actor', unauthenticated_email_address: 'a@example.com' },
		{ user: { name: 'a@example.com', email_addr: 'a@example.com' } },
	],
	[{ type: 'api_actor', api_key_id: 'k' }, { app_uid: 'k' }],
	[{ type: 'admin_api_key_actor', admin_api_key_id: 'k' }, { app_uid: 'k' }],
	[
		{ type: 'service_account_actor', service_account_id: 's' },
		{ user: { uid: 's', type_id: 4, type: 'Service' } },
	],
	[
		{ type: 'federated_identity_actor', issuer: 'i', subject: 's', audience: 'a' },
		{ user: { uid: 's' }, idp: { issuer: 'i' } },
		{ audience: 'a' },
	],
	[
		{ type: 'attested_device_actor', external_client_id: 'e', kid_hash: 'h' },
		{ app_uid: 'e' },
		{ kid_hash: 'h' },
	],
	[{ type: 'system_actor', service: 'billing' }, { app_name: 'billing' }],
	[{ type: 'scim_directory_sync_actor', directory_id: 'd' }, undefined, { directory_id: 'd' }],
	[{ type: 'anthropic_actor', email_address: null }, undefined],
	// Anthropic maps the id of users only.
	[{ type: 'quantum_actor', user_id: 'u' }, undefined, { user_id: 'u' }],
])('names the actor %j', (actor, expected, rest = {}) => {
	const event = eventOf(recordOf('org_sso_toggled', { actor }));
	expect(event.actor).toEqual(expected);
	expect(event.unmapped).toMatchObject({ actor: { type: actor.type, ...rest } });
});

test('names the provider of a social sign-in, and no one who is not named', () => {
	const social = eventOf(recordOf('social_login_succeeded', { provider: 'google' }));
	expect(social.actor).toEqual({ user: ADA, idp: { name: 'google' } });
	const nobody = eventOf({
		...recordOf('sso_login_failed'),
		actor: null,
		organization_id: null,
		organization_uuid: null,
	});
	expect(nobody).toMatchObject({
		class_uid: 0,
		activity_id: 99,
		activity_name: 'SSO Login Failed',
	});
});

describe('every record', () => {
	const check = (record: FeedRecord) => {
		const event = JSON.parse(formats.ocsf.encode([activityOf(record)]).toString()) as FeedRecord;
		const errors = ocsfErrors(event);
		const lost = lostFields(record, event, (event.unmapped ?? {}) as FeedRecord);
		expect({ record, errors, lost }).toEqual({ record, errors: [], lost: [] });
	};

	test('of each type and actor becomes a valid event with all that it says', () => {
		for (const record of documentedRecords()) check(record);
		for (const record of bareRecords()) check(record);
	});

	test('with odd values becomes a valid event with all that it says', () => {
		fc.assert(fc.property(hostileRecords, check), { numRuns: 1000 });
	});

	test('of another size than JavaScript has numbers for stays exact', () => {
		const json = JSON.stringify(recordOf('org_sso_toggled')).replace(
			'{',
			'{"n":12345678901234567890,"deep":[1.10,{"e":1e400}],',
		);
		expect(toOcsf(json).unmapped).toMatchObject({
			n: '12345678901234567890',
			deep: [1.1, { e: '1e400' }],
		});
	});

	test('with a deep value is written', () => {
		const deep = '['.repeat(20_000) + ']'.repeat(20_000);
		const json = JSON.stringify(recordOf('org_sso_toggled')).replace('{', `{"deep":${deep},`);
		expect(formats.ocsf.encode([activityIn(json)]).toString()).toContain(deep);
	});
});
