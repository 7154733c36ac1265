import { targetUserOf } from '../activity/targets';
import type { Reading } from './reading';

/** The fields that `targetUserOf` reads. */
const emailFields = ['deleted_user_email', 'invited_email', 'invitee_email', 'user_email'];
const idFields = [
	'deleted_user_id',
	'invitee_user_id',
	'new_owner_id',
	'user_id',
	'requester_user_id',
	'account_id',
	'principal_id',
	'target_id',
];

const fields = new Set([...emailFields, ...idFields, 'member_ids']);

/** The user that an activity is about, taken from the record, as JSON texts. */
export function takeTargetUser(record: Reading): {
	id: string | undefined;
	email: string | undefined;
} {
	if (!record.hasAny(fields)) return { id: undefined, email: undefined };
	const { id, email } = targetUserOf(JSON.parse(record.json));
	if (id !== null) record.takeWith(idFields, id);
	if (email !== null) record.takeWith(emailFields, email);
	return { id: jsonOf(id), email: jsonOf(email) };
}

function jsonOf(text: string | null): string | undefined {
	return text === null ? undefined : JSON.stringify(text);
}
