/** More than the people who are at work at a time. */
const MOST = 5000;
/** In bytes. Few actors are longer. */
const LONGEST = 500;
/** Every third byte tells random ids apart. */
const STEP = 3;

interface Known<Value> {
	readonly json: Buffer;
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
	at(bytes: Buffer, start: number, end: number): Value {
		if (end - start > LONGEST) return this.read(bytes.toString('utf8', start, end));
		let hash = end - start;
		for (let at = start; at < end; at += STEP) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
		const known = this.#known.get(hash);
		if (known?.json.compare(bytes, start, end) === 0) return known.value;
		const json = Buffer.from(bytes.subarray(start, end));
		const value = this.read(json.toString());
		if (this.#known.size === MOST) this.#known.clear();
		this.#known.set(hash, { json, value });
		return value;
	}
}
