const WORD = 2 ** 32;

/** All triples of letters and digits, because a lookup is fastest for millions of tokens. */
const TRIPLES = Array.from({ length: 36 ** 3 }, (_, index) => index.toString(36).padStart(3, '0'));

function triple(number: number): string {
	return TRIPLES[Math.floor(number) % TRIPLES.length]!;
}

/** Seeded random numbers (mulberry32): the same seed gives the same sequence everywhere. */
export class Random {
	private state: number;

	constructor(seed: number) {
		this.state = seed >>> 0;
	}

	/** A whole number from 0 to 2³² − 1. */
	word(): number {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let mixed = this.state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return (mixed ^ (mixed >>> 14)) >>> 0;
	}

	/** A number from 0 up to, not including, 1. */
	fraction(): number {
		return this.word() / WORD;
	}

	/** A whole number from 0 up to, not including, `limit`. */
	below(limit: number): number {
		return Math.floor(this.fraction() * limit);
	}

	chance(probability: number): boolean {
		return this.fraction() < probability;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)]!;
	}

	/** `length` hexadecimal digits. */
	hex(length: number): string {
		let digits = '';
		while (digits.length < length) digits += this.word().toString(16).padStart(8, '0');
		return digits.slice(0, length);
	}

	/** 12 letters and digits, enough for a million tokens without a collision. */
	token(): string {
		const [a, b] = [this.word(), this.word()];
		return triple(a) + triple(a / TRIPLES.length) + triple(b) + triple(b / TRIPLES.length);
	}

	uuid(): string {
		const h = this.hex(32);
		return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
	}
}

/** A number that depends only on the text (FNV-1a), to derive seeds and key suffixes from names. */
export function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index++) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return value >>> 0;
}
