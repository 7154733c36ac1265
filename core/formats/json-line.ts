import { fieldsOf, stringOf } from '../json/json-value';

/** Whether a text may be the beginning of a JSON object. */
export function isBegunObject(text: string): boolean {
	return text.startsWith('{');
}

/** The text field `id` of a JSON object; `undefined` for any other text. */
export function idInJson(line: string): string | undefined {
	return fieldInJson(line, 'id');
}

/** The text at a path in a JSON object; `undefined` if there is none, and for any other text. */
export function fieldInJson(line: string, ...path: readonly string[]): string | undefined {
	try {
		return stringOf(
			path.reduce((value, name) => fieldsOf(value)[name], JSON.parse(line) as unknown),
		);
	} catch {
		return undefined;
	}
}
