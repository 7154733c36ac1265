import type { Activity } from '../activity/activity';
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

/** No UTF-16 unit takes more bytes in UTF-8. */
const LONGEST_UNIT = 3;
/** How much longer a line is than its record, in bytes. A guess. */
const USUAL_ADDITION = 700;
const NEWLINE = 0x0a;

/**
 * A line for each activity. Each is written at once: thousands of lines would take long to clean up, and
 * a single character beyond Latin-1 would make all of them as slow as itself.
 */
export function encodeLines(
	activities: readonly Activity[],
	lineOf: (activity: Activity) => string,
): Buffer {
	let lines = Buffer.allocUnsafe(
		activities.reduce((sum, { length }) => sum + length + USUAL_ADDITION, 0),
	);
	let at = 0;
	for (const activity of activities) {
		const line = lineOf(activity);
		const needed = at + line.length * LONGEST_UNIT + 1;
		if (needed > lines.length) {
			const larger = Buffer.allocUnsafe(Math.max(needed, 2 * lines.length));
			lines.copy(larger, 0, 0, at);
			lines = larger;
		}
		at += lines.write(line, at);
		lines[at++] = NEWLINE;
	}
	return lines.subarray(0, at);
}
