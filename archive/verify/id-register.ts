import { createHash } from 'node:crypto';

const FIRST_CAPACITY = 1024;

/** Finds repeated ids. Keeps 64-bit fingerprints, so that the ids of a large archive fit into memory. */
export class IdRegister {
	#fingerprints = new BigUint64Array(FIRST_CAPACITY);
	#size = 0;

	/** @returns the id's fingerprint */
	add(id: string): bigint {
		if (this.#size === this.#fingerprints.length) {
			const larger = new BigUint64Array(2 * this.#size);
			larger.set(this.#fingerprints);
			this.#fingerprints = larger;
		}
		const fingerprint = fingerprintOf(id);
		this.#fingerprints[this.#size++] = fingerprint;
		return fingerprint;
	}

	/** The fingerprints that were added more than once. Different ids rarely share one. */
	repeated(): ReadonlySet<bigint> {
		const all = this.#fingerprints.subarray(0, this.#size).sort();
		const repeated = new Set<bigint>();
		for (let at = 1; at < all.length; at++) {
			const each = all[at];
			if (each !== undefined && each === all[at - 1]) repeated.add(each);
		}
		return repeated;
	}
}

/** The first 64 bits of an id's SHA-256. */
export function fingerprintOf(id: string): bigint {
	return createHash('sha256').update(id).digest().readBigUInt64BE();
}
