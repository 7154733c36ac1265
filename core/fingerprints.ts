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

/** An id that was added by itself, not as a fingerprint. */
interface Entry {
	readonly instant: number;
	/** Made when it is first asked for: most ids of a backfill are dropped before. */
	fingerprint?: string;
}

/**
 * A set of ids of known size: 64 bits stand for each id, beside the instant until which it matters.
 * Two ids share a fingerprint with a probability of about n² / 2⁶⁵ for n ids in the set.
 */
export class Fingerprints {
	/** What was decoded: the ids themselves are not known. */
	readonly #decoded = new Map<string, number>();
	#added = new Map<string, Entry>();

	get size(): number {
		return this.#decoded.size + this.#added.size;
	}

	/** The latest instant in the set; `undefined` when it is empty. */
	get latest(): number | undefined {
		let latest: number | undefined;
		for (const [, instant] of this.#entries()) {
			if (latest === undefined || instant > latest) latest = instant;
		}
		return latest;
	}

	has(id: string): boolean {
		return this.#added.has(id) || (this.#decoded.size > 0 && this.#decoded.has(fingerprint(id)));
	}

	/** @returns false when the id was in the set already */
	add(id: string, instant: number): boolean {
		if (this.has(id)) return false;
		this.#added.set(id, { instant });
		return true;
	}

	/** Adds all of another set. */
	adopt(other: Fingerprints): void {
		for (const [key, instant] of other.#entries()) this.#decoded.set(key, instant);
	}

	/** @returns whether the id was in the set */
	delete(id: string): boolean {
		return this.#added.delete(id) || this.#decoded.delete(fingerprint(id));
	}

	/** Drops what is older than `instant`. */
	prune(instant: number): void {
		for (const [key, each] of this.#decoded) if (each < instant) this.#decoded.delete(key);
		const kept = new Map<string, Entry>();
		this.#added.forEach((each, id) => each.instant >= instant && kept.set(id, each));
		this.#added = kept;
	}

	/** Drops what is newer than `instant`. */
	pruneAfter(instant: number): void {
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

	/** Fingerprints and instants, in the order in which they were added. */
	*#entries(): Generator<[string, number]> {
		yield* this.#decoded;
		for (const [id, entry] of this.#added) {
			entry.fingerprint ??= fingerprint(id);
			yield [entry.fingerprint, entry.instant];
		}
	}

	/**
	 * The set in base64, 13 bytes an id: the fingerprint, then the instant as big-endian offset in
	 * milliseconds from `origin`.
	 */
	encode(origin: number): string {
		const bytes = Buffer.alloc(this.size * ENTRY_BYTES);
		let at = 0;
		for (const [key, instant] of this.#entries()) {
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
			set.#decoded.set(key, origin + bytes.readUIntBE(at + FINGERPRINT_BYTES, OFFSET_BYTES));
		}
		return set;
	}
}
