import {
	DAY_MS,
	formatInstant,
	type Instant,
	LAST_INSTANT,
	parseInstant,
	toInstant,
} from '../instant';

/** The meaning of a date or a date-time: a whole day, or one instant. Both ends are included. */
export interface WrittenTime {
	readonly from: Instant;
	readonly to: Instant;
}

/**
 * The instants at which clocks show a date-time, earliest first. There are two if the clocks were
 * set back. A date-time that clocks skip when they are set forward counts as that much later.
 *
 * @param text an RFC 3339 date-time without its offset
 * @returns an empty list if the text is not a date-time
 */
export type Clocks = (text: string) => readonly Instant[];

const DATE = /(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)/;
const TIME =
	/(?<hour>\d\d)(?:(?<colon>:?)(?<minute>\d\d)(?:\k<colon>(?<seconds>\d\d(?:[.,]\d+)?))?)?/;
const OFFSET = /Z|[+-]\d\d(?::?\d\d)?/;
const ISO_8601 = new RegExp(
	`^${DATE.source}(?:[T ]${TIME.source}(?<offset>${OFFSET.source})?)?$`,
	'i',
);

/**
 * Reads a time as people write it: an ISO 8601 date, or a date-time to the hour or finer, with or
 * without marks between the numbers.
 *
 * @param clocks the clocks for a time without an offset; UTC by default
 * @returns `undefined` for anything else
 */
export function parseWrittenTime(text: string, clocks: Clocks = inUtc): WrittenTime | undefined {
	const { groups } = ISO_8601.exec(text) ?? {};
	if (!groups) return undefined;
	const { year, month, day, hour, minute = '00', seconds = '00', offset } = groups;
	const date = `${year}-${month}-${day}`;
	if (hour === undefined) return wholeDay(date, clocks);
	const written = `${date}T${hour}:${minute}:${seconds.replace(',', '.')}`;
	const instants = offset === undefined ? clocks(written) : at(`${written}${fullOffset(offset)}`);
	const [from, to = from] = instants;
	return from === undefined || to === undefined ? undefined : { from, to };
}

/** @param date of the form `YYYY-MM-DD` */
function wholeDay(date: string, clocks: Clocks): WrittenTime | undefined {
	const [midnight] = at(`${date}T00:00:00Z`);
	if (midnight === undefined) return undefined;
	const [from] = clocks(`${date}T00:00:00`);
	const to = endOfDay(date, toInstant(midnight + DAY_MS), clocks);
	return from === undefined || to === undefined ? undefined : { from, to };
}

/** @param next the midnight in UTC at the end of the day */
function endOfDay(date: string, next: Instant, clocks: Clocks): Instant | undefined {
	// The midnight after the last possible day cannot be written.
	if (next > LAST_INSTANT) return clocks(`${date}T23:59:59.999`).at(-1);
	// Some days do not have 24 hours, and some have no last second.
	const [behind] = clocks(formatInstant(next).slice(0, -1));
	return behind === undefined ? undefined : toInstant(behind - 1);
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
