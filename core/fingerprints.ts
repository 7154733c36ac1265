import { createHash } from 'crypto';
import { type Instant, MAX_MS, wholeSecond } from './instant';

const FINGERPRINT_BYTES = 8;
/** 40 bits of seconds reach far beyond all years that a record is read with. */
const SECONDS_BYTES = 5;
const ENTRY_BYTES = FINGERPRINT_BYTES + SECONDS_BYTES;
const SECOND_MS = 1000;

/** The first 64 bits of a text's SHA-256, in hex. */
export function fingerprint(text: string): string {
	return createHash('sha256')
		.update(text)
		.digest('hex')
		.slice(0, 2 * FINGERPRINT_BYTES);
}

/** An id that was added by itself, not as a fingerprint. */
interface Entry {
	readonly instant: Instant;
	/** Made when it is first asked for: most ids of a backfill are dropped before. */
	fingerprint?: string;
}

/**
 * A set of ids of known size: 64 bits stand for each id, beside the second until which it matters.
 * Two ids share a fingerprint with a probability of about n² / 2⁶⁵ for n ids in the set.
 */
export class Fingerprints {
	/** What was decoded: the ids themselves are not known. */
	readonly #decoded = new Map<string, Instant>();
	#added = new Map<string, Entry>();

	get size(): number {
		return this.#decoded.size + this.#added.size;
	}

	has(id: string): boolean {
		return this.#added.has(id) || (this.#decoded.size > 0 && this.#decoded.has(fingerprint(id)));
	}

	/**
	 * @param instant not before 1970; its second counts
	 * @returns false when the id was in the set already
	 */
	add(id: string, instant: Instant): boolean {
		if (this.has(id)) return false;
		this.#added.set(id, { instant: wholeSecond(instant) });
		return true;
	}

	/** Has an id of the set matter until another second. */
	renew(id: string, instant: Instant): void {
		this.take(id);
		this.add(id, instant);
	}

	/** Adds all of another set. */
	adopt(other: Fingerprints): void {
		for (const [key, instant] of other.entries()) this.#decoded.set(key, instant);
	}

	/**
	 * Takes an id out of the set.
	 *
	 * @returns the second it was added with; `undefined` when it was not in the set
	 */
	take(id: string): Instant | undefined {
		const added = this.#added.get(id);
		if (added) {
			this.#added.delete(id);
			return added.instant;
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
		for (const each of this.#added.values()) if (each.instant > instant) count++;
		return count;
	}

	/** Drops what is older than `instant`. */
	prune(instant: Instant): void {
		for (const [key, each] of this.#decoded) if (each < instant) this.#decoded.delete(key);
		const kept = new Map<string, Entry>();
		this.#added.forEach((each, id) => each.instant >= instant && kept.set(id, each));
		this.#added = kept;
	}

	/** Drops what is newer than `instant`. */
	pruneAfter(instant: Instant): void {
		for (const [key, each] of this.#decoded) if (each > instant) this.#decoded.delete(key);
		for (const [id, each] of this.#added) if (each.instant > instant) this.#added.delete(id);
	}

	/** Drops the oldest until no more than `size` are left; of equally old ones, those added first. */
	shrink(size: number): void {
		const excess = this.size - size;
		if (excess <= 0) return;
		const all: { readonly instant: number; readonly drop: () => void }[] = [];
		for (const [key, instant] of this.#decoded) {
			all.push({ instant, drop: () => this.#decoded.delete(key) });
		}
		for (const [id, { instant }] of this.#added) {
			all.push({ instant, drop: () => this.#added.delete(id) });
		}
		all.sort((one, other) => one.instant - other.instant);
		for (const { drop } of all.slice(0, excess)) drop();
	}

	/** Fingerprints and seconds, in the order in which they were added. */
	*entries(): Generator<[string, Instant]> {
		yield* this.#decoded;
		for (const [id, entry] of this.#added) {
			entry.fingerprint ??= fingerprint(id);
			yield [entry.fingerprint, entry.instant];
		}
	}

	/** The set in base64, 13 bytes an id: the fingerprint, then big-endian seconds since the epoch. */
	encode(): string {
		const bytes = Buffer.alloc(this.size * ENTRY_BYTES);
		let at = 0;
		for (const [key, instant] of this.entries()) {
			bytes.write(key, at, 'hex');
			bytes.writeUIntBE(instant / SECOND_MS, at + FINGERPRINT_BYTES, SECONDS_BYTES);
			at += ENTRY_BYTES;
		}
		return bytes.toString('base64');
	}

	/** @returns `undefined` when the text is not what `encode` writes */
	static decode(text: string): Fingerprints | undefined {
		return Fingerprints.#read(text, (number) => number * SECOND_MS);
	}

	/**
	 * Reads what format version 1 wrote: milliseconds from an origin in place of seconds.
	 *
	 * @returns as `decode`
	 */
	static decodeVersion1(text: string, origin: Instant): Fingerprints | undefined {
		return Fingerprints.#read(text, (number) => origin + number);
	}

	static #read(text: string, msOf: (number: number) => number): Fingerprints | undefined {
		const bytes = Buffer.from(text, 'base64');
		if (bytes.length % ENTRY_BYTES !== 0 || bytes.toString('base64') !== text) return undefined;
		const set = new Fingerprints();
		for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
			const key = bytes.toString('hex', at, at + FINGERPRINT_BYTES);
			const ms = msOf(bytes.readUIntBE(at + FINGERPRINT_BYTES, SECONDS_BYTES));
			if (ms > MAX_MS) return undefined;
			set.#decoded.set(key, wholeSecond(ms));
		}
		return set;
	}
}
