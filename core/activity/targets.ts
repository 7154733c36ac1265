import { fieldsOf, isObject, stringOf } from '../json/json-value';

const ID_FIELD = /_(id|uuid)s?$/;

/** Ids that say where a record comes from, who asked for it or what caused it, not what it acted on. */
const noTargets = new Set([
	'organization_id',
	'organization_uuid',
	'request_id',
	'correlation_id',
	'reference_id',
	'abuse_session_id',
	'submitted_by_user_id',
	'cascaded_from_agent_id',
	'cascade_trigger_credential_id',
]);

/**
 * The ids of what an activity acted on, such as a chat, the project it is in, or the members added to
 * a group: the record's own fields named `…_id`, `…_ids`, `…_uuid` or `…_uuids` that hold strings.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 * @returns in the record's order, each once; empty when the record names none
 */
export function targetIdsOf(record: unknown): string[] {
	if (!isObject(record)) return [];
	const ids = new Set<string>();
	for (const [, values] of idFieldsOf(record)) {
		for (const value of values) {
			const id = stringOf(value);
			if (id) ids.add(id);
		}
	}
	return [...ids];
}

/** The names of the record's own fields of which `targetIdsOf` returns the whole content. */
export function targetFieldsOf(record: unknown): Set<string> {
	if (!isObject(record)) return new Set();
	const whole = idFieldsOf(record).filter(([, values]) => values.every(stringOf));
	return new Set(whole.map(([field]) => field));
}

/** The fields that may hold ids of targets, with their values. */
function idFieldsOf(record: Record<string, unknown>): [field: string, values: unknown[]][] {
	return Object.entries(record)
		.filter(([field]) => ID_FIELD.test(field) && !noTargets.has(field))
		.map(([field, value]) => [field, Array.isArray(value) ? (value as unknown[]) : [value]]);
}

const userEmailFields = ['invited_email', 'deleted_user_email', 'user_email', 'invitee_email'];
const userIdFields = ['user_id', 'deleted_user_id', 'invitee_user_id', 'requester_user_id'];

/** The user that an activity is about, who need not be the one who did it. */
export function targetUserOf(record: unknown): { email: string | null; id: string | null } {
	const fields = fieldsOf(record);
	const first = (names: readonly string[]) =>
		names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '') as
			string | undefined;
	const id =
		first(userIdFields) ??
		(fields.principal_type === 'user' ? stringOf(fields.principal_id) : undefined) ??
		(fields.target_type === 'user' ? stringOf(fields.target_id) : undefined);
	return { email: first(userEmailFields) ?? null, id: id ?? null };
}
