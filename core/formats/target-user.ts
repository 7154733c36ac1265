import { targetUserFields, targetUserOf } from '../activity/targets';
import type { Reading } from './reading';

const { emails, ids } = targetUserFields;
const fields = new Set([...emails, ...ids, 'member_ids']);

/** The user that an activity is about, taken from the record, as JSON texts. */
export function takeTargetUser(record: Reading): {
	id: string | undefined;
	email: string | undefined;
} {
	if (!record.hasAny(fields)) return { id: undefined, email: undefined };
	const { id, email } = targetUserOf(JSON.parse(record.json));
	if (id !== null) record.takeWith(ids, id);
	if (email !== null) record.takeWith(emails, email);
	return { id: jsonOf(id), email: jsonOf(email) };
}

function jsonOf(text: string | null): string | undefined {
	return text === null ? undefined : JSON.stringify(text);
}
