/** The number of 32-bit integers in a row. The first two hold a 64-bit number. */
const WIDTH = 10;
const INSTANT = 0;
const START = 2;
const END = 3;
const WHITE_SPACE = 4;
const ID = 5;
const TYPE = 6;
const ACTOR_TYPE = 7;
const USER_ID = 8;
const REQUEST_ID = 9;

/**
 * A table of the records in a text: 40 bytes for each, and no object.
 *
 * A place is an offset in the text, in bytes. The place of a string is that of its first character, after
 * the quotation mark; 0 means that there is no such string.
 *
 * Reading a row throws once the memory was taken over.
 */
export class Rows {
	/** How many rows there are. */
	count = 0;
	#integers: Int32Array<ArrayBuffer>;
	/** The same memory. */
	#doubles: Float64Array;

	/** @param capacity how many rows to expect */
	constructor(capacity: number) {
		const memory = new ArrayBuffer(Rows.lengthOf(capacity));
		this.#integers = new Int32Array(memory);
		this.#doubles = new Float64Array(memory);
	}

	/** The size of the rows, in bytes. */
	get length(): number {
		return Rows.lengthOf(this.count);
	}

	/** The size of so many rows, in bytes. */
	static lengthOf(count: number): number {
		return count * WIDTH * Int32Array.BYTES_PER_ELEMENT;
	}

	/**
	 * Takes the memory of the rows over, in the byte order of this machine. Every later read throws; the
	 * count remains.
	 */
	release(): Buffer {
		const bytes = Buffer.from(this.#integers.buffer, 0, this.length);
		this.#integers = new Int32Array(0);
		this.#doubles = new Float64Array(0);
		return bytes;
	}

	/** The rows of a table, from a copy of what `release` returned. */
	static from(bytes: Buffer): Rows {
		const rows = new Rows(bytes.length / Rows.lengthOf(1));
		new Uint8Array(rows.#integers.buffer).set(bytes);
		rows.count = rows.#integers.length / WIDTH;
		return rows;
	}

	/** A new table with the rows whose instant is chosen. */
	filter(isChosen: (instant: number) => boolean): Rows {
		const rows = new Rows(this.count);
		for (let row = 0; row < this.count; row++) {
			if (!isChosen(this.instant(row))) continue;
			const from = row * WIDTH;
			rows.#integers.set(this.#integers.subarray(from, from + WIDTH), rows.count++ * WIDTH);
		}
		return rows;
	}

	/**
	 * Adds a row.
	 *
	 * @param instant in milliseconds since the epoch; NaN for none
	 * @param start where the record begins
	 * @param end the place behind it
	 * @param whiteSpace how many of its bytes are insignificant white space
	 */
	add(
		instant: number,
		start: number,
		end: number,
		whiteSpace: number,
		id: number,
		type: number,
		actorType: number,
		userId: number,
		requestId: number,
	): void {
		const from = this.count++ * WIDTH;
		if (from === this.#integers.length) this.#grow();
		const integers = this.#integers;
		this.#doubles[(from + INSTANT) >> 1] = instant;
		integers[from + START] = start;
		integers[from + END] = end;
		integers[from + WHITE_SPACE] = whiteSpace;
		integers[from + ID] = id;
		integers[from + TYPE] = type;
		integers[from + ACTOR_TYPE] = actorType;
		integers[from + USER_ID] = userId;
		integers[from + REQUEST_ID] = requestId;
	}

	instant(row: number): number {
		return held(this.#doubles[(row * WIDTH + INSTANT) >> 1]);
	}

	setInstant(row: number, instant: number): void {
		this.#doubles[(row * WIDTH + INSTANT) >> 1] = instant;
	}

	start(row: number): number {
		return held(this.#integers[row * WIDTH + START]);
	}

	end(row: number): number {
		return held(this.#integers[row * WIDTH + END]);
	}

	whiteSpace(row: number): number {
		return held(this.#integers[row * WIDTH + WHITE_SPACE]);
	}

	id(row: number): number {
		return held(this.#integers[row * WIDTH + ID]);
	}

	type(row: number): number {
		return held(this.#integers[row * WIDTH + TYPE]);
	}

	actorType(row: number): number {
		return held(this.#integers[row * WIDTH + ACTOR_TYPE]);
	}

	userId(row: number): number {
		return held(this.#integers[row * WIDTH + USER_ID]);
	}

	requestId(row: number): number {
		return held(this.#integers[row * WIDTH + REQUEST_ID]);
	}

	#grow(): void {
		const larger = new Rows(Math.max(16, 2 * this.count));
		larger.#integers.set(this.#integers);
		this.#integers = larger.#integers;
		this.#doubles = larger.#doubles;
	}
}

/** Memory that was taken over holds nothing any more, whoever detached it. */
function held(value: number | undefined): number {
	if (value === undefined) {
		throw new Error('This table was taken over; its records can no longer be read.');
	}
	return value;
}
