import { fieldsOf, stringOf } from '../json/json-value';

/** Whether a text may be the beginning of a JSON object. */
export function isBegunObject(text: string): boolean {
	return text.startsWith('{');
}

/** The text field `id` of a JSON object; `undefined` for any other text. */
export function idInJson(line: string): string | undefined {
	try {
		return stringOf(fieldsOf(JSON.parse(line)).id);
	} catch {
		return undefined;
	}
}
