import { fieldsOf, stringOf } from '../json/json-value';
import { remembered } from '../remembered';
import { type Category, categoryOf } from './catalogue/category';
import { hasPhrase } from './catalogue/phrases';
import { outcomeOf } from './outcome';
import { severities, type Severity } from './severity-scale';

/** Types that the rules below would judge wrongly. */
const typesBySeverity: Partial<Record<Severity, readonly string[]>> = {
	info: [
		// A check ran. Nobody changed anything.
		'claude_plugin_security_scan_completed',
		'claude_skill_security_scan_completed',
	],
	low: [
		// They say how new members are greeted and what they cost.
		'org_sso_scim_welcome_email_toggled',
		'org_sso_seat_tier_assignment_toggled',
		'org_sso_seat_tier_mappings_updated',
		// A sync with the directory takes its course.
		'org_directory_resync_completed',
		'org_directory_resync_started',
		// A user's own sessions and devices.
		'session_revoked',
		'trusted_device_credential_rotated',
		'trusted_device_revoked',
	],
	medium: [
		'abuse_decision_received',
		// A new way to sign in, which lasts; and all of a user's ways taken away.
		'step_up_credential_enrolled',
		'trusted_device_enrolled',
		'org_user_trusted_devices_revoked',
		// Whoever has the link can join.
		'org_invite_link_generated',
		'org_invite_link_regenerated',
		// Personal data of all members.
		'org_members_exported',
		// The organization comes under another one, which then sees its activities.
		'org_join_proposal_decided',
		'org_parent_join_proposal_created',
		// An administrator opens a user's projects.
		'owned_projects_access_restored',
		// Claude asks less before it acts.
		'org_cowork_act_without_asking_mode_enabled',
		'org_cowork_auto_mode_enabled',
		'org_cowork_mcp_always_allow_enabled',
		// Data goes elsewhere, or is kept for another time.
		'org_claude_code_data_sharing_enabled',
		'org_cowork_otlp_settings_updated',
		'org_hipaa_self_serve_enabled',
		'platform_workspace_inference_data_retention_disabled',
		'platform_workspace_inference_data_retention_enabled',
		// Only `updates` says what changed, and it may be anything.
		'claude_organization_settings_updated',
		// Not every deleted file has a record.
		'claude_project_document_bulk_deletion_audit_truncated',
		'claude_project_file_bulk_deletion_audit_truncated',
		// Foreign code and foreign servers come in, or where credentials go is decided.
		'ccr_agent_proxy_rule_created',
		'ccr_agent_proxy_rule_updated',
		'desktop_extension_allowlisted',
		'desktop_extension_unblocked',
		'ghe_webhook_signature_invalid',
		'lti_platform_created',
		'lti_platform_updated',
		'mcp_server_created',
		'mcp_server_managed_auth_updated',
		'mcp_server_updated',
		'tunnel_created',
	],
	high: [
		'anthropic_access',
		'cmek_preserve',
		'inference_hooks_circuit_breaker_tripped',
		'org_claude_code_zero_data_retention_disabled',
		'org_data_residency_updated',
		'primary_owner_transferred',
	],
};

const exceptions = new Map(
	severities.flatMap((severity) =>
		(typesBySeverity[severity] ?? []).map((type) => [type, severity] as const),
	),
);

/** Somebody looked at something. */
const READING = /_(viewed|listed|accessed|read|searched|search_performed)$/;
/** A protection or a way in ends. */
const REMOVAL = /_(deleted|removed|disabled|deactivated|archived)$/;

/** What protects the organization as a whole. */
const controls = [
	'org_ip_restriction',
	'org_sso',
	'org_magic_link_second_factor',
	'org_directory_sync',
	'org_domain',
	'org_connector_domain_guard',
	'org_external_key',
	'org_security_control',
	'inference_hooks',
];
/** Fields that say whether a control is on. */
const switches = ['enabled', 'enforced', 'is_enabled'];

/** The names of the fields that `severityOf` reads, beside `type` and those of the outcome. */
export const severityFieldNames: ReadonlySet<string> = new Set([
	'compliance_api_enabled',
	'compliance_api_logging_enabled',
	'scopes',
	...switches,
]);

/** Scopes of keys that read what the whole organization does. */
const READS_ALL = /^read:(compliance_|org_audit$)/;

/** Who may do what. */
const permissions = [
	'role_assignment',
	'rbac',
	'user_role',
	'capability',
	'permission',
	'policy',
	'acl',
];

/** To change these is more than an ordinary change. */
const sensitive = [...permissions, ...controls];

/** A change in these is one of who gets in. */
const categoriesOfAccess = new Set<Category>(['credential', 'identity', 'security']);

/**
 * How much an activity matters by itself, before any watch looks at numbers, times or persons.
 *
 * - `info`: looking, signing in
 * - `low`: an ordinary change; looking in vain, failing to sign in
 * - `medium`: a change of credentials, roles, identity or security controls
 * - `high`: the end of a security control, a new primary owner, a key that reads everything, an export of
 *   the organization's data, access by Anthropic
 * - `critical`: the end of the recording, or of the organization
 *
 * The published rules of Elastic and Panther for this feed agree with it, mostly, where they go by the
 * type alone.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 */
export function severityOf(record: unknown): Severity {
	const fields = fieldsOf(record);
	const type = stringOf(fields.type) ?? '';
	const severity = exceptions.get(type) ?? ofFields(type, fields) ?? ofWords(type);
	return severity === 'info' && outcomeOf(record) === 'failure' ? 'low' : severity;
}

/** Where a field says which way a change goes. */
function ofFields(type: string, fields: Record<string, unknown>): Severity | undefined {
	if (type === 'org_compliance_api_settings_updated') {
		const { compliance_api_enabled: isOn, compliance_api_logging_enabled: isRecording } = fields;
		return isOn === false || isRecording === false ? 'critical' : 'medium';
	}
	if (type.endsWith('key_created') && Array.isArray(fields.scopes)) {
		const readsAll = fields.scopes.some((scope) => READS_ALL.test(stringOf(scope) ?? ''));
		return readsAll ? 'high' : undefined;
	}
	const isOff = switches.some((name) => fields[name] === false);
	return isOff && hasPhrase(type, controls) ? 'high' : undefined;
}

/** By the words of a type, the gravest first. */
const ofWords = remembered((type): Severity => {
	const isRemoval = REMOVAL.test(type);
	if (hasPhrase(type, ['org_delet', 'organization_delet', 'org_bulk_delet'])) return 'critical';
	if (isRemoval && hasPhrase(type, ['compliance_api', 'audit_log'])) return 'critical';
	if (isRemoval && hasPhrase(type, controls)) return 'high';
	if (hasPhrase(type, ['data_export', 'log_export'])) return 'high';
	if (READING.test(type)) return 'info';
	const category = categoryOf(type);
	if (category === 'authentication') return 'info';
	if (categoriesOfAccess.has(category) || hasPhrase(type, sensitive)) return 'medium';
	// Nothing bounds the costs any more.
	return isRemoval && hasPhrase(type, ['spend_limit']) ? 'medium' : 'low';
});
