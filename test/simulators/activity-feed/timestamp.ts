const RFC3339 =
	/^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an RFC 3339 timestamp as microseconds since 1970, the feed's resolution: a number still
 * holds them exactly. Finer digits are cut off. Undefined when the text is none, lacks its offset
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

/** Writes microseconds since 1970 with as many fraction digits as asked for, in UTC. */
export function formatTimestamp(micros: number, digits: 0 | 3 | 6, zone: 'Z' | '+00:00'): string {
	const ms = Math.floor(micros / 1000);
	const text = new Date(ms).toISOString();
	if (digits === 0) return text.slice(0, 19) + zone;
	if (digits === 3) return text.slice(0, 23) + zone;
	return text.slice(0, 23) + String(micros - ms * 1000).padStart(3, '0') + zone;
}
