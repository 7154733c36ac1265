import { BACKSLASH, QUOTE, stringAt } from './json-bytes';

/** There are fewer types than this; other texts need not be kept. */
const MAX_TEXTS = 10_000;

/** Recurring texts, each decoded once. */
export class KnownTexts {
	/** By a hash; of several texts with the same hash, the last one. */
	readonly #texts = new Map<number, string>();

	/** The string whose first character is at a place in valid JSON. */
	at(bytes: Buffer, start: number): string {
		let hash = 0;
		let end = start;
		for (let byte; (byte = bytes[end]!) !== QUOTE; end++) {
			// The bytes of such a text are not its characters.
			if (byte === BACKSLASH || !(byte < 0x80)) return stringAt(bytes, start);
			hash = (Math.imul(hash, 31) + byte) | 0;
		}
		const known = this.#texts.get(hash);
		if (known !== undefined && isAt(known, bytes, start, end)) return known;
		const text = bytes.toString('latin1', start, end);
		if (this.#texts.size === MAX_TEXTS) this.#texts.clear();
		this.#texts.set(hash, text);
		return text;
	}
}

/** Whether exactly this ASCII text is between two places. */
function isAt(text: string, bytes: Buffer, start: number, end: number): boolean {
	if (text.length !== end - start) return false;
	for (let at = 0; at < text.length; at++) {
		if (text.charCodeAt(at) !== bytes[start + at]) return false;
	}
	return true;
}
