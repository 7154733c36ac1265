import { exactJson } from './exact-json';
import { FieldNames } from './field-names';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * The fields of a JSON object, with their values as JSON text. Parsing and printing a record takes
 * several times as long as finding its fields, and overflows the stack on deeply nested values.
 */
export class JsonFields {
	/** In the order of the text. */
	readonly names: FieldNames;
	/** For each name, where its member begins, where the value does, and the place behind it. */
	readonly #places: number[] = [];

	/** @param text valid JSON without insignificant white space. Anything but an object has no fields. */
	constructor(readonly text: string) {
		let names = FieldNames.NONE;
		const isObject = text.charCodeAt(0) === OPENING_BRACE;
		for (let at = 1; isObject && text.charCodeAt(at) === QUOTE;) {
			const { usual } = names;
			let valueStart: number;
			let known = -1;
			if (usual !== undefined && isAt(text, at, usual.last)) {
				valueStart = at + usual.last.length;
				names = usual;
			} else {
				const nameEnd = endOfString(text, at + 1);
				valueStart = nameEnd + 2;
				const name = stringIn(text.slice(at, nameEnd + 1));
				known = names.indexOf(name);
				if (known < 0) names = names.with(name);
			}
			const valueEnd = endOfValue(text, valueStart);
			// The last of several values counts, as with JSON.parse.
			if (known < 0) this.#places.push(at, valueStart, valueEnd);
			else this.#places.splice(3 * known, 3, at, valueStart, valueEnd);
			at = valueEnd + 1;
		}
		this.names = names;
	}

	/** The place of a name; -1 if there is no such field. */
	indexOf(name: string): number {
		return this.names.indexOf(name);
	}

	/** The value at a place in `names` as JSON text, with each number as it was sent. */
	valueAt(index: number): string {
		return this.text.slice(this.#places[3 * index + 1], this.#places[3 * index + 2]);
	}

	/** Whether the value at a place in `names` is null. */
	isNull(index: number): boolean {
		return this.text.startsWith('null', this.#places[3 * index + 1]);
	}

	/** Whether the value at a place in `names` is an object. */
	isObject(index: number): boolean {
		return this.text.charCodeAt(this.#places[3 * index + 1]!) === OPENING_BRACE;
	}

	/** Whether the value at a place in `names` is a string that is not empty. */
	isText(index: number): boolean {
		const start = this.#places[3 * index + 1]!;
		return this.text.charCodeAt(start) === QUOTE && this.#places[3 * index + 2]! - start > 2;
	}

	/**
	 * The members that are wanted, as JSON text. null says the same as a missing field, so it is left out.
	 * A number that JavaScript would round is a string.
	 *
	 * @param isWanted by their place in `names`
	 */
	members(isWanted: (index: number) => boolean): string {
		const places = this.#places;
		let members = '';
		// What is wanted without a gap is one piece.
		let start = 0;
		let end = -1;
		let isExact = true;
		const piece = () => {
			const text = this.text.slice(start, end);
			return isExact ? text : exactJson(text);
		};
		for (let index = 0; 3 * index < places.length; index++) {
			if (this.isNull(index) || !isWanted(index)) continue;
			const from = places[3 * index]!;
			if (from !== end + 1) {
				if (end > 0) members += `${piece()},`;
				start = from;
				isExact = true;
			}
			end = places[3 * index + 2]!;
			const isString = this.text.charCodeAt(places[3 * index + 1]!) === QUOTE;
			isExact &&= isString;
		}
		return end > 0 ? members + piece() : members;
	}
}

/** The string that a JSON text is. */
export function stringIn(json: string): string {
	return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

/** Whether a part is at a place in a text: the built-in function takes three times as long for short ones. */
function isAt(text: string, start: number, part: string): boolean {
	for (let at = 0; at < part.length; at++) {
		if (text.charCodeAt(start + at) !== part.charCodeAt(at)) return false;
	}
	return true;
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
