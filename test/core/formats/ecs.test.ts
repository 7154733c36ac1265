import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formats, toEcs } from '../../../core';
import { ecsErrors } from './ecs-schema';
import {
	activityOf,
	bareRecords,
	documentedRecords,
	type FeedRecord,
	hostileRecords,
	lostFields,
} from './records';

const ACTOR = {
	type: 'user_actor',
	user_id: 'user_1',
	email_address: 'ada@example.com',
	ip_address: '192.0.2.1',
	user_agent: 'Mozilla/5.0',
};
const CREATED_AT = '2026-01-31T12:34:56.123456Z';

/** A record of this type by a user. */
function recordOf(type: string, fields: FeedRecord = {}): FeedRecord {
	return {
		actor: ACTOR,
		created_at: CREATED_AT,
		id: 'activity_1',
		organization_id: 'org_1',
		type,
		...fields,
	};
}

function documentOf(record: FeedRecord) {
	return toEcs(JSON.stringify(record));
}

test('writes a whole document', () => {
	const record = recordOf('claude_file_uploaded', {
		claude_file_id: 'file_1',
		claude_project_id: null,
		filename: 'report.pdf',
		organization_uuid: 'uuid',
	});
	const json = JSON.stringify(record);
	const event = {
		kind: 'event',
		module: 'anthropic',
		dataset: 'anthropic.audit',
		category: ['file', 'web'],
		type: ['creation'],
		outcome: 'success',
		action: 'claude_file_uploaded',
		id: 'activity_1',
	};
	const document = {
		'@timestamp': '2026-01-31T12:34:56.123Z',
		ecs: { version: '9.4.0' },
		event,
		organization: { id: 'org_1' },
		user: { email: 'ada@example.com', id: 'user_1' },
		source: { ip: '192.0.2.1' },
		user_agent: { original: 'Mozilla/5.0' },
		file: { name: 'report.pdf' },
		related: { user: ['ada@example.com', 'user_1'], ip: ['192.0.2.1'] },
		anthropic: {
			audit: {
				created_at: CREATED_AT,
				claude_file_id: 'file_1',
				organization_uuid: 'uuid',
				actor: { type: 'user_actor' },
			},
		},
	};
	expect(toEcs(json)).toEqual(document);
	expect(toEcs(json, true)).toEqual({ ...document, event: { ...event, original: json } });
	const activity = activityOf(record);
	expect(formats.ecs.encode([activity]).toString()).toBe(`${JSON.stringify(document)}\n`);
	const lines = formats.ecs.withOriginal!.encode([activity, activity]).toString().split('\n');
	expect(JSON.parse(lines[1]!)).toEqual({ ...document, event: { ...event, original: json } });
});

/** Type, categories, types, outcome, own fields, fields of ECS for them, what is under anthropic.audit. */
type Row = [
	type: string,
	category: string,
	types: string,
	outcome: string,
	fields?: FeedRecord,
	document?: FeedRecord,
	audit?: FeedRecord,
];

const rows: Row[] = [
	['anonymous_mobile_login_attempted', 'authentication', 'start info', 'unknown'],
	['magic_link_login_failed', 'authentication', 'start', 'failure'],
	[
		'magic_link_login_succeeded',
		'authentication session',
		'start info',
		'success',
		{ auth_method: 'magic_link' },
		{},
		{ auth_method: 'magic_link' },
	],
	['sso_login_failed', 'authentication', 'end', 'failure'],
	['sso_second_factor_magic_link', 'authentication', 'info', 'success'],
	['user_logged_out', 'authentication session', 'end', 'success'],
	[
		'step_up_authentication_failed',
		'authentication',
		'start',
		'failure',
		{ method: 'webauthn' },
		{},
		{ method: 'webauthn' },
	],
	[
		'session_share_accessed',
		'session',
		'info',
		'success',
		{ share_id: 's' },
		{},
		{ share_id: 's' },
	],
	[
		'org_user_deleted',
		'iam',
		'user deletion',
		'success',
		{ deleted_user_id: 'user_2', deleted_user_email: 'b@example.com' },
		{ target: { email: 'b@example.com', id: 'user_2' } },
	],
	[
		'org_user_invite_sent',
		'iam',
		'user creation',
		'success',
		{ invited_email: 'b@example.com', invited_role: 'user' },
		{ target: { email: 'b@example.com' } },
		{ invited_role: 'user' },
	],
	[
		'org_user_invite_rejected',
		'iam',
		'user creation',
		'failure',
		{ invite_id: 'i' },
		{},
		{ invite_id: 'i' },
	],
	[
		'scim_user_updated',
		'iam',
		'user change',
		'success',
		{ user_id: 'user_2' },
		{ target: { id: 'user_2' } },
	],
	[
		'role_assignment_granted',
		'iam',
		'user change',
		'success',
		{ role: 'admin', target_type: 'user', target_id: 'user_2' },
		{ target: { id: 'user_2', roles: ['admin'] } },
		{ target_type: 'user' },
	],
	[
		'role_assignment_revoked',
		'iam',
		'user change',
		'success',
		{ role: 'admin', target_type: 'group', target_id: 'g' },
		{},
		{ role: 'admin', target_type: 'group', target_id: 'g' },
	],
	['org_users_listed', 'iam', 'info', 'success'],
	[
		'admin_api_key_created',
		'iam',
		'admin creation',
		'success',
		{ admin_api_key_id: 'k', scopes: ['a'] },
		{},
		{ admin_api_key_id: 'k', scopes: ['a'] },
	],
	['service_key_revoked', 'iam', 'deletion', 'success'],
	['platform_api_key_updated', 'iam', 'change', 'success'],
	['group_created', 'iam', 'group creation', 'success', { group_id: 'g' }, {}, { group_id: 'g' }],
	['group_member_removed', 'iam', 'group change', 'success'],
	['group_list_viewed', 'iam', 'group info', 'success'],
	['group_member_addition_failed', 'iam', 'group change', 'failure'],
	[
		'primary_owner_transferred',
		'iam configuration',
		'user change',
		'success',
		{ new_owner_id: 'user_2', previous_owner_id: 'user_1' },
		{ target: { id: 'user_2' } },
		{ previous_owner_id: 'user_1' },
	],
	['org_sso_connection_deleted', 'iam configuration', 'deletion', 'success'],
	['org_directory_resync_failed', 'iam configuration', 'change', 'failure'],
	['platform_federation_rule_archived', 'iam configuration', 'admin deletion', 'success'],
	['platform_federation_rule_created', 'iam configuration', 'admin creation', 'success'],
	['tunnel_token_minted', 'iam configuration', 'creation', 'success'],
	['trusted_device_revoked', 'iam', 'deletion', 'success'],
	[
		'owned_projects_access_restored',
		'iam file',
		'change',
		'success',
		{ user_id: 'user_2' },
		{ target: { id: 'user_2' } },
	],
	['org_data_export_started', 'file', 'access info', 'success'],
	[
		'platform_file_content_downloaded',
		'file',
		'access',
		'success',
		{ file_id: 'f' },
		{},
		{ file_id: 'f' },
	],
	['anthropic_access', 'file', 'access', 'success'],
	[
		'claude_artifact_published',
		'file web',
		'creation info',
		'success',
		{ title: 'Plan' },
		{},
		{ title: 'Plan' },
	],
	[
		'claude_file_access_failed',
		'file web',
		'access info',
		'failure',
		{ filename: 'a.md' },
		{ file: { name: 'a.md' } },
	],
	['claude_project_archived', 'file web', 'deletion', 'success'],
	[
		'claude_project_sharing_updated',
		'file web',
		'change',
		'success',
		{ audience: [{ type: 'org' }] },
		{},
		{ audience: [{ type: 'org' }] },
	],
	['design_project_created', 'file web', 'creation', 'success'],
	['design_project_member_added', 'file web', 'change', 'success'],
	[
		'claude_chat_created',
		'web',
		'info',
		'success',
		{ claude_chat_id: 'c' },
		{},
		{ claude_chat_id: 'c' },
	],
	['claude_chat_access_failed', 'web', 'access', 'failure'],
	['claude_chat_settings_updated', 'web configuration', 'info change', 'success'],
	['api_key_created', 'configuration', 'creation', 'success'],
	['org_taint_removed', 'configuration', 'deletion', 'success'],
	['org_domain_verified', 'configuration', 'info', 'success'],
	['org_members_exported', 'configuration', 'access', 'success'],
	['platform_workspace_members_listed', 'configuration', 'access info', 'success'],
	[
		'platform_workspace_member_added',
		'configuration',
		'change',
		'success',
		{ user_id: 'user_2', workspace_id: 'w' },
		{ target: { id: 'user_2' } },
		{ workspace_id: 'w' },
	],
	['org_creation_blocked', 'configuration', 'change info', 'failure'],
	['org_cowork_enabled', 'configuration', 'change', 'success'],
	['tunnel_created', 'configuration', 'creation', 'success'],
	['quantum_vault_opened', '', 'info', 'success', { vault_id: 'v' }, {}, { vault_id: 'v' }],
	['', '', 'info', 'unknown', {}, {}, { type: '' }],
];

test.each(rows)(
	'%s becomes %j, %j',
	(type, category, types, outcome, fields = {}, expected = {}, audit = {}) => {
		const document = documentOf(recordOf(type, fields));
		const { target, ...others } = expected as { target?: FeedRecord };
		const targets = [target?.email, target?.id].filter((name) => name !== undefined);
		const { '@timestamp': timestamp, ecs, organization, ...own } = document;
		expect({ timestamp, ecs, organization }).toEqual({
			timestamp: '2026-01-31T12:34:56.123Z',
			ecs: { version: '9.4.0' },
			organization: { id: 'org_1' },
		});
		expect(own).toEqual({
			event: {
				kind: 'event',
				module: 'anthropic',
				dataset: 'anthropic.audit',
				category: category.split(' ').filter(Boolean),
				type: types.split(' '),
				outcome,
				...(type !== '' && { action: type }),
				id: 'activity_1',
			},
			user: { email: 'ada@example.com', id: 'user_1', ...(target && { target }) },
			source: { ip: '192.0.2.1' },
			user_agent: { original: 'Mozilla/5.0' },
			related: { user: ['ada@example.com', 'user_1', ...targets], ip: ['192.0.2.1'] },
			...others,
			anthropic: { audit: { created_at: CREATED_AT, ...audit, actor: { type: 'user_actor' } } },
		});
		expect(ecsErrors(document)).toEqual([]);
	},
);

test('a request to the API is in the category api', () => {
	const record = recordOf('compliance_api_accessed', {
		actor: { type: 'api_actor', api_key_id: 'apikey_1', ip_address: 'fe80::1%eth0' },
		organization_id: null,
		request_id: 'req_1',
		request_method: 'GET',
		status_code: 200,
		url: 'https://api.anthropic.com/v1/compliance/activities?limit=1',
	});
	expect(documentOf(record)).toEqual({
		'@timestamp': '2026-01-31T12:34:56.123Z',
		ecs: { version: '9.4.0' },
		event: {
			kind: 'event',
			module: 'anthropic',
			dataset: 'anthropic.audit',
			category: ['api'],
			type: ['access'],
			outcome: 'success',
			action: 'compliance_api_accessed',
			id: 'activity_1',
		},
		url: { original: 'https://api.anthropic.com/v1/compliance/activities?limit=1' },
		http: { request: { method: 'GET', id: 'req_1' }, response: { status_code: 200 } },
		anthropic: {
			audit: {
				created_at: CREATED_AT,
				actor: { type: 'api_actor', api_key_id: 'apikey_1', ip_address: 'fe80::1%eth0' },
			},
		},
	});
});

test('names everybody of a list once', () => {
	const record = recordOf('group_member_added', {
		group_id: 'g',
		member_ids: ['user_2', 'user_1', 'user_2', null, ''],
	});
	expect(documentOf(record)).toMatchObject({
		related: { user: ['ada@example.com', 'user_1', 'user_2'] },
		anthropic: { audit: { member_ids: ['user_2', 'user_1', 'user_2', null, ''] } },
	});
});

test.each([
	[
		{ type: 'unauthenticated_user_actor', unauthenticated_email_address: 'a@example.com' },
		{ email: 'a@example.com' },
		{},
	],
	[{ type: 'anthropic_actor', email_address: 'a@example.com' }, { email: 'a@example.com' }, {}],
	[
		{ type: 'service_account_actor', service_account_id: 's' },
		undefined,
		{ service_account_id: 's' },
	],
	[
		{ type: 'quantum_actor', user_id: 'u', email_address: 'e' },
		undefined,
		{ user_id: 'u', email_address: 'e' },
	],
])('names the actor %j', (actor, user, rest) => {
	const document = documentOf(recordOf('org_sso_toggled', { actor }));
	expect(document.user).toEqual(user);
	expect(document.anthropic).toMatchObject({ audit: { actor: { type: actor.type, ...rest } } });
});

describe('every record', () => {
	const check = (record: FeedRecord) => {
		const document = JSON.parse(formats.ecs.encode([activityOf(record)]).toString()) as FeedRecord;
		const { audit } = document.anthropic as { audit: FeedRecord };
		const errors = ecsErrors(document);
		const lost = lostFields(record, document, audit);
		expect({ record, errors, lost }).toEqual({ record, errors: [], lost: [] });
	};

	test('of each type and actor becomes a valid document with all that it says', () => {
		for (const record of documentedRecords()) check(record);
		for (const record of bareRecords()) check(record);
	});

	test('with odd values becomes a valid document with all that it says', () => {
		fc.assert(fc.property(hostileRecords, check), { numRuns: 1000 });
	});
});
