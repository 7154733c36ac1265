import { type Instant, MAX_MS, SECOND_MS, wholeSecond } from '../instant';

/** 40 bits of seconds reach far beyond the years of all readable records. */
const SECONDS_BYTES = 5;

/**
 * Packs keys of one length, each with a second, into base64: a key's bytes, then big-endian seconds since
 * the epoch.
 *
 * @param count how many entries there are
 * @param keyBytes the length of a key, in bytes; the key is in hex
 */
export function packDatedKeys(
	entries: Iterable<readonly [key: string, instant: Instant]>,
	count: number,
	keyBytes: number,
): string {
	const bytes = Buffer.alloc(count * (keyBytes + SECONDS_BYTES));
	let at = 0;
	for (const [key, instant] of entries) {
		bytes.write(key, at, 'hex');
		bytes.writeUIntBE(instant / SECOND_MS, at + keyBytes, SECONDS_BYTES);
		at += keyBytes + SECONDS_BYTES;
	}
	return bytes.toString('base64');
}

/**
 * Undoes `packDatedKeys`. The text is untrusted.
 *
 * @param msOf converts the number beside a key to milliseconds since the epoch
 * @param take gets each entry in turn
 * @returns false if the text has another form; the entries so far are then invalid
 */
export function unpackDatedKeys(
	text: string,
	keyBytes: number,
	take: (key: string, instant: Instant) => void,
	msOf = (number: number) => number * SECOND_MS,
): boolean {
	const bytes = Buffer.from(text, 'base64');
	const entryBytes = keyBytes + SECONDS_BYTES;
	if (bytes.length % entryBytes !== 0 || bytes.toString('base64') !== text) return false;
	for (let at = 0; at < bytes.length; at += entryBytes) {
		const ms = msOf(bytes.readUIntBE(at + keyBytes, SECONDS_BYTES));
		if (ms > MAX_MS) return false;
		take(bytes.toString('hex', at, at + keyBytes), wholeSecond(ms));
	}
	return true;
}
