import { isTextAt, type Viewed, viewed } from './views';

/** More than the people who are at work at a time. */
const MOST = 5000;
/** In bytes. Few actors are longer. */
const LONGEST = 500;
/** How many bytes are hashed at a time. */
const WORD = 4;
/** That of FNV-1a. */
const PRIME = 0x01000193;

interface Known<Value> {
	readonly json: Viewed;
	readonly value: Value;
}

/**
 * What recurring JSON texts say, such as actors, each read once. The feed may send any, so what is kept is
 * bounded.
 */
export class KnownValues<Value> {
	/** By a hash; of several texts with the same hash, the last one. */
	readonly #known = new Map<number, Known<Value>>();

	/** @param read reads a text; it must not have effects */
	constructor(private readonly read: (json: string) => Value) {}

	/** What the JSON text between two places says. */
	at(bytes: Viewed, start: number, end: number): Value {
		const length = end - start;
		if (length > LONGEST) return this.read(textIn(bytes, start, length).toString());
		let hash = length;
		for (let at = start; at + WORD <= end; at += WORD) hash = mixed(hash, bytes.view.getInt32(at));
		// The rest, and what is before it once more.
		if (length >= WORD) hash = mixed(hash, bytes.view.getInt32(end - WORD));
		const known = this.#known.get(hash);
		if (known?.json.length === length && isTextAt(known.json, bytes, start)) return known.value;
		const json = Buffer.from(textIn(bytes, start, length));
		const value = this.read(json.toString());
		if (this.#known.size === MOST) this.#known.clear();
		this.#known.set(hash, { json: viewed(json), value });
		return value;
	}
}

function mixed(hash: number, word: number): number {
	return Math.imul(hash ^ word, PRIME);
}

function textIn({ view }: Viewed, start: number, length: number): Buffer {
	return Buffer.from(view.buffer, view.byteOffset + start, length);
}
