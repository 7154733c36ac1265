import { describe, expect, test } from '@jest/globals';
import { labelOf, outcomeOf, severities, severityOf } from '../../../core';
import { categories, categoryOf } from '../../../core/activity/catalogue/category';
import { activityTypes } from '../../../core/activity/catalogue/activity-types';

describe('labelOf', () => {
	test.each([
		['claude_chat_created', 'Claude Chat Created'],
		['org_sso_toggled', 'Organization SSO Toggled'],
		['scim_user_created', 'SCIM User Created'],
		['platform_oauth_app_revoked', 'Platform OAuth App Revoked'],
		['ccr_agent_slack_binding_created', 'Claude Code Agent Slack Binding Created'],
		['claude_gdrive_integration_created', 'Claude Google Drive Integration Created'],
		['ghe_user_connected', 'GitHub Enterprise User Connected'],
		['org_user_invite_re_sent', 'Organization User Invite Re-Sent'],
		['platform_billing_upgraded_to_prepaid', 'Platform Billing Upgraded to Prepaid'],
		['cmek_preserve', 'CMEK Preserve'],
		// Not in the catalogue:
		['quantum_vault_opened', 'Quantum Vault Opened'],
		['constructor', 'Constructor'],
		['__proto__', 'Proto'],
		['', ''],
	])('calls %j %j', (type, label) => expect(labelOf(type)).toBe(label));

	test('gives each type of the catalogue its own label of capitalised words', () => {
		const labels = activityTypes.map(labelOf);
		expect(new Set(labels).size).toBe(activityTypes.length);
		expect(labels.filter((label) => !/^[A-Z]\w+([ -]([A-Z]\w+|to|via))+$/.test(label))).toEqual([]);
		expect(labels.filter((label) => label.includes('_'))).toEqual([]);
	});
});

describe('categoryOf', () => {
	test.each([
		['authentication', 'sso_login_failed user_logged_out step_up_credential_enrolled'],
		['authentication', 'org_user_trusted_devices_revoked platform_federated_authentication'],
		['identity', 'org_sso_toggled org_directory_sync_deleted org_domain_removed'],
		['identity', 'platform_service_account_workspace_member_added'],
		['user-management', 'org_user_deleted scim_user_created rbac_role_assigned group_member_added'],
		['user-management', 'primary_owner_transferred platform_workspace_member_added'],
		['user-management', 'group_project_shares_revoked group_skill_shares_revoked'],
		['credential', 'api_key_created platform_api_key_updated admin_api_key_deleted'],
		['credential', 'org_external_key_deleted tunnel_token_revealed github_token_import'],
		['chat', 'claude_chat_created claude_chat_snapshot_viewed'],
		['project', 'claude_project_sharing_updated design_project_member_added'],
		['file', 'claude_file_uploaded claude_project_document_viewed platform_file_deleted'],
		['artifact', 'claude_artifact_published design_project_artifact_published'],
		['artifact', 'claude_artifact_invite_accepted'],
		['code', 'claude_code_user_plugins_updated ccr_agent_created cowork_session_updated'],
		['extension', 'claude_skill_created desktop_extension_uploaded marketplace_created'],
		['integration', 'mcp_server_created claude_github_integration_updated tunnel_created'],
		['integration', 'gitlab_configuration_created'],
		['api', 'platform_workspace_created platform_agent_session_deleted service_created'],
		['billing', 'payment_method_updated workspace_member_spend_limit_created'],
		['compliance', 'compliance_api_accessed audit_log_export_started org_data_export_completed'],
		['compliance', 'org_members_exported inference_hooks_request_denied user_consent_revoked'],
		['compliance', 'anthropic_access cmek_preserve'],
		['security', 'org_ip_restriction_created org_ip_restriction_deleted'],
		['security', 'org_security_control_attestation_updated org_connector_domain_guard_updated'],
		['administration', 'claude_organization_settings_updated org_taint_added'],
		['administration', 'org_cowork_mcp_always_allow_enabled'],
		// Not in the catalogue:
		['artifact', 'claude_artifact_whispered'],
		['authentication', 'carrier_pigeon_login_failed'],
		['administration', 'org_moonbase_enabled'],
		['other', 'quantum_vault_opened constructor __proto__'],
	])('%s: %s', (category, types) => {
		for (const type of types.split(' ')) expect([type, categoryOf(type)]).toEqual([type, category]);
	});

	test('a record without a type is in the category other', () =>
		expect(categoryOf('')).toBe('other'));

	test('matches phrases only at the beginnings of words', () => {
		expect(categoryOf('monkey_rolled')).toBe('other');
		expect(categoryOf('keys_rolled')).toBe('credential');
	});

	test('finds a category for each type of the catalogue', () => {
		expect(activityTypes.filter((type) => categoryOf(type) === 'other')).toEqual([]);
	});

	test('no category is empty', () => {
		const used = new Set(activityTypes.map(categoryOf));
		expect(
			Object.keys(categories).filter((category) => !(used as Set<string>).has(category)),
		).toEqual(['other']);
	});
});

test('says something of each type of the catalogue', () => {
	for (const type of activityTypes) {
		expect([type, labelOf(type)]).not.toEqual([type, '']);
		expect(Object.keys(categories)).toContain(categoryOf(type));
		expect(['success', 'failure', 'unknown']).toContain(outcomeOf({ type }));
		expect(severities).toContain(severityOf({ type }));
	}
});
