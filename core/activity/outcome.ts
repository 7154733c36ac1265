import { remembered } from '../remembered';
import { fieldsOf, stringOf } from '../json/json-value';

/** Whether what an activity names came about. `unknown`: it is still open, or the record does not say. */
export type Outcome = 'success' | 'failure' | 'unknown';

/**
 * The fields that say how it went, in the order in which they are asked. Types that have them, by the
 * API reference: `compliance_api_accessed` (status_code), `platform_federated_authentication` and
 * `platform_app_attest_authentication` (status.outcome), `mcp_server_managed_auth_token_exchanged`
 * (outcome, error_type), `github_token_import` (result), `org_external_key_validated`
 * (validation_result), `org_join_proposal_decided` (approved), `admin_connector_request_resolved` and
 * `abuse_decision_received` (decision), `ccr_agent_proxy_network_events_listed` (failed),
 * `org_user_trusted_devices_revoked` (completed).
 */
const outcomeFields: readonly (readonly [string, (value: unknown) => Outcome])[] = [
	['status_code', ofStatusCode],
	['status', (value) => ofValue(fieldsOf(value).outcome)],
	['outcome', ofValue],
	['error_type', (value) => (stringOf(value) ? 'failure' : 'unknown')],
	['result', ofValue],
	['validation_result', ofValue],
	['approved', ofValue],
	['decision', ofValue],
	['failed', (value) => (typeof value === 'boolean' ? ofValue(!value) : 'unknown')],
	// What was not completed may have been done in part.
	['completed', (value) => (value === true ? 'success' : 'unknown')],
];

/** The names of the fields that `outcomeOf` reads beside `type`. */
export const outcomeFieldNames: ReadonlySet<string> = new Set(outcomeFields.map(([name]) => name));

/** Words that say that it did not come about. A request that is turned down is one, whoever decides. */
const failureWords = new Set([
	'failed',
	'failure',
	'denied',
	'rejected',
	'dismissed',
	'blocked',
	'invalid',
	'error',
]);
/** Words that leave it open. `started` is none of them: what began has begun, and its end has a record. */
const openWords = new Set([
	'initiated',
	'attempted',
	'requested',
	'decided',
	'resolved',
	'unspecified',
]);
const successWords = new Set(['success', 'sent', 'left', 'set', 'bound', 'unbound']);
/** A participle, such as `created`; `feed` and `need` are none. */
const PARTICIPLE = /..[^e]ed$/;
/** Words that may follow the participle: `logged_out`, `removed_from_allowlist`. */
const particles = new Set(['by', 'from', 'in', 'out', 'to', 'via']);

/** Types whose words do not say it, or say another thing than the record. */
const outcomesOfTypes = new Map<string, Outcome>([
	// Only their fields say how it went.
	['abuse_decision_received', 'unknown'],
	['ccr_agent_proxy_network_events_listed', 'unknown'],
	['compliance_api_accessed', 'unknown'],
	['mcp_server_managed_auth_token_exchanged', 'unknown'],
	['org_external_key_validated', 'unknown'],
	['org_user_trusted_devices_revoked', 'unknown'],
	// They are recorded once it is done.
	['anthropic_access', 'success'],
	['cmek_preserve', 'success'],
	['sso_second_factor_magic_link', 'success'],
	// The inspection of requests failed too often.
	['inference_hooks_circuit_breaker_tripped', 'failure'],
]);

/**
 * Whether what an activity names came about: a sign-in, a change, a request.
 *
 * The record's own fields decide where they say it, then the words of its type: `…_failed`, `…_denied`
 * and `…_dismissed` are failures, `…_initiated` is unknown, a participle such as `…_created` is a success.
 * So is a request: creating it succeeds, and it fails when somebody turns it down. A refused request to
 * the API (4xx) is a failure as one that broke (5xx) is.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 * @returns `unknown` for a type whose words say nothing, known or not
 */
export function outcomeOf(record: unknown): Outcome {
	const fields = fieldsOf(record);
	for (const [name, read] of outcomeFields) {
		const value = fields[name];
		const outcome = value === undefined || value === null ? 'unknown' : read(value);
		if (outcome !== 'unknown') return outcome;
	}
	return outcomeOfType(stringOf(fields.type) ?? '');
}

/** The same for a record that has none of the fields in `outcomeFieldNames`. */
export const outcomeOfType = remembered(
	(type): Outcome => outcomesOfTypes.get(type) ?? ofWords(type.split('_')),
);

/** Of an HTTP status. */
function ofStatusCode(value: unknown): Outcome {
	if (typeof value !== 'number') return 'unknown';
	if (value >= 200 && value < 300) return 'success';
	return value >= 400 && value < 600 ? 'failure' : 'unknown';
}

/** Of a field whose name promises an outcome. */
function ofValue(value: unknown): Outcome {
	if (typeof value === 'boolean') return value ? 'success' : 'failure';
	return ofWords((stringOf(value) ?? '').toLowerCase().split(/[^a-z]/));
}

/** The last word that says something decides: `deletion_failed`, `request_failed_open`. */
function ofWords(words: readonly string[]): Outcome {
	for (let at = words.length - 1; at >= 0; at--) {
		const word = words[at]!;
		if (failureWords.has(word)) return 'failure';
		if (openWords.has(word)) return 'unknown';
		const next = words[at + 1];
		const isEnd = next === undefined || particles.has(next);
		if (isEnd && (successWords.has(word) || PARTICIPLE.test(word))) return 'success';
	}
	return 'unknown';
}
