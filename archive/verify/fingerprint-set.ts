const FIRST_CAPACITY = 1024;
/** No fingerprint is negative. */
const FREE = -1;

/** A set of fingerprints that takes 8 to 32 bytes for each, and can be emptied and filled again. */
export class FingerprintSet {
	/** Each fingerprint is at the place that its low bits name, or at the next free one. */
	#places = new Float64Array(FIRST_CAPACITY).fill(FREE);
	#size = 0;

	/** @returns whether the set did not hold the fingerprint yet */
	add(fingerprint: number): boolean {
		if (2 * this.#size >= this.#places.length) this.#grow();
		return this.#put(fingerprint);
	}

	clear(): void {
		this.#places.fill(FREE);
		this.#size = 0;
	}

	#put(fingerprint: number): boolean {
		const places = this.#places;
		const mask = places.length - 1;
		let at = fingerprint & mask;
		for (let found; (found = places[at]!) !== FREE; at = (at + 1) & mask) {
			if (found === fingerprint) return false;
		}
		places[at] = fingerprint;
		this.#size++;
		return true;
	}

	#grow(): void {
		const held = this.#places;
		this.#places = new Float64Array(2 * held.length).fill(FREE);
		this.#size = 0;
		for (const each of held) if (each !== FREE) this.#put(each);
	}
}
