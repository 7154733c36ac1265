/**
 * Cuts records out of JSON text instead of serialising them again, because parsing and printing is
 * not the identity: it changes `1.0`, large integers, escapes and repeated keys.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * The texts of the elements of an array that is a member of the top-level object.
 *
 * @param text valid JSON whose top level is an object; the caller has parsed it already
 * @param member the array's key; of repeated keys the last counts, as in JSON.parse
 * @returns each element's text without insignificant white space
 */
export function elementsOf(text: string, member: string): string[] {
	const scanner = new Scanner(text);
	let elements: string[] = [];
	scanner.enter();
	while (!scanner.leave()) {
		const key: unknown = JSON.parse(scanner.value());
		scanner.skipColon();
		if (key === member && scanner.atArray) {
			elements = [];
			scanner.enter();
			while (!scanner.leave()) elements.push(scanner.value());
		} else {
			scanner.value();
		}
	}
	return elements;
}

class Scanner {
	#at = 0;

	constructor(private readonly text: string) {}

	/** Steps over the opening bracket of an object or array. */
	enter(): void {
		this.#skipWhiteSpace();
		this.#at++;
	}

	/** Steps to the next element; true when there was none and the closing bracket has been passed. */
	leave(): boolean {
		this.#skipWhiteSpace();
		const char = this.text[this.#at];
		if (char === ',') {
			this.#at++;
			this.#skipWhiteSpace();
			return false;
		}
		if (char !== ']' && char !== '}') return false;
		this.#at++;
		return true;
	}

	skipColon(): void {
		this.#skipWhiteSpace();
		this.#at++;
	}

	/** Whether an array begins here. */
	get atArray(): boolean {
		this.#skipWhiteSpace();
		return this.text[this.#at] === '[';
	}

	/** The text of the value that begins here, without insignificant white space. */
	value(): string {
		this.#skipWhiteSpace();
		const { text } = this;
		const pieces: string[] = [];
		let start = this.#at;
		let at = start;
		let depth = 0;
		for (;;) {
			const char = text.charCodeAt(at);
			if (char === QUOTE) {
				at = endOfString(text, at);
				if (depth === 0) break;
			} else if (isOpening(char)) {
				depth++;
				at++;
			} else if (isClosing(char)) {
				// At depth 0 the bracket belongs to what holds this number, true, false or null.
				if (depth === 0) break;
				depth--;
				at++;
				if (depth === 0) break;
			} else if (depth === 0 && (char === COMMA || isWhiteSpace(char))) {
				break;
			} else if (isWhiteSpace(char)) {
				pieces.push(text.slice(start, at));
				while (isWhiteSpace(text.charCodeAt(at))) at++;
				start = at;
			} else {
				at++;
			}
		}
		this.#at = at;
		const rest = text.slice(start, at);
		return pieces.length === 0 ? rest : pieces.join('') + rest;
	}

	#skipWhiteSpace(): void {
		while (isWhiteSpace(this.text.charCodeAt(this.#at))) this.#at++;
	}
}

/** The index after the string that opens at `at`. */
function endOfString(text: string, at: number): number {
	for (;;) {
		at = text.indexOf('"', at + 1);
		let backslashes = 0;
		while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
		if (backslashes % 2 === 0) return at + 1;
	}
}

function isWhiteSpace(char: number): boolean {
	return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}

function isOpening(char: number): boolean {
	return char === 0x7b || char === 0x5b;
}

function isClosing(char: number): boolean {
	return char === 0x7d || char === 0x5d;
}
