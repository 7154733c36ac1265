import { BACKSLASH, QUOTE } from './json-bytes';

// Reads and copies JSON several bytes at a time. The texts in it are so short that a built-in function takes
// longer to begin than these loops take, and loops over single bytes take up to twice as long.

const WORD = 4;
const TWO_WORDS = 2 * WORD;

// Each byte of a word.
const ONES = 0x01010101;
const HIGHEST_BITS = 0x80808080;
/** The number of a word's highest bit. */
const HIGHEST_BIT = 31;
const QUOTES = QUOTE * ONES;
const BACKSLASHES = BACKSLASH * ONES;

/** How many bytes behind what it copies `copyBytes` may read and write. */
export const BEYOND = TWO_WORDS - 1;

/** Bytes, with a view of the same memory: its own length is slow to read. */
export interface Viewed {
	readonly view: DataView;
	/** In bytes. */
	readonly length: number;
}

export function viewed({ buffer, byteOffset, length }: Uint8Array): Viewed {
	return { view: new DataView(buffer, byteOffset, length), length };
}

/**
 * Copies bytes to `to` in `target`. It reads and writes up to `BEYOND` bytes behind them, so what is there in
 * `target` must not count yet.
 *
 * @returns the place behind them
 * @throws RangeError where source or target end earlier
 */
export function copyBytes(
	{ view: source }: Viewed,
	start: number,
	end: number,
	{ view: target }: Viewed,
	to: number,
): number {
	const distance = to - start;
	for (let at = start; at < end; at += TWO_WORDS) {
		target.setInt32(at + distance, source.getInt32(at));
		target.setInt32(at + distance + WORD, source.getInt32(at + WORD));
	}
	return end + distance;
}

/** Whether a text is at this place. */
export function isTextAt(text: Viewed, bytes: Viewed, start: number): boolean {
	const last = text.length - WORD;
	if (start + text.length > bytes.length) return false;
	if (last < 0) return isShortTextAt(text, bytes, start);
	for (let at = 0; at < last; at += WORD) {
		if (text.view.getInt32(at) !== bytes.view.getInt32(start + at)) return false;
	}
	return text.view.getInt32(last) === bytes.view.getInt32(start + last);
}

function isShortTextAt(text: Viewed, bytes: Viewed, start: number): boolean {
	for (let at = 0; at < text.length; at++) {
		if (text.view.getUint8(at) !== bytes.view.getUint8(start + at)) return false;
	}
	return true;
}

/**
 * Passes what has no escape.
 *
 * @param start inside a string
 * @returns the place of the quotation mark that ends it, or of the first backslash
 * @throws RangeError where there is neither
 */
export function endOfPlainText({ view, length }: Viewed, start: number): number {
	let at = start;
	for (; at + WORD <= length; at += WORD) {
		const word = view.getInt32(at, true);
		const found = zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES);
		if (found !== 0) return at + ((HIGHEST_BIT - Math.clz32(found & -found)) >> 3);
	}
	for (; ; at++) {
		const byte = view.getUint8(at);
		if (byte === QUOTE || byte === BACKSLASH) return at;
	}
}

/**
 * The highest bit of each byte that is zero. Of the bytes behind the first of them, in the order of a
 * little-endian word, some others may have it, too: a borrow reaches them.
 */
function zeros(word: number): number {
	return (word - ONES) & ~word & HIGHEST_BITS;
}
