import { fieldsOf, isObject, stringOf } from '../json/json-value';
import { targetFieldsOf } from './targets';

/** No type that is documented has as many. */
const MAX_FIELDS = 30;
/** In UTF-16 units. Longer texts are cut, because users choose some of them. */
const MAX_LENGTH = 500;
/** The form of all documented names. It rules out `__proto__`. */
const NAME = /^[a-z]\w{0,63}$/i;

/** The fields that every record has. Other readers of this folder say what is in them. */
const COMMON = new Set([
	'id',
	'created_at',
	'type',
	'actor',
	'organization_id',
	'organization_uuid',
]);

/** What an activity changed or read. */
export type Details = Readonly<Record<string, string | number | boolean>>;

/**
 * What an activity changed or read, such as `enabled` or `previous_value`, and the program that did it.
 * These are the record's own fields, under the API's names and in the record's order, except those that
 * every record has, those that only hold ids of targets, and those without a value. `userAgent` is added.
 *
 * Whatever the record holds, the result is small and flat: it has at most 30 fields of the record, a text
 * has at most 500 characters, and lists and objects are JSON text of that length. A cut text ends with `…`.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 */
export function detailsOf(record: unknown): Details {
	const fields = fieldsOf(record);
	const ofTargets = targetFieldsOf(record);
	const details = Object.entries(fields)
		.filter(([name]) => NAME.test(name) && !COMMON.has(name) && !ofTargets.has(name))
		.filter(([, value]) => value !== null)
		.slice(0, MAX_FIELDS)
		.map(([name, value]) => [name, detailOf(value)]);
	const userAgent = stringOf(fieldsOf(fields.actor).user_agent);
	return {
		...(Object.fromEntries(details) as Details),
		...(userAgent && { userAgent: shortened(userAgent) }),
	};
}

function detailOf(value: unknown): string | number | boolean {
	if (typeof value === 'number' || typeof value === 'boolean') return value;
	return shortened(stringOf(value) ?? beginningOf(value));
}

/** The JSON of a value, at least as much of it as is shown. */
function beginningOf(value: unknown): string {
	let text = '';
	for (const part of partsOf(value)) {
		text += part;
		if (text.length > MAX_LENGTH) break;
	}
	return text;
}

/** The JSON of a value in parts. JSON.stringify overflows the stack on deeply nested values. */
function* partsOf(value: unknown): Generator<string, void, undefined> {
	if (Array.isArray(value)) {
		yield '[';
		for (const [index, element] of value.entries()) {
			if (index > 0) yield ',';
			yield* partsOf(element);
		}
		yield ']';
	} else if (isObject(value)) {
		yield '{';
		for (const [index, [name, field]] of Object.entries(value).entries()) {
			yield `${index > 0 ? ',' : ''}${JSON.stringify(name)}:`;
			yield* partsOf(field);
		}
		yield '}';
	} else yield JSON.stringify(value);
}

/** Does not cut between the halves of a character. */
function shortened(text: string): string {
	if (text.length <= MAX_LENGTH) return text;
	return `${text.slice(0, MAX_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
