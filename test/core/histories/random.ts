const WORD = 2 ** 32;

/** Random numbers from one seed (sfc32). Streams of the same seed are independent of each other. */
export class Random {
	#a: number;
	#b: number;
	#c: number;
	#count = 1;

	constructor(seed: number, stream: number) {
		this.#a = seed | 0;
		this.#b = Math.floor(seed / WORD) | 0;
		this.#c = stream | 0;
		// After this many words, neighbouring seeds have little in common.
		for (let round = 0; round < 12; round++) this.#word();
	}

	#word(): number {
		const word = (this.#a + this.#b + this.#count) | 0;
		this.#count = (this.#count + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
		return word >>> 0;
	}

	/** From 0 up to, not including, 1. */
	fraction(): number {
		return this.#word() / WORD;
	}

	/** Any number from `low` up to, not including, `high`. */
	between(low: number, high: number): number {
		return low + this.fraction() * (high - low);
	}

	/** A whole number from `low` to `high`, both included. */
	whole(low: number, high: number): number {
		return low + Math.floor(this.fraction() * (high - low + 1));
	}

	chance(probability: number): boolean {
		return this.fraction() < probability;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.whole(0, items.length - 1)]!;
	}

	/** Letters and digits. A million tokens are all different. */
	token(): string {
		return this.#word().toString(36).padStart(7, '0') + this.#word().toString(36).padStart(7, '0');
	}
}
