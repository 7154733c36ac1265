import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Outcome, outcomeOf } from '../../../core';

describe('the outcome of a type', () => {
	test.each<[Outcome, string]>([
		['success', 'claude_chat_created claude_file_viewed org_users_listed user_logged_out'],
		['success', 'sso_login_succeeded lti_launch_success phone_code_sent org_user_left'],
		['success', 'org_sso_toggled role_assignment_revoked tunnel_token_minted'],
		['success', 'platform_billing_upgraded_to_prepaid desktop_extension_removed_from_allowlist'],
		['success', 'org_deleted_via_bulk org_user_invite_re_sent ccr_agent_proxy_profile_bound'],
		['success', 'platform_clearance_workspace_program_request_set'],
		['success', 'extra_usage_spend_limit_increase_request_approved org_join_request_created'],
		['success', 'desktop_extension_blocklisted desktop_extension_unblocked'],
		// What began has begun; its end has a record of its own.
		['success', 'org_data_export_started audit_log_export_started subscription_started'],
		['success', 'anthropic_access cmek_preserve sso_second_factor_magic_link'],
		['failure', 'sso_login_failed magic_link_login_failed step_up_authentication_failed'],
		['failure', 'claude_chat_access_failed claude_project_file_deletion_failed'],
		['failure', 'group_member_addition_failed org_directory_resync_failed org_creation_blocked'],
		['failure', 'ghe_webhook_signature_invalid inference_hooks_request_denied'],
		['failure', 'inference_hooks_request_failed_open inference_hooks_circuit_breaker_tripped'],
		// Somebody turned a request down.
		['failure', 'extra_usage_spend_limit_increase_request_denied org_user_invite_rejected'],
		['failure', 'org_join_request_dismissed org_join_requests_bulk_dismissed'],
		['failure', 'ccr_agent_proxy_provisioning_credential_rejected'],
		['unknown', 'sso_login_initiated magic_link_login_initiated lti_launch_initiated'],
		['unknown', 'anonymous_mobile_login_attempted domain_claim_initiated'],
		['unknown', 'end_user_invite_requested org_deletion_requested org_bulk_delete_initiated'],
		// A field would say it.
		['unknown', 'compliance_api_accessed platform_federated_authentication github_token_import'],
		['unknown', 'platform_app_attest_authentication mcp_server_managed_auth_token_exchanged'],
		['unknown', 'org_join_proposal_decided admin_connector_request_resolved'],
		['unknown', 'abuse_decision_received org_external_key_validated'],
		['unknown', 'ccr_agent_proxy_network_events_listed org_user_trusted_devices_revoked'],
		// Not in the catalogue:
		['success', 'quantum_vault_opened moon_base_shared_by_link carrier_pigeon_sent'],
		['failure', 'carrier_pigeon_login_failed vault_access_denied_twice vault_error'],
		['unknown', 'carrier_pigeon_requested activity_feed managed_vault brand_new'],
		['unknown', 'constructor __proto__ _ ed failed2'],
	])('is %s: %s', (outcome, types) => {
		for (const type of types.split(' '))
			expect([type, outcomeOf({ type })]).toEqual([type, outcome]);
	});
});

describe('the outcome of a record', () => {
	test.each<[Outcome, string, object]>([
		['success', 'compliance_api_accessed', { status_code: 200 }],
		['success', 'compliance_api_accessed', { status_code: 299 }],
		['failure', 'compliance_api_accessed', { status_code: 403 }],
		['failure', 'compliance_api_accessed', { status_code: 503 }],
		['unknown', 'compliance_api_accessed', { status_code: 304 }],
		['unknown', 'compliance_api_accessed', { status_code: 600 }],
		['unknown', 'compliance_api_accessed', { status_code: null }],
		['unknown', 'compliance_api_accessed', { status_code: '200' }],
		['success', 'platform_federated_authentication', { status: { outcome: 'success' } }],
		['failure', 'platform_federated_authentication', { status: { outcome: 'FAILURE' } }],
		['failure', 'platform_app_attest_authentication', { status: { outcome: 'denied' } }],
		['unknown', 'platform_app_attest_authentication', { status: { outcome: null } }],
		['success', 'mcp_server_managed_auth_token_exchanged', { outcome: 'success' }],
		['failure', 'mcp_server_managed_auth_token_exchanged', { outcome: 'error' }],
		['failure', 'mcp_server_managed_auth_token_exchanged', { error_type: 'invalid_grant' }],
		['success', 'github_token_import', { result: 'imported' }],
		['failure', 'github_token_import', { result: 'rejected_zdr_policy' }],
		['failure', 'github_token_import', { result: 'failed_internal' }],
		['unknown', 'github_token_import', { result: 'unspecified' }],
		['success', 'org_external_key_validated', { validation_result: 'success' }],
		['failure', 'org_external_key_validated', { validation_result: 'failure' }],
		['success', 'org_join_proposal_decided', { approved: true }],
		['failure', 'org_join_proposal_decided', { approved: false }],
		['success', 'admin_connector_request_resolved', { decision: 'approved' }],
		['failure', 'admin_connector_request_resolved', { decision: 'dismissed' }],
		['unknown', 'admin_connector_request_resolved', { decision: 'unspecified' }],
		['failure', 'abuse_decision_received', { decision: 'blocked' }],
		['success', 'ccr_agent_proxy_network_events_listed', { failed: false }],
		['failure', 'ccr_agent_proxy_network_events_listed', { failed: true }],
		['success', 'org_user_trusted_devices_revoked', { completed: true }],
		['unknown', 'org_user_trusted_devices_revoked', { completed: false }],
		// Fields of the same names that say something else.
		['success', 'org_security_control_attestation_updated', { status: 'control_failed' }],
		['success', 'org_sso_toggled', { enabled: false }],
		['success', 'claude_code_security_vulnerability_updated', { action: 'dismissed' }],
		// Not in the catalogue:
		['failure', 'quantum_vault_opened', { outcome: 'denied_by_guard' }],
		['success', 'quantum_vault', { approved: true }],
		['unknown', '', {}],
	])('is %s: %s %j', (outcome, type, fields) => {
		expect(outcomeOf({ type, ...fields })).toBe(outcome);
	});

	test('is found for any JSON value', () => {
		const fields = ['type', 'status_code', 'status', 'outcome', 'result', 'approved', 'failed'];
		const record = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue());
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), record), (value) => {
				expect(['success', 'failure', 'unknown']).toContain(outcomeOf(value));
			}),
		);
	});
});
