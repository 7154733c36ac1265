import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
	type Condition,
	Counters,
	defaultWatches,
	isAtLeast,
	parseWatches,
	severityOf,
	type Watch,
	Watcher,
	type Watched,
} from '../../../core';
import { activity, HOUR, user } from './scene';

interface Documented {
	readonly actors: readonly string[];
	readonly fields: Readonly<Record<string, string>>;
}

const catalogue = path.join(__dirname, '../../../core/activity/catalogue/activity-types.json');
const { types } = JSON.parse(readFileSync(catalogue, 'utf8')) as {
	types: Record<string, Documented>;
};

const nobody = {
	type: 'unauthenticated_user_actor',
	unauthenticated_email_address: 'a@example.com',
};
const attested = { control: 'sso_enabled', action: 'attested', status: 'accepted_risk' };
const inAYear = { review_date: '2027-03-01' };

/**
 * For each watch, the fields of a record that it is about, and those of a near miss. The miss of a
 * watch without conditions is another type. For a threshold, there is one record for each index.
 */
const examples: Record<
	string,
	{ of?: object | ((index: number) => object); miss: object | string | ((index: number) => object) }
> = {
	'compliance-logging-disabled': {
		of: { compliance_api_enabled: true, compliance_api_logging_enabled: false },
		miss: { compliance_api_enabled: false, compliance_api_logging_enabled: true },
	},
	'compliance-api-disabled': {
		of: { compliance_api_enabled: false, compliance_api_logging_enabled: true },
		miss: { compliance_api_enabled: null, compliance_api_logging_enabled: false },
	},
	'organization-deletion': { miss: 'org_deletion_cancelled' },
	'analytics-api-changed': { miss: 'org_analytics_updated' },
	'organization-settings-changed': { miss: 'claude_user_settings_updated' },
	'sso-disabled': { of: { enabled: false }, miss: { enabled: true, is_enabled: false } },
	'sso-connection-removed': { miss: 'org_sso_connection_activated' },
	'identity-provider-changed': { miss: 'org_directory_sync_activated' },
	'magic-link-second-factor-disabled': { of: { enabled: false }, miss: { enabled: true } },
	'ip-restriction-deleted': { miss: 'org_ip_restriction_updated' },
	'ip-restriction-changed': { miss: 'org_ip_restriction_deleted' },
	'domain-boundary-changed': { miss: 'org_sso_add_initiated' },
	'foreign-issuer-trusted': { miss: 'platform_federation_issuer_archived' },
	'federation-rule-for-all-workspaces': {
		of: { applies_to_all_workspaces: true },
		miss: { applies_to_all_workspaces: false },
	},
	'authentication-failures': {
		of: { actor: nobody },
		miss: (index) => ({
			actor: { ...nobody, unauthenticated_email_address: `${index}@example.com` },
		}),
	},
	'authentication-failures-from-address': {
		of: (index) => ({ actor: { ...nobody, user_id: `user_${index}`, ip_address: '192.0.2.7' } }),
		miss: (index) => ({ actor: { ...nobody, ip_address: `192.0.2.${index}` } }),
	},
	'script-user-agent': {
		of: { actor: user({ user_agent: 'Python-urllib/3.12' }) },
		miss: { actor: { ...user({ user_agent: 'python-httpx/1' }), type: 'api_actor' } },
	},
	'compliance-key-created': {
		of: { scopes: ['read:org_audit'] },
		miss: { scopes: ['read:analytics', 'write:compliance_notes'] },
	},
	'admin-api-key-created': { miss: 'admin_api_key_updated' },
	'admin-api-key-deleted': { miss: 'scoped_api_key_deleted' },
	'service-key-changed': { miss: 'service_created' },
	'api-key-changed': { miss: 'platform_api_key_updated' },
	'primary-owner-transferred': { miss: 'org_user_left' },
	'admin-role-granted': { of: { role: 'admin' }, miss: { role: 'chat_project:owner' } },
	'member-becomes-admin': {
		of: { previous_role: 'user', current_role: 'membership_admin' },
		miss: { previous_role: 'admin', current_role: 'admin' },
	},
	'admin-invited': { of: { invited_role: 'Owner' }, miss: { invited_role: 'user' } },
	'custom-role-grants-more': { miss: 'rbac_role_permission_removed' },
	'custom-role-changed': { miss: 'rbac_role_assigned' },
	'many-project-roles-granted': {
		of: (index) => ({ role: 'chat_project:editor', resource_id: `project_${index}` }),
		miss: (index) => ({ role: 'chat_project:editor', resource_id: `project_${index % 4}` }),
	},
	'many-members-removed': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'shares-kept-after-leaving': { miss: 'org_user_left' },
	'member-enumeration': { miss: 'org_user_viewed' },
	'data-export': { miss: 'org_data_export_completed' },
	'audit-log-export': { miss: 'org_members_exported' },
	'members-exported': { miss: 'org_users_listed' },
	'external-key-deleted': { miss: 'org_external_key_updated' },
	'connector-domain-guard-disabled': { of: { enforced: false }, miss: { enforced: true } },
	'data-protection-weakened': { miss: 'org_claude_code_data_sharing_disabled' },
	'artifact-shared-publicly': {
		of: { audience: [{ type: 'organization' }, { type: 'anyone_with_link' }] },
		miss: { audience: [{ type: 'public' }] },
	},
	'artifact-external-sharing-changed': { miss: 'claude_artifact_sharing_updated' },
	'artifact-invite': { miss: 'claude_artifact_invite_revoked' },
	'bulk-take-out': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'many-files-uploaded': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'chat-access-failures': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'many-chats-deleted': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'many-chats-created': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'many-chat-snapshots': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'many-projects-deleted': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'mcp-server-created': { miss: 'mcp_server_updated' },
	'mcp-server-deleted': { miss: 'mcp_server_created' },
	'github-webhook-signature-invalid': { miss: 'ghe_user_connected' },
	'inference-hooks-tripped': { miss: 'inference_hooks_request_failed_open' },
	'inference-hooks-removed': { miss: 'inference_hooks_config_updated' },
	'inference-hooks-changed': { miss: 'inference_hooks_config_deleted' },
	'prompts-not-inspected': {
		of: (index) => ({ actor: user({ user_id: `user_${index}` }) }),
		miss: (index) => ({ organization_uuid: `organization-${index}` }),
	},
	'many-prompts-denied': { miss: (index) => ({ actor: user({ user_id: `user_${index}` }) }) },
	'abuse-blocked': { of: { decision: 'blocked' }, miss: { decision: 'unspecified' } },
	'spend-limit-removed': { miss: 'platform_spend_limit_updated' },
	'anthropic-access': { miss: 'compliance_api_accessed' },
	'risk-accepted': { of: { ...attested, ...inAYear }, miss: attested },
	'risk-accepted-without-end': { of: attested, miss: { ...attested, ...inAYear } },
	'risk-extended': {
		of: { ...attested, action: 'renewed', previous_status: 'accepted_risk' },
		miss: { ...attested, action: 'changed', previous_status: 'completed' },
	},
	'control-failed': {
		of: { ...attested, status: 'control_failed' },
		miss: { ...attested, status: 'control_failed', previous_status: 'control_failed' },
	},
	'control-declared-in-place': {
		of: { ...attested, action: 'changed', status: 'completed', previous_status: 'control_failed' },
		miss: { ...attested, status: 'completed' },
	},
	'attestation-cleared': {
		of: { control: 'c', action: 'cleared', previous_status: 'completed' },
		miss: { ...attested, action: 'lapsed' },
	},
	'attestation-lapsed': {
		of: { ...attested, action: 'lapsed' },
		miss: { ...attested, action: 'cleared' },
	},
	'many-attestations': {
		of: (index) => ({ ...attested, control: `control_${index}` }),
		miss: (index) => ({ ...attested, control: `control_${index % 4}` }),
	},
};

/** The alerts of one watch. */
function alertsOf(watch: Watch, activities: readonly Watched[]): readonly Watched[] {
	const { alerts } = new Watcher([watch]).watch(activities, Counters.NONE);
	return alerts.map((alert) => alert.activity);
}

/** As many activities as the watch needs, whose types take turns from the given one on. */
function several(watch: Watch, type: string, of: (index: number) => object): Watched[] {
	const { count, distinct } = watch.threshold ?? { count: 1 };
	const first = watch.types.indexOf(type);
	return Array.from({ length: count }, (_, index) => {
		const turn = distinct === 'type' ? watch.types[(first + index) % watch.types.length]! : type;
		return activity(`activity_${index}`, turn, index, of(index));
	});
}

function eachOf(example: object | ((index: number) => object) = {}): (index: number) => object {
	return typeof example === 'function' ? (example as (index: number) => object) : () => example;
}

const single = defaultWatches.filter(({ after }) => !after);

test('every watch without an earlier activity has its examples', () =>
	expect(Object.keys(examples).sort()).toEqual(single.map(({ id }) => id).sort()));

describe.each(single)('$id', (watch) => {
	const { of, miss } = examples[watch.id]!;

	test.each(watch.types)('sees %s', (type) => {
		const activities = several(watch, type, eachOf(of));
		expect(alertsOf(watch, activities)).toEqual(activities.slice(-1));
		if (watch.threshold) expect(alertsOf(watch, activities.slice(1))).toEqual([]);
	});

	// Else fail-on in the Action and Minimum Severity in n8n would differ.
	test.each(watch.types)('is with others as severe as %s is by itself', (type) => {
		const activities = several(watch, type, eachOf(of));
		const { alerts } = new Watcher(defaultWatches).watch(activities, Counters.NONE);
		const last = activities.at(-1)!;
		const found = alerts.filter((alert) => alert.activity === last);
		const own = severityOf(JSON.parse(last.json));
		expect(found.some((alert) => isAtLeast(alert.watch.severity, own))).toBe(true);
	});

	test('does not see its near miss', () => {
		const activities =
			typeof miss === 'string'
				? Array.from({ length: 200 }, (_, index) => activity(`activity_${index}`, miss, index))
				: watch.types.flatMap((type) => several(watch, type, eachOf(miss)));
		// Types must not add up to a threshold that each of them misses.
		const separately = watch.threshold ? activities.slice(0, watch.threshold.count) : activities;
		expect(alertsOf(watch, separately)).toEqual([]);
	});
});

describe('sensitive-action-after-logging-disabled', () => {
	const watch = defaultWatches.find(({ after }) => after)!;
	const [earlier] = watch.after!.types;
	const off = activity('off', earlier!, 0, { compliance_api_logging_enabled: false });

	test.each(watch.types)('sees %s within 24 hours', (type) => {
		const key = activity('key', type, 24 * HOUR);
		expect(alertsOf(watch, [off, key])).toEqual([key]);
	});

	test.each([
		['later than that', activity('key', 'api_key_created', 24 * HOUR + 1)],
		['before', activity('key', 'api_key_created', -1)],
		['in another organization', activity('key', 'api_key_created', 1, { organization_uuid: 'o' })],
		[
			'without an organization',
			activity('key', 'api_key_created', 1, { organization_uuid: null, organization_id: null }),
		],
		['of another type', activity('key', 'api_key_viewed', 1)],
	])('does not see a key %s', (_, key) => expect(alertsOf(watch, [off, key])).toEqual([]));

	test('does not see a key after logging was switched on', () => {
		const on = activity('on', earlier!, 0, { compliance_api_logging_enabled: true });
		expect(alertsOf(watch, [on, activity('key', 'api_key_created', 1)])).toEqual([]);
	});
});

test('every activity that is high by itself has a watch', () => {
	const switched = (fields: Record<string, string>) =>
		Object.fromEntries(
			Object.entries(fields)
				.filter(([, described]) => described.includes('boolean'))
				.map(([name]) => [name, false]),
		);
	const unwatched = Object.entries(types).filter(([type, { fields }]) => {
		const one = activity('1', type, 0, switched(fields));
		if (!isAtLeast(severityOf(JSON.parse(one.json)), 'high')) return false;
		return new Watcher(defaultWatches).watch([one], Counters.NONE).alerts.length === 0;
	});
	// It lies between the start and the access, which are both watched.
	expect(unwatched.map(([type]) => type)).toEqual(['org_data_export_completed']);
});

describe('the default watches', () => {
	test('have the form of own watches, and types that the catalogue knows', () => {
		const file = JSON.parse(JSON.stringify({ watches: defaultWatches })) as unknown;
		const { watches, problems, warnings } = parseWatches(file, []);
		expect([problems, warnings]).toEqual([[], []]);
		expect(watches).toEqual(defaultWatches);
	});

	const conditions = defaultWatches.flatMap(({ id, types: own, conditions: all = [], after }) => [
		...own.flatMap((type) => all.map((condition) => ({ id, type, condition }))),
		...(after?.types ?? []).flatMap((type) =>
			(after?.conditions ?? []).map((condition) => ({ id, type, condition })),
		),
	]);

	test.each(conditions)(
		'$id reads a field that $type has: $condition.path',
		({ type, condition }) => {
			const description = describedAt(type, condition.path);
			expect(description).not.toBe('');
			checkValues(condition, type, description);
		},
	);

	const paths = defaultWatches.flatMap(({ id, types: own, threshold, after }) =>
		[threshold?.by, threshold?.distinct, after?.by]
			.filter((each) => each !== undefined && each !== 'actor' && each !== 'organization')
			.flatMap((each) => own.map((type) => ({ id, type, each: each! }))),
	);

	test.each(paths)('$id counts by a field that $type has: $each', ({ type, each }) =>
		expect(describedAt(type, each)).not.toBe(''),
	);
});

const COMMON = /^(id|type|created_at|organization_id|organization_uuid)$/;
const OF_ACTORS = /^actor\.(type|user_id|email_address|ip_address|user_agent)$/;

/** What the reference says of a field; empty for a field that the type does not have. */
function describedAt(type: string, path: string): string {
	if (COMMON.test(path) || OF_ACTORS.test(path)) return 'string';
	const [name, nested] = path.split('.');
	const description = types[type]?.fields[name!] ?? '';
	if (nested === undefined) return description;
	const names = /\{ (.*) \}/.exec(description)?.[1]?.split(', ') ?? [];
	return names.includes(nested) ? 'string' : '';
}

function checkValues(condition: Condition, type: string, description: string): void {
	if (!('value' in condition)) return;
	if (condition.operator === 'equals-field' || condition.operator === 'not-equals-field') {
		expect(describedAt(type, condition.value)).not.toBe('');
		return;
	}
	const known = [...description.matchAll(/'(\w+)'/g)].map(([, value]) => value);
	for (const value of [condition.value].flat()) {
		if (known.length > 0) expect(known).toContain(value);
		else expect(description).toMatch(new RegExp(`\\b${typeof value}\\b`));
		if (condition.path === 'actor.type') expect(types[type]?.actors).toContain(value);
	}
}
