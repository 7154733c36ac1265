import { type Activity, parseActivity, type RecordReader, Unreadable } from '../../core';
import { MAX_PART_LINES } from '../limits';
import { sha256 } from '../sha256';

const NEWLINE = 0x0a;
/** The length of the shortest activity, in bytes. Shorter lines need no parsing. */
const LEAST_ACTIVITY = '{"id":"a","created_at":"2026-01-01T00:00:00Z"}'.length;
const FIRST_LINES = 1024;

/** The lines of a part, numbered from 1. A last line without a newline counts, too. */
export class PartLines {
	/** The offset of each line, and the end of the last line. */
	#bounds = new Int32Array(FIRST_LINES);
	/** Number of lines. */
	readonly count: number;
	/** Whether there are more lines than a part can have. `count` leaves out the surplus lines. */
	readonly tooMany: boolean;

	constructor(private readonly bytes: Buffer) {
		let at = 0;
		let count = 0;
		while (at < bytes.length && count < MAX_PART_LINES) {
			const end = bytes.indexOf(NEWLINE, at);
			at = end === -1 ? bytes.length : end + 1;
			if (++count === this.#bounds.length) this.#grow();
			this.#bounds[count] = at;
		}
		this.count = count;
		this.tooMany = at < bytes.length;
	}

	#grow(): void {
		const larger = new Int32Array(2 * this.#bounds.length);
		larger.set(this.#bounds);
		this.#bounds = larger;
	}

	/** SHA-256 of consecutive lines with their newlines; `undefined` when the part has fewer lines. */
	hash(line: number, lines: number): string | undefined {
		if (line < 1 || line - 1 + lines > this.count) return undefined;
		return sha256(this.bytes.subarray(this.#bounds[line - 1], this.#bounds[line - 1 + lines]));
	}

	/**
	 * The id of the unreadable record in a line.
	 *
	 * @returns `undefined` when the line is empty
	 */
	unreadableId(line: number): string | undefined {
		const json = this.#line(line).toString().trimEnd();
		return json === '' ? undefined : new Unreadable(json, undefined).id;
	}

	/** @returns `undefined` when the line holds no activity */
	row(line: number): Activity | undefined {
		const json = this.#line(line);
		if (json.length < LEAST_ACTIVITY) return undefined;
		try {
			return parseActivity(json);
		} catch {
			return undefined;
		}
	}

	/**
	 * Reads what a check needs of a row, which takes far less than `row`.
	 *
	 * @returns whether the line holds an activity
	 */
	readRow(line: number, reader: RecordReader): boolean {
		const json = this.#line(line);
		return json.length >= LEAST_ACTIVITY && reader.read(json);
	}

	#line(line: number): Buffer {
		return this.bytes.subarray(this.#bounds[line - 1], this.#bounds[line]);
	}
}
