import { randomBytes } from 'node:crypto';
import { type Fingerprint, keyedFingerprint } from './fingerprint';
import { FingerprintSet } from './fingerprint-set';

/** Fingerprints with the same 6 highest bits are on one shelf, where the other 47 take 6 bytes. */
const SHELVES = 64;
const SHELF = 2 ** 47;
const LOW = 2 ** 32;
/** How many fingerprints a shelf gets room for at a time. */
const ROOM = 2048;

/** Finds repeated ids. Keeps fingerprints only, so that the ids of a large archive fit into memory. */
export class IdRegister {
	readonly #shelves = Array.from({ length: SHELVES }, () => new Shelf());

	/**
	 * @param fingerprintOf the same for equal ids. The default has a key of its own, so that nobody can
	 *   prepare ids with the same fingerprint
	 */
	constructor(readonly fingerprintOf: Fingerprint = keyedFingerprint(randomBytes(8))) {}

	add(fingerprint: number): void {
		const place = Math.floor(fingerprint / SHELF);
		this.#shelves[place]!.add(fingerprint - place * SHELF);
	}

	/** The fingerprints that were added more than once. Different ids rarely share one. */
	repeated(): ReadonlySet<number> {
		const repeated = new Set<number>();
		const seen = new FingerprintSet();
		for (const [place, shelf] of this.#shelves.entries()) {
			seen.clear();
			shelf.forEach((each) => {
				if (!seen.add(each)) repeated.add(place * SHELF + each);
			});
		}
		return repeated;
	}
}

/** Numbers of 48 bits. They are never moved, so no copies wait for the garbage collector. */
class Shelf {
	readonly #lows: Uint32Array[] = [];
	readonly #highs: Uint16Array[] = [];
	#size = 0;

	add(number: number): void {
		const at = this.#size++ % ROOM;
		if (at === 0) {
			this.#lows.push(new Uint32Array(ROOM));
			this.#highs.push(new Uint16Array(ROOM));
		}
		const room = this.#lows.length - 1;
		const high = Math.floor(number / LOW);
		this.#highs[room]![at] = high;
		this.#lows[room]![at] = number - high * LOW;
	}

	forEach(visit: (number: number) => void): void {
		for (const [room, lows] of this.#lows.entries()) {
			const highs = this.#highs[room]!;
			const count = Math.min(this.#size - room * ROOM, ROOM);
			for (let at = 0; at < count; at++) visit(highs[at]! * LOW + lows[at]!);
		}
	}
}
