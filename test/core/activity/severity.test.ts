import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { activityTypes, severities, type Severity, severityOf } from '../../../core';

describe('the severity of a type', () => {
	test.each<[Severity, string]>([
		['critical', 'org_deletion_requested org_bulk_delete_initiated org_deleted_via_bulk'],
		['high', 'org_ip_restriction_deleted org_sso_connection_deactivated'],
		['high', 'org_sso_connection_deleted org_directory_sync_deleted org_domain_removed'],
		['high', 'inference_hooks_config_deleted inference_hooks_circuit_breaker_tripped'],
		['high', 'org_external_key_deleted org_claude_code_zero_data_retention_disabled'],
		['high', 'org_data_residency_updated primary_owner_transferred'],
		['high', 'anthropic_access cmek_preserve'],
		['high', 'org_data_export_started org_data_export_completed org_data_export_accessed'],
		['high', 'audit_log_export_started audit_log_export_accessed'],
		['medium', 'api_key_created admin_api_key_created admin_api_key_deleted service_key_revoked'],
		['medium', 'platform_oauth_app_created tunnel_token_revealed github_token_import'],
		['medium', 'org_sso_toggled org_sso_connection_activated org_magic_link_second_factor_toggled'],
		['medium', 'org_domain_verified platform_federation_issuer_created'],
		['medium', 'platform_service_account_archived org_directory_resync_failed'],
		['medium', 'role_assignment_granted rbac_role_permission_added claude_user_role_updated'],
		['medium', 'org_capability_grant_added mcp_tool_policy_updated'],
		['medium', 'claude_artifact_external_sharing_permission_updated'],
		['medium', 'org_ip_restriction_created org_security_control_attestation_updated'],
		['medium', 'inference_hooks_request_denied inference_hooks_request_failed_open'],
		['medium', 'trusted_device_enrolled step_up_credential_enrolled abuse_decision_received'],
		['medium', 'org_members_exported org_invite_link_generated mcp_server_created'],
		['medium', 'claude_organization_settings_updated org_cowork_auto_mode_enabled'],
		['medium', 'extra_usage_spend_limit_deleted platform_spend_limit_deleted'],
		['medium', 'ghe_webhook_signature_invalid org_compliance_api_settings_updated'],
		['low', 'claude_chat_created claude_chat_deleted claude_file_uploaded claude_file_exported'],
		['low', 'claude_project_sharing_updated claude_artifact_published claude_skill_downloaded'],
		['low', 'org_user_deleted org_user_invite_sent scim_user_created group_member_added'],
		['low', 'sso_login_failed magic_link_login_failed claude_chat_access_failed'],
		['low', 'org_cowork_auto_mode_disabled mcp_server_deleted organization_icon_deleted'],
		['low', 'extra_usage_spend_limit_created platform_workspace_rate_limit_deleted'],
		['low', 'org_sso_seat_tier_assignment_toggled org_directory_resync_completed'],
		['low', 'session_revoked trusted_device_credential_rotated'],
		['info', 'claude_chat_viewed org_users_listed session_share_accessed compliance_api_accessed'],
		['info', 'sso_login_succeeded sso_login_initiated user_logged_out phone_code_sent'],
		['info', 'platform_federated_authentication mcp_server_managed_auth_token_exchanged'],
		['info', 'org_parent_search_performed claude_skill_security_scan_completed'],
		// Not in the catalogue:
		['critical', 'org_audit_log_disabled organization_deleted'],
		['high', 'org_ip_restriction_list_disabled org_data_export_shared'],
		['medium', 'pigeon_key_created rbac_feather_updated'],
		['low', 'quantum_vault_opened carrier_pigeon_login_failed brand_new constructor __proto__'],
		['info', 'quantum_vault_viewed carrier_pigeon_login_succeeded'],
	])('is %s: %s', (severity, types) => {
		for (const type of types.split(' ')) {
			expect([type, severityOf({ type })]).toEqual([type, severity]);
		}
	});

	test('is grave for few types only, so that an alert means something', () => {
		const count = (severity: Severity) =>
			activityTypes.filter((type) => severityOf({ type }) === severity).length;
		expect(count('high') + count('critical')).toBeLessThan(activityTypes.length / 20);
		expect(count('medium')).toBeLessThan(activityTypes.length / 3);
	});
});

describe('the severity of a record', () => {
	test.each<[Severity, string, object]>([
		[
			'critical',
			'org_compliance_api_settings_updated',
			{ compliance_api_logging_enabled: false, compliance_api_enabled: true },
		],
		['critical', 'org_compliance_api_settings_updated', { compliance_api_enabled: false }],
		['medium', 'org_compliance_api_settings_updated', { compliance_api_logging_enabled: true }],
		['medium', 'org_compliance_api_settings_updated', { compliance_api_logging_enabled: null }],
		['high', 'org_sso_toggled', { enabled: false }],
		['medium', 'org_sso_toggled', { enabled: true }],
		['medium', 'org_sso_toggled', { enabled: 'false' }],
		['high', 'org_magic_link_second_factor_toggled', { enabled: false }],
		['high', 'org_connector_domain_guard_updated', { enforced: false }],
		['high', 'inference_hooks_config_updated', { enabled: false }],
		['low', 'org_sso_scim_welcome_email_toggled', { enabled: false }],
		['low', 'org_sso_seat_tier_assignment_toggled', { enabled: false }],
		['low', 'claude_code_review_config_updated', { enabled: false }],
		['high', 'api_key_created', { scopes: ['x', 'read:compliance_activities'] }],
		['high', 'api_key_created', { scopes: ['read:org_audit'] }],
		['high', 'admin_api_key_created', { scopes: ['read:compliance_org_data'] }],
		['medium', 'api_key_created', { scopes: ['read:analytics', 7, null] }],
		['medium', 'scoped_api_key_deleted', { scopes: ['read:org_audit'] }],
		// To look in vain, and to fail to sign in.
		['info', 'compliance_api_accessed', { status_code: 200 }],
		['low', 'compliance_api_accessed', { status_code: 403 }],
		['low', 'platform_federated_authentication', { status: { outcome: 'failure' } }],
		// Not in the catalogue:
		['high', 'org_sso_strict_mode_updated', { is_enabled: false }],
	])('is %s: %s %j', (severity, type, fields) => {
		expect(severityOf({ type, ...fields })).toBe(severity);
	});

	test('is found for any JSON value', () => {
		const record = fc.record({
			type: fc.oneof(fc.constantFrom(...activityTypes), fc.jsonValue()),
			enabled: fc.jsonValue(),
			scopes: fc.jsonValue(),
			status_code: fc.jsonValue(),
		});
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), record), (value) => {
				expect(severities).toContain(severityOf(value));
			}),
		);
	});
});
