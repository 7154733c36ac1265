/**
 * Reads JSON in place, as UTF-8 bytes. Parsing and printing a record would change `1.0`, large integers,
 * escapes and repeated keys, and takes several times as long.
 *
 * Each function that reads throws a SyntaxError where JSON.parse would.
 */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;
export const OPENING_BRACKET = 0x5b;
export const CLOSING_BRACKET = 0x5d;
export const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** 1 for each byte that means itself inside a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
	byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** 1 for each byte that completes an escape after a backslash. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) =>
	'"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const U = 0x75;

const WORDS = ['null', 'true', 'false'].map((word) => Buffer.from(word));

/** Whether a byte is insignificant white space between values. */
export function isWhiteSpace(byte: number | undefined): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Passes a string.
 *
 * @param start the place of its first character, after the quotation mark
 * @returns the end of its text; the complement, `~end`, if the text has an escape
 */
export function endOfString(bytes: Uint8Array, start: number): number {
	const { length } = bytes;
	let at = start;
	while (at < length && PLAIN[bytes[at]!] === 1) at++;
	return bytes[at] === QUOTE ? at : endOfEscapedString(bytes, at);
}

function endOfEscapedString(bytes: Uint8Array, start: number): number {
	const { length } = bytes;
	let at = start;
	while (bytes[at] !== QUOTE) {
		// Control characters, and the end of the text.
		if (bytes[at] !== BACKSLASH) throw unexpected(bytes, at);
		const escaped = bytes[at + 1] ?? 0;
		if (escaped === U) {
			for (let digit = at + 2; digit < at + 6; digit++) {
				if (!isHexDigit(bytes[digit])) throw unexpected(bytes, at);
			}
			at += 6;
		} else if (ESCAPED[escaped] === 1) at += 2;
		else throw unexpected(bytes, at);
		while (at < length && PLAIN[bytes[at]!] === 1) at++;
	}
	return ~at;
}

/**
 * Passes a number or a word.
 *
 * @returns the place behind it
 */
export function endOfScalar(bytes: Uint8Array, start: number): number {
	const first = bytes[start];
	if (first === MINUS || isDigit(first)) return endOfNumber(bytes, start);
	for (const word of WORDS) if (standsAt(word, bytes, start)) return start + word.length;
	throw unexpected(bytes, start);
}

function endOfNumber(bytes: Uint8Array, start: number): number {
	let at = start;
	if (bytes[at] === MINUS) at++;
	// No digit follows a zero.
	at = bytes[at] === ZERO ? at + 1 : endOfDigits(bytes, at);
	if (bytes[at] === POINT) at = endOfDigits(bytes, at + 1);
	// e or E
	if ((bytes[at]! | 0x20) !== 0x65) return at;
	at++;
	if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
	return endOfDigits(bytes, at);
}

function endOfDigits(bytes: Uint8Array, start: number): number {
	if (!isDigit(bytes[start])) throw unexpected(bytes, start);
	let at = start + 1;
	while (isDigit(bytes[at])) at++;
	return at;
}

function isDigit(byte: number | undefined): boolean {
	return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number | undefined): boolean {
	return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** Whether a text is at this place. */
export function standsAt(text: Uint8Array, bytes: Uint8Array, start: number): boolean {
	for (let at = 0; at < text.length; at++) if (text[at] !== bytes[start + at]) return false;
	return true;
}

/**
 * Decodes a string.
 *
 * @param start the place of its first character, after the quotation mark
 */
export function stringAt(bytes: Buffer, start: number): string {
	const plainEnd = plainEndOf(bytes, start);
	if (plainEnd >= 0) return bytes.toString('latin1', start, plainEnd);
	const end = endOfString(bytes, start);
	return end >= 0
		? bytes.toString('utf8', start, end)
		: (JSON.parse(bytes.toString('utf8', start - 1, ~end + 1)) as string);
}

/**
 * Passes a string whose bytes are its text: ASCII without escapes.
 *
 * @param start the place of its first character, after the quotation mark
 * @returns the end of its text; -1 for any other string
 */
export function plainEndOf(bytes: Uint8Array, start: number): number {
	let at = start;
	let byte: number;
	while ((byte = bytes[at]!) !== QUOTE && byte !== BACKSLASH && byte < 0x80) at++;
	return byte === QUOTE ? at : -1;
}

/**
 * Copies valid JSON without its insignificant white space.
 *
 * @returns the number of bytes copied
 */
export function copyCompact(bytes: Uint8Array, target: Uint8Array, targetStart: number): number {
	let to = targetStart;
	let inString = false;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at]!;
		if (!inString && byte <= 0x20) continue;
		target[to++] = byte;
		if (byte === QUOTE) inString = !inString;
		else if (inString && byte === BACKSLASH) target[to++] = bytes[++at]!;
	}
	return to - targetStart;
}

/** The error for a byte that is not allowed at its place. */
export function unexpected(bytes: Uint8Array, at: number): SyntaxError {
	const what = at < bytes.length ? 'Something unexpected' : 'An unexpected end';
	return new SyntaxError(`${what} at byte ${at} of JSON`);
}
