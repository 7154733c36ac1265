import { exactJson } from './exact-json';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Of fewer names, a list is faster to search than a map is to make. */
const MANY = 50;

/**
 * The fields of a JSON object, with their values as JSON text. Parsing and printing a record takes
 * several times as long as finding its fields, and overflows the stack on deeply nested values.
 */
export class JsonFields {
	/** Each once, in the order of the text. */
	readonly names: string[] = [];
	/** Of each name, the place in `names`, if there are many. */
	#indices: Map<string, number> | undefined;
	/** For each name, where its member begins, where the value does, and the place behind it. */
	readonly #places: number[] = [];

	/** @param text valid JSON without insignificant white space. Anything but an object has no fields. */
	constructor(readonly text: string) {
		if (text.charCodeAt(0) !== OPENING_BRACE) return;
		const { names } = this;
		for (let at = 1; text.charCodeAt(at) === QUOTE;) {
			const nameEnd = endOfString(text, at + 1);
			const valueStart = nameEnd + 2;
			const valueEnd = endOfValue(text, valueStart);
			const name = stringIn(text.slice(at, nameEnd + 1));
			// The last of several values counts, as with JSON.parse.
			const known = this.#indexOf(name);
			if (known < 0) {
				this.#indices?.set(name, names.length);
				names.push(name);
				this.#places.push(at, valueStart, valueEnd);
			} else this.#places.splice(3 * known, 3, at, valueStart, valueEnd);
			at = valueEnd + 1;
		}
	}

	/** The value of a field as JSON text, with each number as it was sent; `undefined` if there is none. */
	value(name: string): string | undefined {
		const index = this.#indexOf(name);
		return index < 0
			? undefined
			: this.text.slice(this.#places[3 * index + 1], this.#places[3 * index + 2]);
	}

	/** -1 if there is no such field. */
	#indexOf(name: string): number {
		const { names } = this;
		if (names.length < MANY) return names.indexOf(name);
		this.#indices ??= new Map(names.map((each, index) => [each, index]));
		return this.#indices.get(name) ?? -1;
	}

	/** Whether the value at a place in `names` is null. */
	isNull(index: number): boolean {
		return this.text.startsWith('null', this.#places[3 * index + 1]);
	}

	/** The member at a place in `names`, as JSON text. A number that JavaScript would round is a string. */
	member(index: number): string {
		const valueStart = this.#places[3 * index + 1]!;
		const member = this.text.slice(this.#places[3 * index], this.#places[3 * index + 2]);
		const isString = this.text.charCodeAt(valueStart) === QUOTE;
		return isString ? member : exactJson(member);
	}
}

/** Whether a JSON text is a string that is not empty. */
export function isText(json: string | undefined): json is string {
	return json !== undefined && json.charCodeAt(0) === QUOTE && json.length > 2;
}

/** The string that a JSON text is. */
export function stringIn(json: string): string {
	return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

/** The place of the quotation mark that ends the string with this first character. */
function endOfString(text: string, start: number): number {
	for (let end = text.indexOf('"', start); ; end = text.indexOf('"', end + 1)) {
		let slashes = end;
		while (text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
		// A quotation mark after an odd number of backslashes is part of the string.
		if ((end - slashes) % 2 === 0) return end;
	}
}

/** The place behind a value. */
function endOfValue(text: string, start: number): number {
	const first = text.charCodeAt(start);
	if (first === QUOTE) return endOfString(text, start + 1) + 1;
	const isNested = first === OPENING_BRACE || first === OPENING_BRACKET;
	return isNested ? endOfNested(text, start) : endOfScalar(text, start);
}

function endOfNested(text: string, start: number): number {
	let depth = 0;
	for (let at = start; ; at++) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) at = endOfString(text, at + 1);
		else if (code === OPENING_BRACE || code === OPENING_BRACKET) depth++;
		else if ((code === CLOSING_BRACE || code === CLOSING_BRACKET) && --depth === 0) return at + 1;
	}
}

function endOfScalar(text: string, start: number): number {
	let at = start;
	for (let code = text.charCodeAt(at); code !== COMMA && code !== CLOSING_BRACE;) {
		code = text.charCodeAt(++at);
	}
	return at;
}
