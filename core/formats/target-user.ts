import { targetUserOf } from '../activity/targets';
import type { Reading } from './reading';

const emailFields = ['invited_email', 'deleted_user_email', 'user_email', 'invitee_email'];
const idFields = [
	'user_id',
	'deleted_user_id',
	'invitee_user_id',
	'requester_user_id',
	'principal_id',
	'target_id',
	'new_owner_id',
	'account_id',
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
