import { quote } from '../core';

const MAX_NAME_LENGTH = 80;

/** Escapes everything that could have a meaning in Markdown, HTML or a table, or change the direction of text. */
export function escapeText(text: string, mostLength = MAX_NAME_LENGTH): string {
	// A dot within a word could make a link of it.
	return quote(text, mostLength).replace(
		/[^\p{L}\p{N} ().,'-]|\.(?=\S)/gu,
		(char) => `&#${char.codePointAt(0)};`,
	);
}

/** A number for people. */
export function number(value: number): string {
	return value.toLocaleString('en-US');
}

/** A count with its noun, in singular or plural. */
export function counted(count: number, one: string, many: string): string {
	return `${number(count)} ${count === 1 ? one : many}`;
}

/**
 * The number of new activities and unreadable records, in words.
 *
 * @param activities number of new activities
 * @param unreadable number of new unreadable records
 */
export function newRecords(activities: number, unreadable: number): string {
	const news = counted(activities, 'new activity', 'new activities');
	if (unreadable === 0) return news;
	return `${news} and ${counted(unreadable, 'unreadable record', 'unreadable records')}`;
}
