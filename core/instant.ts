/**
 * Instants are milliseconds since the epoch, rounded down: the resolution in which checkpoints and
 * pages are compared, whatever fraction the API sends.
 */

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d{1,3})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an RFC 3339 date-time with an offset.
 *
 * @returns milliseconds since the epoch, rounded down; `undefined` when the text is no such date-time
 */
export function parseInstant(text: string): number | undefined {
	const match = RFC_3339.exec(text);
	if (!match) return undefined;
	const [, date, hourAndMinute, second, fraction = '', offset = ''] = match;
	// RFC 3339 allows the leap second 60, which Date does not know: it counts as the end of second 59.
	const precise = second === '60' ? '59.999' : `${second}.${fraction.padEnd(3, '0')}`;
	const instant = Date.parse(`${date}T${hourAndMinute}:${precise}${offset.toUpperCase()}`);
	return Number.isNaN(instant) ? undefined : instant;
}

/** Writes an instant the way the API's time filters take it. */
export function formatInstant(instant: number): string {
	return new Date(instant).toISOString();
}

/** The UTC day of an instant, as `YYYY-MM-DD`. */
export function utcDay(instant: number): string {
	return formatInstant(instant).slice(0, 10);
}
