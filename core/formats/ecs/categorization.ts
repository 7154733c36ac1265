import { remembered } from '../../remembered';
import { isKnownActivityType } from '../../activity/catalogue/catalogue';
import { type Category, categoryOf } from '../../activity/catalogue/category';
import { phraseOf, type Verb } from '../phrase';

/** What ECS calls an event's categorization: every type has to be an expected one of some category. */
export interface Categorization {
	/** `event.category`. */
	readonly category: readonly string[];
	/** `event.type`. */
	readonly type: readonly string[];
	/** Both, as members of a JSON object. */
	readonly members: string;
}

/**
 * Types that the rule below would not give what Elastic's own integration gives them. Those after the
 * empty line are not in Elastic's list.
 */
const rows: readonly (readonly [category: string, type: string, types: string])[] = [
	[
		'authentication',
		'start info',
		`anonymous_mobile_login_attempted magic_link_login_initiated sso_login_initiated phone_code_sent
		phone_code_verified`,
	],
	['authentication', 'start', 'magic_link_login_failed'],
	['authentication session', 'start info', 'magic_link_login_succeeded'],
	['authentication', 'end', 'sso_login_succeeded social_login_succeeded sso_login_failed'],
	['authentication', 'info', 'sso_second_factor_magic_link'],
	['authentication session', 'end', 'session_revoked user_logged_out'],
	['session', 'info', 'session_share_created session_share_accessed session_share_revoked'],
	[
		'iam',
		'user deletion',
		`account_deleted org_user_deleted org_user_invite_deleted scim_user_deleted
		platform_service_account_archived`,
	],
	[
		'iam',
		'user creation',
		`org_user_invite_sent org_user_invite_re_sent org_user_invite_accepted org_user_invite_rejected
		end_user_invite_requested scim_user_created`,
	],
	[
		'iam',
		'user change',
		`org_user_left scim_user_updated rbac_role_assigned rbac_role_unassigned role_assignment_granted
		role_assignment_revoked platform_service_account_updated
		platform_service_account_workspace_member_added platform_service_account_workspace_member_removed
		platform_service_account_workspace_member_updated`,
	],
	['iam', 'user info', 'age_verified org_user_viewed'],
	['iam', 'info', 'org_users_listed'],
	['iam', 'admin creation', 'admin_api_key_created'],
	['iam', 'admin change', 'admin_api_key_updated claude_pubsec_identity_configured'],
	['iam', 'admin deletion', 'admin_api_key_deleted'],
	['iam', 'creation', 'platform_api_key_created service_key_created rbac_role_created'],
	[
		'iam',
		'change',
		`platform_api_key_updated scoped_api_key_updated rbac_role_updated rbac_role_permission_added
		rbac_role_permission_removed user_consent_recorded user_consent_revoked`,
	],
	['iam', 'deletion', 'scoped_api_key_deleted service_key_revoked rbac_role_deleted'],
	['iam', 'group creation', 'group_created'],
	['iam', 'group deletion', 'group_deleted'],
	[
		'iam',
		'group change',
		'group_updated group_member_added group_member_removed claude_code_team_memory_acl_updated',
	],
	['iam', 'group info', 'group_viewed group_list_viewed group_member_list_viewed'],
	['iam configuration', 'user change', 'claude_user_role_updated primary_owner_transferred'],
	['iam file', 'change', 'owned_projects_access_restored'],
	[
		'file',
		'access info',
		`audit_log_export_accessed org_data_export_started org_data_export_completed
		org_data_export_accessed`,
	],
	['file', 'creation info', 'audit_log_export_started'],
	['file', 'deletion', 'claude_published_artifact_deleted'],
	['file web', 'creation info', 'claude_artifact_published claude_chat_snapshot_created'],
	['file web', 'access info', 'claude_chat_snapshot_viewed'],
	[
		'file web',
		'access info',
		`claude_file_access_failed claude_project_document_access_failed
		claude_project_file_access_failed`,
	],
	[
		'file web',
		'deletion info',
		'claude_project_document_deletion_failed claude_project_file_deletion_failed',
	],
	['file web', 'info', 'claude_project_reported'],
	[
		'web',
		'info',
		'claude_chat_created claude_chat_viewed claude_chat_updated claude_chat_deleted claude_chat_deletion_failed',
	],
	['web', 'access', 'claude_chat_access_failed'],
	['web configuration', 'info change', 'claude_chat_settings_updated'],
	['api', 'access', 'compliance_api_accessed'],
	[
		'configuration',
		'creation',
		`api_key_created claude_code_review_repository_added desktop_extension_uploaded
		org_join_request_created`,
	],
	[
		'configuration',
		'deletion',
		`org_domain_removed org_taint_removed org_deleted_via_bulk org_sync_synchronized_files_deleted`,
	],
	['configuration', 'change info', 'org_creation_blocked'],
	[
		'iam configuration',
		'admin change',
		'platform_federation_rule_workspace_added platform_federation_rule_workspace_removed',
	],
	[
		'configuration',
		'info',
		'ghe_webhook_signature_invalid org_domain_verified org_invite_viewed platform_cost_report_viewed',
	],
	[
		'configuration',
		'access',
		'org_invites_listed org_members_exported org_parent_search_performed',
	],
	[
		'configuration',
		'access info',
		`platform_usage_report_claude_code_viewed platform_usage_report_messages_viewed
		platform_workspace_member_viewed platform_workspace_members_listed`,
	],
	[
		'configuration',
		'change',
		`claude_artifact_sharing_updated claude_code_security_webhook_secret_updated
		claude_user_settings_updated org_sync_deleting_synchronized_files_started desktop_extension_version_uploaded
		domain_claim_initiated ghe_user_connected ghe_user_disconnected integration_user_connected
		integration_user_disconnected lti_launch_initiated lti_launch_success marketplace_webhook_provisioned
		org_domain_add_initiated org_invite_link_disabled org_invite_link_generated
		org_invite_link_regenerated org_join_request_approved org_join_request_dismissed
		org_join_request_instant_approved org_join_requests_bulk_dismissed
		org_magic_link_second_factor_toggled org_member_invites_disabled org_member_invites_enabled
		org_taint_added platform_workspace_member_added platform_workspace_member_removed
		platform_workspace_member_updated seat_tier_changes_cancelled seat_tiers_purchased`,
	],

	[
		'authentication',
		'start',
		`step_up_authentication_failed step_up_authentication_succeeded platform_federated_authentication
		platform_app_attest_authentication mcp_server_managed_auth_token_exchanged
		ccr_agent_proxy_anthropic_oidc_token_exchanged`,
	],
	['authentication', 'info', 'abuse_decision_received'],
	['iam', 'creation', 'step_up_credential_enrolled trusted_device_enrolled'],
	['iam', 'change', 'trusted_device_credential_rotated'],
	['iam', 'deletion', 'trusted_device_revoked org_user_trusted_devices_revoked'],
	['file web', 'deletion', 'claude_chat_snapshot_deleted'],
	[
		'file',
		'access',
		`anthropic_access claude_plugin_downloaded claude_plugin_archive_accessed claude_skill_downloaded
		platform_skill_version_content_downloaded`,
	],
	['file', 'info', 'cmek_preserve'],
	[
		'file web',
		'info',
		`claude_project_document_bulk_deletion_audit_truncated
		claude_project_file_bulk_deletion_audit_truncated`,
	],
	['iam', 'user creation', 'platform_service_account_created'],
	['iam', 'group change', 'group_project_shares_revoked group_skill_shares_revoked'],
	['iam configuration', 'creation', 'github_token_import'],
	['iam configuration', 'info', 'org_external_key_validated'],
	['web', 'info', 'inference_hooks_request_denied inference_hooks_request_failed_open'],
	[
		'configuration',
		'info',
		`inference_hooks_circuit_breaker_tripped claude_plugin_security_scan_completed
		claude_skill_security_scan_completed`,
	],
	['session', 'info', 'ccr_session_created ccr_session_deleted ccr_session_updated'],
];

/** Categories of ECS by those of the catalogue. Where none stands here, it is `configuration`. */
const ecsCategories: Partial<Record<Category, readonly string[]>> = {
	authentication: ['authentication'],
	identity: ['iam', 'configuration'],
	'user-management': ['iam'],
	credential: ['iam', 'configuration'],
	chat: ['web'],
	project: ['file', 'web'],
	file: ['file', 'web'],
	artifact: ['file', 'web'],
};

/** What a verb is in `event.type`; every other one is a change. */
const typesOfVerbs: Partial<Record<Verb, string>> = {
	archive: 'deletion',
	create: 'creation',
	delete: 'deletion',
	enroll: 'creation',
	export: 'access',
	read: 'access',
	revoke: 'deletion',
	search: 'access',
	share: 'creation',
};

const UNKNOWN = categorized([], ['info']);

/** The categorization of an activity type. A type that the catalogue does not know has no category. */
export const categorizationOf = remembered((type): Categorization =>
	isKnownActivityType(type) ? (rowOf(type) ?? byWords(type)) : UNKNOWN,
);

function categorized(category: readonly string[], type: readonly string[]): Categorization {
	const json = JSON.stringify({ category, type });
	return { category, type, members: `,${json.slice(1, -1)}` };
}

function rowOf(type: string): Categorization | undefined {
	const row = rows.find(([, , types]) => types.split(/\s+/).includes(type));
	return row && categorized(row[0].split(' '), row[1].split(' '));
}

function byWords(type: string): Categorization {
	const { subject, verb } = phraseOf(type);
	const category = categoriesOf(type);
	// Who adds a member changes what it is a member of.
	const isMember = subject.at(-1) === 'member';
	const ofVerb = (isMember ? undefined : typesOfVerbs[verb]) ?? 'change';
	const isExpected = ofVerb !== 'access' || category.some((one) => one !== 'iam');
	// ECS knows only access in `web`, and neither in `authentication`.
	const isWeb = category.join() === 'web';
	if (category[0] === 'authentication') return categorized(category, ['info']);
	if (isWeb) return categorized(category, [verb === 'read' ? 'access' : 'info']);
	return categorized(category, [...audienceOf(type, category), isExpected ? ofVerb : 'info']);
}

function categoriesOf(type: string): readonly string[] {
	if (type.includes('_sync_source_')) return ['configuration'];
	if (type.startsWith('platform_file_')) return ['file'];
	return ecsCategories[categoryOf(type)] ?? ['configuration'];
}

/** Whom a change of identities is about. */
function audienceOf(type: string, category: readonly string[]): string[] {
	if (type.startsWith('platform_federation_')) return ['admin'];
	if (category[0] !== 'iam' || category.length > 1) return [];
	if (type.startsWith('group_')) return ['group'];
	return /(^|_)(user|member)_/.test(type) ? ['user'] : [];
}
