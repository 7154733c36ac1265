declare const whole: unique symbol;

/**
 * Whole milliseconds since the epoch, rounded down. Clocks count fractions. A checkpoint cuts
 * fractions when it is stored, so ids would be forgotten too early. So only `toInstant` makes this
 * type, also from sums and differences.
 */
export type Instant = number & { readonly [whole]: true };

/**
 * @param ms milliseconds since the epoch, with a fraction or not
 * @returns the instant, rounded down
 * @throws RangeError if no date can hold it
 */
export function toInstant(ms: number): Instant {
	if (!(Math.abs(ms) <= MAX_MS)) throw new RangeError('Not an instant.');
	// `+ 0` makes 0 of -0.
	return (Math.floor(ms) + 0) as Instant;
}

/** The largest distance of a Date from the epoch, in both directions. */
export const MAX_MS = 8.64e15;

const FIRST_PLAUSIBLE = Date.UTC(2000, 0, 1);
const BEHIND_PLAUSIBLE = Date.UTC(9999, 0, 1);

/** Whether an instant is within the years 2000 to 9998. Any other is a mistake. */
export function isPlausible(instant: Instant): boolean {
	return instant >= FIRST_PLAUSIBLE && !isBeyondPlausible(instant);
}

/** Whether an instant is after the year 9998. */
export function isBeyondPlausible(instant: Instant): boolean {
	return instant >= BEHIND_PLAUSIBLE;
}

/** A second, in milliseconds. */
export const SECOND_MS = 1000;

/** A UTC day, in milliseconds. */
export const DAY_MS = 24 * 60 * 60_000;

/**
 * The second of an instant. Frontiers, borders of sections and the order of activities count in
 * whole seconds, because the API may show times with less precision than it compares them.
 */
export function wholeSecond(instant: number): Instant {
	return toInstant(Math.floor(instant / SECOND_MS) * SECOND_MS);
}

// Date reads 24:00 as the next day, which breaks the feed's order.
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
	// Date reads 30 February as 2 March.
	if (!isCalendarDate(date)) return undefined;
	// RFC 3339 allows the leap second 60, but Date does not. It counts as the end of second 59.
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
 * Reads an RFC 3339 date-time with an offset from ASCII bytes.
 *
 * @returns as `parseInstant`
 */
export function parseInstantIn(bytes: Buffer, start: number, end: number): Instant | undefined {
	const usual = parseUsualInstant(bytes, start, end);
	// The usual form has whole milliseconds, so millions of calls are saved.
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

/** Reads the API's form `2026-01-28T12:34:56Z` with any fraction, many times as fast; NaN for other forms. */
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
	// Leap days are not worth a rule here, and Date reads small years as others.
	const usual = year > 99 && day > 0 && day <= (DAYS_IN_MONTH[month - 1] ?? 0);
	if (!usual || !(hour < 24 && minute < 60 && second < 60)) return NaN;
	const ms =
		daysUntil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * SECOND_MS;
	if (!hasFraction) return ms;
	const places = last - point - 1;
	// The fraction is cut, but it must be a number.
	if (places > 3 && Number.isNaN(digits(bytes, point + 4, places - 3))) return NaN;
	const known = Math.min(places, 3);
	return ms + digits(bytes, point + 1, known) * UNITS[known]!;
}

/** The milliseconds of one unit in the last of so many decimal places. */
const UNITS = [NaN, 100, 10, 1];

/**
 * The days from the epoch to a calendar date. Date.UTC takes longer than everything else here. Years
 * begin in March here, so that a leap day is the last day of its year.
 */
function daysUntil(year: number, month: number, day: number): number {
	const years = month > 2 ? year : year - 1;
	const months = month > 2 ? month - 3 : month + 9;
	const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
	return 365 * years + leapDays + Math.floor((153 * months + 2) / 5) + day - DAYS_BEFORE_EPOCH;
}

/** The days from the first of March of the year 0, and one more, because the days of a month begin at 1. */
const DAYS_BEFORE_EPOCH = 719_469;

/** The number in `count` digits; NaN if one of them is not a digit. */
function digits(bytes: Buffer, start: number, count: number): number {
	let number = 0;
	for (let at = start; at < start + count; at++) {
		const digit = bytes[at]! - 0x30;
		if (!(digit >= 0 && digit <= 9)) return NaN;
		number = number * 10 + digit;
	}
	return number;
}

/** The last instant in RFC 3339, whose years have four digits. */
export const LAST_INSTANT = toInstant(Date.UTC(9999, 11, 31, 23, 59, 59, 999));

/** Writes an instant for the API's time filters; after the last instant, it writes the last. */
export function formatInstant(instant: number): string {
	return new Date(Math.min(instant, LAST_INSTANT)).toISOString();
}

/** The form of a date in HTTP that servers must send (RFC 9110, IMF-fixdate). */
const IMF_FIXDATE =
	/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads a date of an HTTP header.
 *
 * @returns `undefined` unless the text is one plausible IMF-fixdate
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
