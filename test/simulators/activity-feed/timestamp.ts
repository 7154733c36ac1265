const RFC3339 =
	/^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The precision of a shown time. */
export type Precision = 'seconds' | 'milliseconds' | 'microseconds';

const DIGITS: Record<Precision, number> = { seconds: 0, milliseconds: 3, microseconds: 6 };
const SECOND = 1_000_000;

/**
 * Reads an RFC 3339 timestamp as microseconds since 1970, the feed's resolution, which a number
 * holds exactly. Finer digits are cut off. Undefined if the text is not a timestamp, has no offset,
 * or names a day that does not exist.
 */
export function parseTimestamp(text: string): number | undefined {
	const match = RFC3339.exec(text);
	if (!match) return undefined;
	const [
		,
		year,
		month,
		day,
		hour,
		minute,
		second,
		fraction = '',
		,
		sign,
		offsetHour,
		offsetMinute,
	] = match;
	const wall = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
	const canonical = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
	if (Number.isNaN(wall) || new Date(wall).toISOString() !== canonical) return undefined;
	if (sign && (+offsetHour! > 23 || +offsetMinute! > 59)) return undefined;
	const offset = sign ? (sign === '-' ? -1 : 1) * (+offsetHour! * 60 + +offsetMinute!) : 0;
	return (wall - offset * 60_000) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/**
 * Writes microseconds since 1970 like the API: in UTC, with all digits of the precision, or with no
 * fraction if they are all zero. Finer digits are cut off.
 */
export function formatTimestamp(micros: number, precision: Precision = 'microseconds'): string {
	const whole = wholeSecond(micros);
	const text = new Date(whole / 1000).toISOString().slice(0, 19);
	const fraction = String(micros - whole)
		.padStart(6, '0')
		.slice(0, DIGITS[precision]);
	return Number(fraction) === 0 ? `${text}Z` : `${text}.${fraction}Z`;
}

/** The start of a time's second, in microseconds. */
export function wholeSecond(micros: number): number {
	return Math.floor(micros / SECOND) * SECOND;
}

/** Converts a clock's milliseconds, which may have a fraction, to microseconds. Finer digits are cut off. */
export function microsOf(ms: number): number {
	return Math.floor(ms * 1000);
}
