import type { Activity } from '../activity/activity';

/** How activities are written: as lines in UTF-8, each with its newline. */
export interface Format {
	readonly name: string;
	readonly encode: (activities: readonly Activity[]) => Buffer;
	/** The id of the activity that a line holds, without its newline; `undefined` when it holds none. */
	readonly idOf: (line: string) => string | undefined;
}
