import { type Activity, parseActivity, Unreadable } from '../../core';
import { MAX_PART_LINES } from '../limits';
import { sha256 } from '../sha256';

const NEWLINE = 0x0a;
/** The length of the shortest activity, in bytes. Shorter lines need no parsing. */
const LEAST_ACTIVITY = '{"id":"a","created_at":"2026-01-01T00:00:00Z"}'.length;

/** The lines of a part, numbered from 1. A last line without a newline counts, too. */
export class PartLines {
	/** The offset of each line, and the end of the last line. */
	readonly #bounds = [0];
	/** Whether there are more lines than a part can have. `count` leaves out the surplus lines. */
	readonly tooMany: boolean;

	constructor(private readonly bytes: Buffer) {
		let at = 0;
		while (at < bytes.length && this.count < MAX_PART_LINES) {
			const end = bytes.indexOf(NEWLINE, at);
			at = end === -1 ? bytes.length : end + 1;
			this.#bounds.push(at);
		}
		this.tooMany = at < bytes.length;
	}

	get count(): number {
		return this.#bounds.length - 1;
	}

	/** SHA-256 of consecutive lines with their newlines; `undefined` when the part has fewer lines. */
	hash(line: number, lines: number): string | undefined {
		const from = this.#bounds[line - 1];
		const to = this.#bounds[line - 1 + lines];
		if (from === undefined || to === undefined) return undefined;
		return sha256(this.bytes.subarray(from, to));
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

	#line(line: number): Buffer {
		return this.bytes.subarray(this.#bounds[line - 1], this.#bounds[line]);
	}
}
