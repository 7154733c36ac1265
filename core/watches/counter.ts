/**
 * What is remembered of the activities of one key: enough to count late ones, and little otherwise. It is
 * never changed, only replaced. Times are whole seconds since the epoch.
 */
export interface Counter {
	/** The newest time of any activity of the key. */
	readonly newest: number;
	/** The times of alerts. Whatever is within a window of one, before or after, belongs to its burst. */
	readonly alerted: readonly number[];
	/** What counts towards the next alert, oldest first. Of each kind, only what `thinned` keeps. */
	readonly seen: readonly Seen[];
}

export interface Seen {
	/** A hash of what distinguishes it: of the activity's id, or of the value that is to be distinct. */
	readonly kind: string;
	readonly time: number;
	/** Its stored form, made once: each batch stores everything that is seen. */
	readonly stored: string;
}

/** 40 bits of seconds reach far beyond the years of all readable records. */
export const TIME_DIGITS = 10;

/** A time in its stored form. */
export function inHex(time: number): string {
	return time.toString(16).padStart(TIME_DIGITS, '0');
}

/** The most alerts that a counter remembers: they are more than a window apart, within three windows. */
export const MAX_ALERTED = 3;
