import { exactJson } from './exact-json';
import { FieldNames } from './field-names';
import {
	BACKSLASH,
	CLOSING_BRACE,
	CLOSING_BRACKET,
	endOfScalar,
	endOfString,
	OPENING_BRACE,
	OPENING_BRACKET,
	QUOTE,
	stringAt,
} from './json-bytes';
import type { KnownValues } from './known-values';
import { BEYOND, copyBytes, endOfPlainText, isTextAt, type Viewed, viewed } from './views';

/** The first letter of null, and of no other value. */
const N = 0x6e;
/** No value of a kind that is shorter is a list or an object with something in it. */
const LONGEST_EMPTY = 2;
/** More than almost all records have. Each has a bit in an integer. */
const MOST_PLAIN = 30;

/**
 * The fields of a JSON object, with their values as JSON text. Parsing and printing a record takes
 * several times as long as finding its fields, and overflows the stack on deeply nested values.
 */
export class JsonFields {
	/** In the order of the text. */
	names = FieldNames.NONE;
	/**
	 * Whether no name occurs twice, no text has an escape, there are at most 30 fields, and their names are
	 * written as JSON.stringify writes them. Nested ones do not count.
	 */
	isPlain = true;
	/** If it is plain, a bit for each place, set where the value is null. */
	nulls = 0;
	/** If it is plain, a bit for each place, set where the value is a string that is not empty. */
	texts = 0;
	#bytes = Buffer.alloc(0);
	#viewed = viewed(this.#bytes);
	#first = 0;
	/** The place behind the text. */
	#end = 0;
	/** For each name, where its member begins, where the value does, and the place behind it. */
	readonly #places: number[] = [];

	/**
	 * Reads an object. The same fields can read many, one after the other: new ones for each would take
	 * long to clean up.
	 *
	 * @param bytes they belong to somebody else: the fields are right as long as nobody changes them
	 * @param first where valid JSON without insignificant white space begins. Anything but an object has no fields.
	 */
	read(bytes: Buffer, first = 0): this {
		if (this.#bytes !== bytes) this.#viewed = viewed(bytes);
		this.#bytes = bytes;
		const text = this.#viewed;
		const places = this.#places;
		let names = FieldNames.NONE;
		let isPlain = true;
		let texts = 0;
		let nulls = 0;
		let count = 0;
		const isObject = bytes[first] === OPENING_BRACE;
		let at = first + 1;
		while (isObject && bytes[at] === QUOTE) {
			const next = names.followedAt(text, at);
			let valueStart: number;
			let known = -1;
			if (next !== undefined) {
				valueStart = at + next.last.length;
				names = next;
			} else {
				const nameEnd = endOfString(bytes, at + 1);
				valueStart = (nameEnd < 0 ? ~nameEnd : nameEnd) + 2;
				const name = stringAt(bytes, at + 1);
				known = names.indexOf(name);
				if (nameEnd < 0 || known >= 0) isPlain = false;
				if (known < 0) names = names.with(name);
			}
			let valueEnd: number;
			if (bytes[valueStart] === QUOTE) {
				valueEnd = endOfPlainText(text, valueStart + 1);
				if (bytes[valueEnd] === BACKSLASH) {
					isPlain = false;
					valueEnd = ~endOfString(bytes, valueEnd);
				}
				if (valueEnd > valueStart + 1) texts |= 1 << count;
				valueEnd++;
			} else {
				if (bytes[valueStart] === N) nulls |= 1 << count;
				valueEnd = endOfOther(bytes, text, valueStart);
			}
			// The last of several values counts, as with JSON.parse.
			const place = 3 * (known < 0 ? count++ : known);
			places[place] = at;
			places[place + 1] = valueStart;
			places[place + 2] = valueEnd;
			at = valueEnd + 1;
		}
		this.names = names;
		this.isPlain = isPlain && count <= MOST_PLAIN;
		this.texts = texts;
		this.nulls = nulls;
		this.#first = first;
		// Behind the brace, or at the one of an empty object.
		this.#end = !isObject ? bytes.length : count === 0 ? at + 1 : at;
		return this;
	}

	/** @param json as for `read` */
	static of(json: string): JsonFields {
		return new JsonFields().read(Buffer.from(json));
	}

	/** All of the text. */
	get json(): string {
		return this.#bytes.toString('utf8', this.#first, this.#end);
	}

	/** Its length, in bytes. */
	get length(): number {
		return this.#end - this.#first;
	}

	/** The place of a name; -1 if there is no such field. */
	indexOf(name: string): number {
		return this.names.indexOf(name);
	}

	/** The value at a place in `names` as JSON text, with each number as it was sent. */
	valueAt(index: number): string {
		return this.#bytes.toString('utf8', this.start(index), this.end(index));
	}

	/** What the value at a place in `names` says. */
	known<Value>(index: number, values: KnownValues<Value>): Value {
		return values.at(this.#viewed, this.start(index), this.end(index));
	}

	/** Where the value at a place in `names` begins. */
	start(index: number): number {
		return this.#places[3 * index + 1]!;
	}

	/** The place behind the value at a place in `names`. */
	end(index: number): number {
		return this.#places[3 * index + 2]!;
	}

	/** Whether the value at a place in `names` is null. */
	isNull(index: number): boolean {
		return this.#bytes[this.start(index)] === N;
	}

	/** Whether the value at a place in `names` is an object. */
	isObject(index: number): boolean {
		return this.#bytes[this.start(index)] === OPENING_BRACE;
	}

	/** Whether the value at a place in `names` is a string that is not empty. */
	isText(index: number): boolean {
		const start = this.start(index);
		return this.#bytes[start] === QUOTE && this.end(index) - start > 2;
	}

	/** Whether the value at a place in `names` is a list or an object with something in it. */
	isNested(index: number): boolean {
		const start = this.start(index);
		const isNested = this.#bytes[start] === OPENING_BRACE || this.#bytes[start] === OPENING_BRACKET;
		return isNested && this.end(index) - start > LONGEST_EMPTY;
	}

	/** Whether the value at a place in `names` is this JSON text. */
	isAt(index: number, json: Viewed): boolean {
		const start = this.start(index);
		return this.end(index) - start === json.length && isTextAt(json, this.#viewed, start);
	}

	/** Whether the values at two places in `names` are the same JSON text. */
	areSame(index: number, other: number): boolean {
		const bytes = this.#bytes;
		const start = this.start(index);
		const end = this.end(index);
		const distance = this.start(other) - start;
		if (this.end(other) - end !== distance) return false;
		for (let at = start; at < end; at++) if (bytes[at] !== bytes[at + distance]) return false;
		return true;
	}

	/**
	 * Copies from inside the text at a place in `names` up to inside that at another one, or the same, with
	 * everything between them but without the outer quotation marks.
	 *
	 * @param target as for `copyBytes`
	 * @returns the place in `target` behind it
	 */
	copy(first: number, last: number, target: Viewed, to: number): number {
		const start = this.start(first) + 1;
		const end = this.end(last) - 1;
		if (end + BEYOND < this.#bytes.length) return copyBytes(this.#viewed, start, end, target, to);
		for (let at = start; at < end; at++) target.view.setUint8(to++, this.#bytes[at]!);
		return to;
	}

	/**
	 * The members that are wanted, as JSON text. null says the same as a missing field, so it is left out.
	 * A number that JavaScript would round is a string.
	 *
	 * @param isWanted by their place in `names`
	 */
	members(isWanted: (index: number) => boolean): string {
		const count = this.names.list.length;
		let members = '';
		// What is wanted without a gap is one piece.
		let start = 0;
		let end = -1;
		let isExact = true;
		const piece = () => {
			const text = this.#bytes.toString('utf8', start, end);
			return isExact ? text : exactJson(text);
		};
		for (let index = 0; index < count; index++) {
			if (this.isNull(index) || !isWanted(index)) continue;
			const from = this.#places[3 * index]!;
			if (from !== end + 1) {
				if (end > 0) members += `${piece()},`;
				start = from;
				isExact = true;
			}
			end = this.end(index);
			isExact &&= this.#bytes[this.start(index)] === QUOTE;
		}
		return end > 0 ? members + piece() : members;
	}
}

/** The string that a JSON text is. */
export function stringIn(json: string): string {
	return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

/** The place behind a value that is no string. */
function endOfOther(bytes: Buffer, text: Viewed, start: number): number {
	const first = bytes[start];
	if (first !== OPENING_BRACE && first !== OPENING_BRACKET) return endOfScalar(bytes, start);
	let depth = 0;
	for (let at = start; ; at++) {
		const byte = bytes[at];
		if (byte === QUOTE) {
			at = endOfPlainText(text, at + 1);
			while (bytes[at] === BACKSLASH) at = endOfPlainText(text, at + 2);
		} else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++;
		else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && --depth === 0) return at + 1;
	}
}
