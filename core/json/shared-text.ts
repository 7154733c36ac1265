import { copyCompact, stringAt } from './json-bytes';
import type { JsonFields } from './json-fields';
import { KnownTexts } from './known-texts';

/** Types of activities and actors: there are few of them, and each occurs often. */
const known = new KnownTexts();

/**
 * A JSON text in UTF-8 that several objects may point into, such as a page with its activities, until one
 * of them takes it over. The bytes are not accessible otherwise, so nobody can detach or change them
 * while somebody reads.
 */
export class SharedText {
	#bytes: Buffer | undefined;

	/** @param bytes are the text's from now on */
	constructor(bytes: Buffer) {
		this.#bytes = bytes;
		this.length = bytes.length;
	}

	/** In bytes, also after the text was taken over. */
	readonly length: number;

	/**
	 * The value between two places, without insignificant white space.
	 *
	 * @param whiteSpace how many bytes of it there are
	 * @throws Error after the text was taken over
	 */
	value(start: number, end: number, whiteSpace: number): string {
		const bytes = this.#held();
		if (whiteSpace === 0) return bytes.toString('utf8', start, end);
		return this.#compact(start, end, whiteSpace).toString();
	}

	/**
	 * Reads the fields of that value, which are right until the text is taken over.
	 *
	 * @throws Error after the text was taken over
	 */
	readFields(fields: JsonFields, start: number, end: number, whiteSpace: number): void {
		const bytes = this.#held();
		if (whiteSpace === 0) fields.read(bytes, start);
		else fields.read(this.#compact(start, end, whiteSpace));
	}

	/**
	 * Copies the bytes of that value to `at` in `target`, which must have room for them.
	 *
	 * @throws Error after the text was taken over
	 */
	copy(target: Buffer, at: number, start: number, end: number, whiteSpace: number): void {
		const bytes = this.#held();
		if (whiteSpace === 0) bytes.copy(target, at, start, end);
		else copyCompact(bytes.subarray(start, end), target, at);
	}

	/**
	 * The string whose first character is at a place.
	 *
	 * @throws Error after the text was taken over
	 */
	string(start: number): string {
		return stringAt(this.#held(), start);
	}

	/**
	 * The same for a string that occurs often.
	 *
	 * @throws Error after the text was taken over
	 */
	recurring(start: number): string {
		return known.at(this.#held(), start);
	}

	/**
	 * Takes the bytes over. Every later read throws.
	 *
	 * @throws Error after the text was taken over
	 */
	release(): Buffer {
		const bytes = this.#held();
		this.#bytes = undefined;
		return bytes;
	}

	#compact(start: number, end: number, whiteSpace: number): Buffer {
		const compact = Buffer.allocUnsafe(end - start - whiteSpace);
		this.copy(compact, 0, start, end, whiteSpace);
		return compact;
	}

	#held(): Buffer {
		if (this.#bytes === undefined) {
			throw new Error('This text was taken over; the activities in it can no longer be read.');
		}
		return this.#bytes;
	}
}
