import { DAY_MS, formatInstant, type Instant, parseInstant, toInstant } from './instant';

/** What a date or a date-time stands for: a whole day, or one instant. Both ends belong to it. */
export interface TimeSpan {
	readonly from: Instant;
	readonly to: Instant;
}

/**
 * The instants at which clocks show a date-time, earliest first: two where they were set back. What
 * they never show, since they were set forward, is as much later.
 *
 * @param text an RFC 3339 date-time without its offset
 * @returns an empty list for what is no date-time
 */
export type Clocks = (text: string) => readonly Instant[];

const ISO_8601 =
	/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Reads a time as people write it: an ISO 8601 date, or a date-time.
 *
 * @param clocks those that a time without an offset is of; in UTC by default
 * @returns `undefined` for anything else
 */
export function parseTimeSpan(text: string, clocks: Clocks = inUtc): TimeSpan | undefined {
	const match = ISO_8601.exec(text);
	if (!match) return undefined;
	const [, date = '', time, seconds = ':00', offset] = match;
	if (time === undefined) return daySpan(date, clocks);
	const written = `${date}T${time}${seconds}`;
	const instants = offset === undefined ? clocks(written) : at(`${written}${fullOffset(offset)}`);
	const [from, to = from] = instants;
	return from === undefined || to === undefined ? undefined : { from, to };
}

/** @param date of the form `YYYY-MM-DD` */
function daySpan(date: string, clocks: Clocks): TimeSpan | undefined {
	const [midnight] = at(`${date}T00:00:00Z`);
	if (midnight === undefined) return undefined;
	// Days are not always of 24 hours, and not every one has a last second.
	const next = formatInstant(midnight + DAY_MS).slice(0, -1);
	const [from] = clocks(`${date}T00:00:00`);
	const [behind] = clocks(next);
	return from === undefined || behind === undefined
		? undefined
		: { from, to: toInstant(behind - 1) };
}

function inUtc(text: string): readonly Instant[] {
	return at(`${text}Z`);
}

/** `+01` and `+0100` are `+01:00`. */
function fullOffset(offset: string): string {
	return offset.replace(
		/^([+-]\d\d):?(\d\d)?$/,
		(_, hours: string, minutes = '00') => `${hours}:${minutes}`,
	);
}

function at(text: string): readonly Instant[] {
	const instant = parseInstant(text);
	return instant === undefined ? [] : [instant];
}
