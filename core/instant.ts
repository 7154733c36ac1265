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
	const usual = parseUsualInstant(text);
	return Number.isNaN(usual) ? parseAnyInstant(text) : usual;
}

/** The forms that the API sends, `2026-01-28T12:34:56Z` with any fraction, many times as fast; else NaN. */
function parseUsualInstant(text: string): number {
	const end = text.length - 1;
	const marks = text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':';
	if (!marks || text[16] !== ':' || text[end] !== 'Z') return NaN;
	const fraction = end > 20 && text[19] === '.' && digits(text, 20, end) >= 0;
	if (end !== 19 && !fraction) return NaN;
	const year = digits(text, 0, 4);
	const month = digits(text, 5, 7);
	const day = digits(text, 8, 10);
	const hour = digits(text, 11, 13);
	const minute = digits(text, 14, 16);
	const second = digits(text, 17, 19);
	// Not every month has more days, and Date takes small years for others.
	const usual = year > 99 && month > 0 && month < 13 && day > 0 && day < 29;
	if (!usual || hour > 23 || minute > 59 || second > 59) return NaN;
	const places = Math.min(end, 23) - 20;
	const millisecond = end === 19 ? 0 : digits(text, 20, 20 + places) * 10 ** (3 - places);
	return Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}

function digits(text: string, start: number, end: number): number {
	let number = 0;
	for (let at = start; at < end; at++) {
		const digit = text.charCodeAt(at) - 0x30;
		if (!(digit >= 0 && digit <= 9)) return NaN;
		number = number * 10 + digit;
	}
	return number;
}

function parseAnyInstant(text: string): number | undefined {
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
