import { FINGERPRINT_BYTES, fingerprint } from '../fingerprint';
import { packDatedKeys, unpackDatedKeys } from './dated-keys';
import { type Instant, SECOND_MS, toInstant, wholeSecond } from '../instant';

/**
 * A set of ids of fixed size: 64 bits for each id, and the second until which it matters.
 * Two ids share a fingerprint with a probability of about n² / 2⁶⁵ for n ids in the set.
 */
export class Fingerprints {
	/** The decoded entries, whose ids are not known. */
	readonly #decoded = new Map<string, Instant>();
	/**
	 * Ids that were added as ids, not as fingerprints, with their seconds since the epoch. V8 would make an
	 * object of each number of milliseconds.
	 */
	#added = new Map<string, number>();
	/** Their fingerprints, computed on first use, because most ids of a backfill are dropped before. */
	#made = new Map<string, string>();

	get size(): number {
		return this.#decoded.size + this.#added.size;
	}

	has(id: string): boolean {
		return this.#added.has(id) || (this.#decoded.size > 0 && this.#decoded.has(fingerprint(id)));
	}

	/**
	 * @param instant not before 1970; its second counts
	 * @returns false if the id was already in the set
	 */
	add(id: string, instant: Instant): boolean {
		if (this.has(id)) return false;
		this.#added.set(id, wholeSecond(instant) / SECOND_MS);
		return true;
	}

	/** Changes the second until which an id of the set matters. */
	renew(id: string, instant: Instant): void {
		this.take(id);
		this.add(id, instant);
	}

	/** Adds all of another set. */
	adopt(other: Fingerprints): void {
		for (const [key, instant] of other.entries()) this.#decoded.set(key, instant);
	}

	/**
	 * Removes an id from the set.
	 *
	 * @returns the second that it was added with; `undefined` if it was not in the set
	 */
	take(id: string): Instant | undefined {
		const second = this.#added.get(id);
		if (second !== undefined) {
			this.#added.delete(id);
			return toInstant(second * SECOND_MS);
		}
		const key = fingerprint(id);
		const instant = this.#decoded.get(key);
		this.#decoded.delete(key);
		return instant;
	}

	/** How many ids matter until after `instant`. */
	countAfter(instant: Instant): number {
		let count = 0;
		for (const each of this.#decoded.values()) if (each > instant) count++;
		for (const second of this.#added.values()) if (second * SECOND_MS > instant) count++;
		return count;
	}

	/** Drops ids older than `instant`. */
	prune(instant: Instant): void {
		for (const [key, each] of this.#decoded) if (each < instant) this.#decoded.delete(key);
		const kept = new Map<string, number>();
		const made = new Map<string, string>();
		this.#added.forEach((second, id) => {
			if (second * SECOND_MS < instant) return;
			kept.set(id, second);
			const print = this.#made.get(id);
			if (print !== undefined) made.set(id, print);
		});
		this.#added = kept;
		this.#made = made;
	}

	/** Fingerprints and seconds, in the order in which they were added. */
	*entries(): Generator<[string, Instant]> {
		yield* this.#decoded;
		for (const [id, second] of this.#added) {
			const print = this.#made.get(id) ?? fingerprint(id);
			this.#made.set(id, print);
			yield [print, toInstant(second * SECOND_MS)];
		}
	}

	/** The set in base64, 13 bytes an id. */
	encode(): string {
		return packDatedKeys(this.entries(), this.size, FINGERPRINT_BYTES);
	}

	/** @returns `undefined` if the text does not have the form of `encode` */
	static decode(text: string): Fingerprints | undefined {
		return Fingerprints.#read(text);
	}

	/**
	 * Reads the form of version 1, with milliseconds from an origin in place of seconds.
	 *
	 * @returns as `decode`
	 */
	static decodeVersion1(text: string, origin: Instant): Fingerprints | undefined {
		return Fingerprints.#read(text, (number) => origin + number);
	}

	static #read(text: string, msOf?: (number: number) => number): Fingerprints | undefined {
		const set = new Fingerprints();
		const take = (key: string, instant: Instant) => void set.#decoded.set(key, instant);
		return unpackDatedKeys(text, FINGERPRINT_BYTES, take, msOf) ? set : undefined;
	}
}
