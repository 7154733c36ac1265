import { quote } from '../../core';

const MAX_NAME_LENGTH = 80;

/** Leaves nothing that Markdown, HTML, a table or the direction of text could take for its own. */
export function escapeText(text: string): string {
	return quote(text, MAX_NAME_LENGTH).replace(
		/[^\p{L}\p{N} ()-]/gu,
		(char) => `&#${char.codePointAt(0)};`,
	);
}

/** A number for people. */
export function number(value: number): string {
	return value.toLocaleString('en-US');
}

/** A number of things, in words. */
export function counted(count: number, one: string, many: string): string {
	return `${number(count)} ${count === 1 ? one : many}`;
}

/**
 * How much is new, in words.
 *
 * @param unreadable how many records that cannot be read as activities
 */
export function newRecords(activities: number, unreadable: number): string {
	const news = counted(activities, 'new activity', 'new activities');
	if (unreadable === 0) return news;
	return `${news} and ${counted(unreadable, 'unreadable record', 'unreadable records')}`;
}
