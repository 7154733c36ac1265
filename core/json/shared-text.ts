/**
 * A UTF-8 text that several objects may point into, such as a page with its activities, until one of
 * them takes it over. The bytes are not accessible otherwise, so nobody can detach or change them
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
	 * The text between two places.
	 *
	 * @throws Error after the text was taken over
	 */
	slice(start: number, end: number): string {
		return this.#held().toString('utf8', start, end);
	}

	/**
	 * Copies the bytes between two places to `at` in `target`, which has to have room for them.
	 *
	 * @throws Error after the text was taken over
	 */
	copy(target: Buffer, at: number, start: number, end: number): void {
		this.#held().copy(target, at, start, end);
	}

	/**
	 * Takes the bytes over: whoever reads here later gets an error.
	 *
	 * @throws Error after the text was taken over
	 */
	release(): Buffer {
		const bytes = this.#held();
		this.#bytes = undefined;
		return bytes;
	}

	#held(): Buffer {
		if (this.#bytes === undefined) {
			throw new Error('This text was taken over; the activities in it can no longer be read.');
		}
		return this.#bytes;
	}
}
