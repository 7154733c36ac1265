declare const whole: unique symbol;

/**
 * Whole milliseconds since the epoch, rounded down. Clocks count fractions; a fraction that gets into
 * a checkpoint is cut when it is stored, and ids are then forgotten too early. So the type has one
 * maker, `toInstant`, and sums and differences have to go through it again.
 */
export type Instant = number & { readonly [whole]: true };

/**
 * @param ms milliseconds since the epoch, with a fraction or not
 * @returns the instant, rounded down
 * @throws RangeError for what no date can hold
 */
export function toInstant(ms: number): Instant {
	if (!(Math.abs(ms) <= MAX_MS)) throw new RangeError('Not an instant.');
	// `+ 0` makes 0 of -0.
	return (Math.floor(ms) + 0) as Instant;
}

/** The furthest that a Date reaches, either way. */
export const MAX_MS = 8.64e15;

const FIRST_PLAUSIBLE = Date.UTC(2000, 0, 1);
const BEHIND_PLAUSIBLE = Date.UTC(9999, 0, 1);

/** Whether an instant is of the years 2000 to 9998: any other is a mistake. */
export function isPlausible(instant: Instant): boolean {
	return instant >= FIRST_PLAUSIBLE && !isBeyondPlausible(instant);
}

/** Whether an instant lies behind the year 9998. */
export function isBeyondPlausible(instant: Instant): boolean {
	return instant >= BEHIND_PLAUSIBLE;
}

const SECOND_MS = 1000;

/** A UTC day, in milliseconds. */
export const DAY_MS = 24 * 60 * 60_000;

/**
 * The second that an instant lies in. Frontiers, borders of sections and the order of activities are
 * judged by whole seconds, since the API may show a time more coarsely than it compares it.
 */
export function wholeSecond(instant: number): Instant {
	return toInstant(Math.floor(instant / SECOND_MS) * SECOND_MS);
}

// Date takes 24:00 for the next day, which is in no place of the feed's order.
const RFC_3339 =
	/^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):\d\d):(\d\d)(?:\.(\d{1,3})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an RFC 3339 date-time with an offset.
 *
 * @returns milliseconds since the epoch, rounded down; `undefined` when the text is no such date-time
 */
export function parseInstant(text: string): Instant | undefined {
	const match = RFC_3339.exec(text);
	if (!match) return undefined;
	const [, date = '', hourAndMinute, second, fraction = '', offset = ''] = match;
	// Date takes 30 February for 2 March.
	if (!isCalendarDate(date)) return undefined;
	// RFC 3339 allows the leap second 60, which Date does not know: it counts as the end of second 59.
	const precise = second === '60' ? '59.999' : `${second}.${fraction.padEnd(3, '0')}`;
	const instant = Date.parse(`${date}T${hourAndMinute}:${precise}${offset.toUpperCase()}`);
	return Number.isNaN(instant) ? undefined : toInstant(instant);
}

/** Whether a date of the form `YYYY-MM-DD` is in the calendar. */
function isCalendarDate(date: string): boolean {
	const midnight = Date.parse(`${date}T00:00:00Z`);
	return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}

/**
 * Reads an RFC 3339 date-time with an offset from the ASCII bytes that hold it.
 *
 * @returns as `parseInstant`
 */
export function parseInstantIn(bytes: Buffer, start: number, end: number): Instant | undefined {
	const usual = parseUsualInstant(bytes, start, end);
	// The usual form holds whole milliseconds, so a call for each of millions of records is saved.
	return Number.isNaN(usual)
		? parseInstant(bytes.toString('utf8', start, end))
		: (usual as Instant);
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const T = 0x54;
const Z = 0x5a;

/** The forms that the API sends, `2026-01-28T12:34:56Z` with any fraction, many times as fast; else NaN. */
function parseUsualInstant(bytes: Buffer, start: number, end: number): number {
	const last = end - 1;
	if (
		bytes[start + 4] !== DASH ||
		bytes[start + 7] !== DASH ||
		bytes[start + 10] !== T ||
		bytes[start + 13] !== COLON ||
		bytes[start + 16] !== COLON ||
		bytes[last] !== Z
	) {
		return NaN;
	}
	const point = start + 19;
	const hasFraction = last > point + 1 && bytes[point] === POINT;
	if (last !== point && !hasFraction) return NaN;
	const year = digits(bytes, start, 4);
	const month = digits(bytes, start + 5, 2);
	const day = digits(bytes, start + 8, 2);
	const hour = digits(bytes, start + 11, 2);
	const minute = digits(bytes, start + 14, 2);
	const second = digits(bytes, start + 17, 2);
	// Leap days are not worth a rule here, and Date takes small years for others.
	const usual = year > 99 && day > 0 && day <= (DAYS_IN_MONTH[month - 1] ?? 0);
	if (!usual || !(hour < 24 && minute < 60 && second < 60)) return NaN;
	const ms =
		daysUntil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * SECOND_MS;
	if (!hasFraction) return ms;
	const places = last - point - 1;
	// It is rounded down, but it has to be a number.
	if (places > 3 && Number.isNaN(digits(bytes, point + 4, places - 3))) return NaN;
	const known = Math.min(places, 3);
	return ms + digits(bytes, point + 1, known) * UNITS[known]!;
}

/** How many milliseconds one of the last of so many decimal places stands for. */
const UNITS = [NaN, 100, 10, 1];

/**
 * The days from the epoch to a date of the calendar: what Date.UTC gives takes longer to get than all
 * else here. Years begin in March for this, so that a leap day is the last of them.
 */
function daysUntil(year: number, month: number, day: number): number {
	const years = month > 2 ? year : year - 1;
	const months = month > 2 ? month - 3 : month + 9;
	const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
	return 365 * years + leapDays + Math.floor((153 * months + 2) / 5) + day - DAYS_BEFORE_EPOCH;
}

/** From the first of March of the year 0, and one more, as a month begins with its day 1. */
const DAYS_BEFORE_EPOCH = 719_469;

/** The number that so many digits make; NaN when one of them is none. */
function digits(bytes: Buffer, start: number, count: number): number {
	let number = 0;
	for (let at = start; at < start + count; at++) {
		const digit = bytes[at]! - 0x30;
		if (!(digit >= 0 && digit <= 9)) return NaN;
		number = number * 10 + digit;
	}
	return number;
}

/** The last instant that RFC 3339 can write: its years have four digits. */
export const LAST_INSTANT = toInstant(Date.UTC(9999, 11, 31, 23, 59, 59, 999));

/** Writes an instant the way the API's time filters take it; a later one than the last is the last. */
export function formatInstant(instant: number): string {
	return new Date(Math.min(instant, LAST_INSTANT)).toISOString();
}

/** One of the forms of a date in HTTP, the only one that is written today (RFC 9110, IMF-fixdate). */
const IMF_FIXDATE =
	/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads a date of an HTTP header.
 *
 * @returns `undefined` for anything but one IMF-fixdate: two of them, say, or an implausible one
 */
export function parseHttpDate(text: string): Instant | undefined {
	const date = IMF_FIXDATE.test(text) ? Date.parse(text) : NaN;
	const instant = Number.isNaN(date) ? undefined : toInstant(date);
	return instant !== undefined && isPlausible(instant) ? instant : undefined;
}

/** The UTC day of an instant, counted from the epoch. */
export function dayNumber(instant: number): number {
	return Math.floor(instant / DAY_MS);
}

/** The UTC day of an instant, as `YYYY-MM-DD`. */
export function utcDay(instant: number): string {
	return formatInstant(instant).slice(0, 10);
}
