import { fieldsOf, isObject, stringOf, textOf } from '../json/json-value';
import { remembered } from '../remembered';

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
 * a group: the record's own fields named `…_id`, `…_ids`, `…_uuid` or `…_uuids` that hold strings, and
 * `resource_details.id`, by which Access Transparency names what Anthropic accessed.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 * @returns in the record's order, each once; empty when the record names none
 */
export function targetIdsOf(record: unknown): string[] {
	if (!isObject(record)) return [];
	// Its `parent` was null in every record that is documented, so it is not known to be an id.
	const values = [
		fieldsOf(record.resource_details).id,
		...idFieldsOf(record).flatMap(([, others]) => others),
	];
	return [...new Set(values.map(textOf).filter((id) => id !== undefined))];
}

/** The names of the record's own fields of which `targetIdsOf` returns the whole content. */
export function targetFieldsOf(record: unknown): Set<string> {
	if (!isObject(record)) return new Set();
	const whole = idFieldsOf(record).filter(([, values]) => values.every(stringOf));
	return new Set(whole.map(([field]) => field));
}

const isIdOfTarget = remembered((field) => ID_FIELD.test(field) && !noTargets.has(field));

/** The fields that may hold ids of targets, with their values. */
function idFieldsOf(record: Record<string, unknown>): [field: string, values: unknown[]][] {
	return Object.entries(record)
		.filter(([field]) => isIdOfTarget(field))
		.map(([field, value]) => [field, Array.isArray(value) ? (value as unknown[]) : [value]]);
}

/** A user whom an activity acted upon. */
export interface TargetUser {
	readonly email: string | null;
	readonly id: string | null;
}

/**
 * The pairs of fields that name a user, those that can mean nobody else first. A plain `user_id` comes
 * after them. The two fields of a pair are about the same person, so both come from one pair.
 */
const userFields: readonly (readonly [email: string | null, id: string | null])[] = [
	['deleted_user_email', 'deleted_user_id'],
	['invited_email', null],
	['invitee_email', 'invitee_user_id'],
	[null, 'new_owner_id'],
	['user_email', 'user_id'],
	// The one who asked for a higher limit, and gets it or not.
	[null, 'requester_user_id'],
	// The member whose spend limit it is.
	[null, 'account_id'],
];

/** Ids that may be of a user, of a group or of something else, with the field that says so. */
const typedFields: readonly (readonly [id: string, type: string])[] = [
	['principal_id', 'principal_type'],
	['target_id', 'target_type'],
];

/** The names of the fields that `targetUserOf` reads. */
export const targetUserFields = {
	/** It takes the text of one of these as it is. */
	emails: userFields.flatMap(([email]) => email ?? []),
	/** And of these. */
	ids: [...userFields.flatMap(([, id]) => id ?? []), ...typedFields.map(([id]) => id)],
	others: ['member_ids', ...typedFields.map(([, type]) => type)],
};

/**
 * The user whom an activity acted upon, such as the one invited, removed or given a role; not the actor.
 * By the fields that the API reference names for each type. Several members of a group are no single
 * user: `targetIdsOf` has them.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 * @returns `null` for what the record does not say
 */
export function targetUserOf(record: unknown): TargetUser {
	const fields = fieldsOf(record);
	for (const [emailField, idField] of userFields) {
		const email = emailField === null ? undefined : textOf(fields[emailField]);
		const id = idField === null ? undefined : textOf(fields[idField]);
		if (email !== undefined || id !== undefined) return { email: email ?? null, id: id ?? null };
	}
	for (const [idField, typeField] of typedFields) {
		const id = fields[typeField] === 'user' ? textOf(fields[idField]) : undefined;
		if (id !== undefined) return { email: null, id };
	}
	const members: unknown[] = Array.isArray(fields.member_ids) ? fields.member_ids : [];
	return { email: null, id: members.length === 1 ? (textOf(members[0]) ?? null) : null };
}
