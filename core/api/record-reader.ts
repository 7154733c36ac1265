import { plainEndOf, stringAt } from '../json/json-bytes';
import type { Instant } from '../instant';
import { Rows } from '../activity/rows';
import { scanRecord } from './record-scan';

/**
 * Reads single records one after the other, such as the lines of a file. It finds what `parseActivity`
 * finds, without an object for each record. Its fields describe the record that it read last.
 */
export class RecordReader {
	createdAt = NaN as Instant;
	/** They hold the id between `idStart` and `idEnd`, as UTF-8. */
	idBytes: Uint8Array = new Uint8Array();
	idStart = 0;
	idEnd = 0;
	readonly #activities = new Rows(1);
	readonly #unreadable = new Rows(1);

	/**
	 * @param bytes the record, as UTF-8
	 * @returns whether it is an activity
	 */
	read(bytes: Buffer): boolean {
		const activities = this.#activities;
		activities.count = 0;
		this.#unreadable.count = 0;
		try {
			scanRecord(bytes, activities, this.#unreadable);
		} catch {
			return false;
		}
		if (activities.count === 0) return false;
		this.createdAt = activities.instant(0) as Instant;
		const start = activities.id(0);
		const end = plainEndOf(bytes, start);
		if (end >= 0) {
			this.idBytes = bytes;
			this.idStart = start;
			this.idEnd = end;
		} else {
			this.idBytes = Buffer.from(stringAt(bytes, start));
			this.idStart = 0;
			this.idEnd = this.idBytes.length;
		}
		return true;
	}
}
