import type { Activity } from '../activity/activity';

/** How activities are written to a file: one line each, in UTF-8. */
export interface Format {
	/** The lines of the activities, each with its newline, in memory that the next call may use again. */
	readonly encode: (activities: readonly Activity[]) => Buffer;
	/** The id of the activity in a line, which has no newline; `undefined` if the line holds none. */
	readonly idOf: (line: string) => string | undefined;
	/** Whether a text without an id may be the beginning of a line: a killed run leaves one. */
	readonly isBegun: (text: string) => boolean;
	/** The same, with the record's own text in each line; missing where the format has no place for it. */
	readonly withOriginal?: Format;
}

export const formatNames = ['raw', 'flat', 'ocsf', 'ecs'] as const;

export type FormatName = (typeof formatNames)[number];
