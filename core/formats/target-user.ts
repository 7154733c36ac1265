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

/** The user that an activity is about, taken from the record. */
export function takeTargetUser(
	record: Reading,
	fields: Readonly<Record<string, unknown>>,
): { id: string | undefined; email: string | undefined } {
	const { id, email } = targetUserOf(fields);
	record.takeText(idFields, id);
	record.takeText(emailFields, email);
	return { id: id ?? undefined, email: email ?? undefined };
}
