import { isPlausible, parseActivity, parseInstantIn } from '../../core';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** 1 for each byte that means itself inside a string. */
const PLAIN = tableOf((byte) => byte < 0x80 && byte >= SPACE && !isSpecial(byte));
/** 1 for each byte that a string may hold, and that ends neither the string nor its plain part. */
const IN_STRING = tableOf((byte) => byte >= SPACE && !isSpecial(byte));
/** 1 for each byte that may follow a backslash, except the `u` of a longer escape. */
const ESCAPED = tableOf((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));

const ID = Buffer.from('id');
const CREATED_AT = Buffer.from('created_at');
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));
/** So deep is a record nested whose brackets fit into 32 bits. */
const MAX_DEPTH = 31;
/** Says that only the parser of the core knows. */
const UNUSUAL = -1;

/**
 * Reads activities one after the other. Its fields are about the one that it read last.
 *
 * It finds what `parseActivity` finds. It reads lines in the usual form by itself, because an object for
 * each of millions of lines takes several times as long, and leaves the others to `parseActivity`.
 */
export class RowReader {
	/** In milliseconds since the epoch. */
	createdAt = NaN;
	/** Hold the id between `idStart` and `idEnd`, as UTF-8. */
	idBytes: Uint8Array = new Uint8Array();
	idStart = 0;
	idEnd = 0;
	#timeStart = 0;
	#timeEnd = 0;

	/**
	 * @param bytes hold a line between `start` and `end`
	 * @returns whether the line holds an activity
	 */
	read(bytes: Buffer, start: number, end: number): boolean {
		return this.#readUsual(bytes, start, end) || this.#readAny(bytes.subarray(start, end));
	}

	#readAny(line: Buffer): boolean {
		try {
			const activity = parseActivity(line);
			if (!activity) return false;
			this.createdAt = activity.createdAt;
			this.idBytes = Buffer.from(activity.id);
			this.idStart = 0;
			this.idEnd = this.idBytes.length;
			return true;
		} catch {
			return false;
		}
	}

	/** @returns whether it is certain that the line holds an activity */
	#readUsual(bytes: Buffer, start: number, end: number): boolean {
		// A newline is in no JSON of one line, so every loop below ends there.
		if (bytes[end - 1] !== NEWLINE) return false;
		this.idEnd = 0;
		this.#timeEnd = 0;
		if (this.#passRecord(bytes, start) !== end - 1) return false;
		if (this.idEnd === 0 || this.#timeEnd === 0) return false;
		const createdAt = parseInstantIn(bytes, this.#timeStart, this.#timeEnd);
		if (createdAt === undefined || !isPlausible(createdAt)) return false;
		this.createdAt = createdAt;
		this.idBytes = bytes;
		return true;
	}

	/** @returns the place behind the record that begins here */
	#passRecord(bytes: Buffer, start: number): number {
		if (bytes[start] !== OPENING_BRACE) return UNUSUAL;
		let at = start + 1;
		let depth = 1;
		/** What is open, a bit for each level: 1 for an object, 0 for an array. */
		let open = 1;
		for (;;) {
			let key = 0;
			if ((open & 1) === 1) {
				if (bytes[at] !== QUOTE) return UNUSUAL;
				key = ++at;
				while (PLAIN[bytes[at]!] === 1) at++;
				if (bytes[at] !== QUOTE || bytes[at + 1] !== COLON) return UNUSUAL;
				at += 2;
			}
			const first = bytes[at];
			const isOwn = depth === 1;
			if (isOwn && holds(bytes, key, at - 2, ID)) {
				at = this.#passId(bytes, at);
			} else if (isOwn && holds(bytes, key, at - 2, CREATED_AT)) {
				at = this.#passTime(bytes, at);
			} else if (first === QUOTE) {
				at = passString(bytes, at);
			} else if (first === OPENING_BRACE || first === OPENING_BRACKET) {
				const isObject = first === OPENING_BRACE;
				at++;
				if (bytes[at] !== (isObject ? CLOSING_BRACE : CLOSING_BRACKET)) {
					if (depth++ === MAX_DEPTH) return UNUSUAL;
					open = (open << 1) | (isObject ? 1 : 0);
					continue;
				}
				at++;
			} else {
				at = passScalar(bytes, at);
			}
			if (at === UNUSUAL) return UNUSUAL;
			for (let byte; (byte = bytes[at++]) !== COMMA; open >>>= 1) {
				if (byte !== ((open & 1) === 1 ? CLOSING_BRACE : CLOSING_BRACKET)) return UNUSUAL;
				if (--depth === 0) return at;
			}
		}
	}

	#passId(bytes: Buffer, at: number): number {
		this.idStart = at + 1;
		this.idEnd = endOfPlain(bytes, at);
		// White space alone is no id.
		return this.idEnd === UNUSUAL || bytes[at + 1]! <= SPACE ? UNUSUAL : this.idEnd + 1;
	}

	#passTime(bytes: Buffer, at: number): number {
		this.#timeStart = at + 1;
		this.#timeEnd = endOfPlain(bytes, at);
		return this.#timeEnd === UNUSUAL ? UNUSUAL : this.#timeEnd + 1;
	}
}

function isSpecial(byte: number): boolean {
	return byte === QUOTE || byte === BACKSLASH;
}

function tableOf(has: (byte: number) => boolean): Uint8Array {
	return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0));
}

function holds(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
	if (end - start !== text.length) return false;
	for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false;
	return true;
}

/** The end of the text of a string in ASCII, without escapes, that is not empty. */
function endOfPlain(bytes: Buffer, start: number): number {
	if (bytes[start] !== QUOTE) return UNUSUAL;
	let at = start + 1;
	while (PLAIN[bytes[at]!] === 1) at++;
	return bytes[at] === QUOTE && at > start + 1 ? at : UNUSUAL;
}

function passString(bytes: Buffer, start: number): number {
	for (let at = start + 1; ; at += 2) {
		while (IN_STRING[bytes[at]!] === 1) at++;
		if (bytes[at] === QUOTE) return at + 1;
		if (bytes[at] !== BACKSLASH) return UNUSUAL;
		if (ESCAPED[bytes[at + 1]!] === 1) continue;
		for (let digit = at + 2; digit < at + 6; digit++) {
			if (!isHexadecimal(bytes[digit]!)) return UNUSUAL;
		}
		if (bytes[at + 1] !== 0x75) return UNUSUAL;
		at += 4;
	}
}

function isHexadecimal(byte: number): boolean {
	const letter = byte | 0x20;
	return isDigit(byte) || (letter >= 0x61 && letter <= 0x66);
}

function isDigit(byte: number): boolean {
	return byte >= ZERO && byte <= 0x39;
}

/** Passes a number without an exponent, or a word. */
function passScalar(bytes: Buffer, start: number): number {
	let at = bytes[start] === MINUS ? start + 1 : start;
	if (!isDigit(bytes[at]!)) return passWord(bytes, start);
	if (bytes[at++] !== ZERO) while (isDigit(bytes[at]!)) at++;
	if (bytes[at] !== POINT) return at;
	const fraction = ++at;
	while (isDigit(bytes[at]!)) at++;
	return at === fraction ? UNUSUAL : at;
}

function passWord(bytes: Buffer, start: number): number {
	for (const word of WORDS) {
		if (holds(bytes, start, start + word.length, word)) return start + word.length;
	}
	return UNUSUAL;
}
