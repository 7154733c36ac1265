import { createHash } from 'crypto';

const FINGERPRINT_BYTES = 8;
/** 40 bits of milliseconds: 34 years, far more than the 6 years the API keeps activities. */
const OFFSET_BYTES = 5;
const ENTRY_BYTES = FINGERPRINT_BYTES + OFFSET_BYTES;
const MAX_OFFSET = 2 ** (8 * OFFSET_BYTES) - 1;

/** The first 64 bits of a text's SHA-256, in hex. */
export function fingerprint(text: string): string {
	return createHash('sha256')
		.update(text)
		.digest('hex')
		.slice(0, 2 * FINGERPRINT_BYTES);
}

/**
 * A set of ids of known size: 64 bits stand for each id, beside the instant until which it matters.
 * Two ids share a fingerprint with a probability of about n² / 2⁶⁵ for n ids in the set.
 */
export class Fingerprints {
	readonly #instants = new Map<string, number>();

	get size(): number {
		return this.#instants.size;
	}

	/** The latest instant in the set; `undefined` when it is empty. */
	get latest(): number | undefined {
		let latest: number | undefined;
		for (const instant of this.#instants.values()) {
			if (latest === undefined || instant > latest) latest = instant;
		}
		return latest;
	}

	has(id: string): boolean {
		return this.#instants.has(fingerprint(id));
	}

	/** @returns false when the id was in the set already */
	add(id: string, instant: number): boolean {
		const key = fingerprint(id);
		if (this.#instants.has(key)) return false;
		this.#instants.set(key, instant);
		return true;
	}

	/** Adds all of another set. */
	adopt(other: Fingerprints): void {
		for (const [key, instant] of other.#instants) this.#instants.set(key, instant);
	}

	/** @returns whether the id was in the set */
	delete(id: string): boolean {
		return this.#instants.delete(fingerprint(id));
	}

	/** Drops what is older than `instant`. */
	prune(instant: number): void {
		for (const [key, each] of this.#instants) if (each < instant) this.#instants.delete(key);
	}

	/** Drops the oldest until no more than `size` are left; of equally old ones, those added first. */
	shrink(size: number): void {
		const excess = this.#instants.size - size;
		if (excess <= 0) return;
		const oldestFirst = [...this.#instants].sort(([, one], [, other]) => one - other);
		for (const [key] of oldestFirst.slice(0, excess)) this.#instants.delete(key);
	}

	/**
	 * The set in base64, 13 bytes an id: the fingerprint, then the instant as big-endian offset in
	 * milliseconds from `origin`.
	 */
	encode(origin: number): string {
		const bytes = Buffer.alloc(this.#instants.size * ENTRY_BYTES);
		let at = 0;
		for (const [key, instant] of this.#instants) {
			bytes.write(key, at, 'hex');
			const offset = Math.min(Math.max(instant - origin, 0), MAX_OFFSET);
			bytes.writeUIntBE(offset, at + FINGERPRINT_BYTES, OFFSET_BYTES);
			at += ENTRY_BYTES;
		}
		return bytes.toString('base64');
	}

	/** @returns `undefined` when the text is not what `encode` writes */
	static decode(text: string, origin: number): Fingerprints | undefined {
		const bytes = Buffer.from(text, 'base64');
		if (bytes.length % ENTRY_BYTES !== 0 || bytes.toString('base64') !== text) return undefined;
		const set = new Fingerprints();
		for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
			const key = bytes.toString('hex', at, at + FINGERPRINT_BYTES);
			set.#instants.set(key, origin + bytes.readUIntBE(at + FINGERPRINT_BYTES, OFFSET_BYTES));
		}
		return set;
	}
}
