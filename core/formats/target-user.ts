import { targetUserFields, targetUserOf } from '../activity/targets';
import type { Reading } from './reading';

const { emails, ids, others } = targetUserFields;
const idNames = new Set(ids);
const looked = new Set([...emails, ...others]);
const fields = new Set([...idNames, ...looked]);

/** The user that an activity is about, taken from the record, as JSON texts. */
export function takeTargetUser(record: Reading): {
	id: string | undefined;
	email: string | undefined;
} {
	if (!record.hasAny(fields)) return { id: undefined, email: undefined };
	// Whether an address is one decides what becomes of it.
	const { id, email } = targetUserOf(record.values(looked, (name) => idNames.has(name)));
	if (id !== null) record.takeWith(ids, id);
	if (email !== null) record.takeWith(emails, email);
	return { id: jsonOf(id), email: jsonOf(email) };
}

function jsonOf(text: string | null): string | undefined {
	return text === null ? undefined : JSON.stringify(text);
}
