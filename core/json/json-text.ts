/**
 * Reads JSON in place, as UTF-8 bytes. It decodes only the requested values, and checks and skips the
 * rest. Parsing and printing a record would not be the identity, since it changes `1.0`, large
 * integers, escapes and repeated keys, and it takes several times as long.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** 1 for each byte that means itself inside a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
	byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const ESCAPE = /^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/;

/** Texts to look out for: keys among the members of an object, say. */
export class Keys {
	readonly #names: readonly Buffer[];

	constructor(...names: readonly string[]) {
		this.#names = names.map((name) => Buffer.from(name));
	}

	/** @returns the place of the key among the names; -1 when it is none of them */
	find(bytes: Buffer, start: number, end: number): number {
		// Asked for each member of each record: a closure for it would be most of what a page allocates.
		for (let place = 0; place < this.#names.length; place++) {
			if (standsAt(this.#names[place]!, bytes, start, end)) return place;
		}
		return -1;
	}
}

/** Whether a place in `bytes` holds `text` and nothing else. */
export function standsAt(text: Buffer, bytes: Buffer, start: number, end: number): boolean {
	if (text.length !== end - start) return false;
	for (let at = 0; at < text.length; at++) if (text[at] !== bytes[start + at]) return false;
	return true;
}

const WORDS = new Keys('null', 'true', 'false');

/** Where a value is. */
export interface Location {
	readonly bytes: Buffer;
	readonly start: number;
	/** The place behind it. */
	readonly end: number;
}

/**
 * A place in a JSON text that only moves on.
 *
 * Every method throws a SyntaxError where JSON.parse would.
 */
export class JsonText {
	#at = 0;
	/** Insignificant white space passed so far, in bytes. */
	#whiteSpace = 0;
	#textStart = 0;
	#plain = false;

	/** @param bytes valid UTF-8 */
	constructor(readonly bytes: Buffer) {}

	/** Whether an object begins here. */
	get atObject(): boolean {
		return this.#next() === OPENING_BRACE;
	}

	/** Whether an array begins here. */
	get atArray(): boolean {
		return this.#next() === OPENING_BRACKET;
	}

	/**
	 * Goes through the members of the object that begins here.
	 *
	 * @param member gets the index of the member's key, or -1, while the position is at its value; it
	 *   has to read or skip the value
	 */
	members(keys: Keys, member: (key: number) => void): void {
		this.#expect(OPENING_BRACE);
		if (this.#next() === CLOSING_BRACE) {
			this.#at++;
			return;
		}
		for (;;) {
			const key = this.#key(keys);
			this.#expect(COLON);
			member(key);
			if (this.#ends(CLOSING_BRACE)) return;
		}
	}

	/** Goes through the elements of the array that begins here; `element` has to read or skip each. */
	elements(element: () => void): void {
		this.#expect(OPENING_BRACKET);
		if (this.#next() === CLOSING_BRACKET) {
			this.#at++;
			return;
		}
		do element();
		while (!this.#ends(CLOSING_BRACKET));
	}

	/** Reads the value that begins here if it is a string, and else steps over it. */
	string(): string | undefined {
		return this.passString() ? this.text : undefined;
	}

	/**
	 * Steps over the value that begins here.
	 *
	 * @returns whether it is a string: then `text`, `textStart`, `textEnd` and `plain` are about it
	 */
	passString(): boolean {
		if (this.#next() !== QUOTE) {
			this.skip();
			return false;
		}
		this.#skipString();
		return true;
	}

	/** Where the text of the string passed last begins. */
	get textStart(): number {
		return this.#textStart;
	}

	/** The place behind that text. */
	get textEnd(): number {
		return this.#at - 1;
	}

	/** Whether its bytes are its text: ASCII, and no escapes. */
	get plain(): boolean {
		return this.#plain;
	}

	/** That text, decoded. */
	get text(): string {
		return this.#plain
			? this.bytes.toString('latin1', this.#textStart, this.#at - 1)
			: (JSON.parse(this.bytes.toString('utf8', this.#textStart - 1, this.#at)) as string);
	}

	/** Reads the value that begins here. */
	value(): unknown {
		this.#next();
		const start = this.#at;
		this.skip();
		return JSON.parse(this.bytes.toString('utf8', start, this.#at));
	}

	/**
	 * Locates the value that begins here, without insignificant white space.
	 *
	 * @param read reads the value or steps over it
	 */
	locate(read: () => void): Location {
		this.#next();
		const start = this.#at;
		const whiteSpace = this.#whiteSpace;
		read();
		if (this.#whiteSpace === whiteSpace) return { bytes: this.bytes, start, end: this.#at };
		const bytes = withoutWhiteSpace(this.bytes.subarray(start, this.#at));
		return { bytes, start: 0, end: bytes.length };
	}

	/** Steps over the value that begins here. */
	skip(): void {
		const first = this.#next();
		if (first === QUOTE) this.#skipString();
		else if (first === OPENING_BRACE || first === OPENING_BRACKET) this.#skipNested();
		else this.#skipScalar();
	}

	#skipNested(): void {
		// However deep a text is nested, this must not overflow the stack.
		const open: number[] = [];
		do {
			const first = this.#next();
			if (first === OPENING_BRACE || first === OPENING_BRACKET) {
				this.#at++;
				const closing = first === OPENING_BRACE ? CLOSING_BRACE : CLOSING_BRACKET;
				if (this.#next() !== closing) {
					open.push(closing);
					if (closing === CLOSING_BRACE) this.#skipKey();
					continue;
				}
				this.#at++;
			} else this.skip();

			for (let closing; (closing = open.at(-1)) !== undefined; open.pop()) {
				if (!this.#ends(closing)) {
					if (closing === CLOSING_BRACE) this.#skipKey();
					break;
				}
			}
		} while (open.length > 0);
	}

	/** Makes sure that nothing follows. */
	end(): void {
		if (this.#next() !== undefined) throw this.#unexpected();
	}

	/** The first byte that is no white space; `undefined` at the end. */
	#next(): number | undefined {
		const { bytes } = this;
		let byte = bytes[this.#at];
		while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
			this.#whiteSpace++;
			byte = bytes[++this.#at];
		}
		return byte;
	}

	#expect(byte: number): void {
		if (this.#next() !== byte) throw this.#unexpected();
		this.#at++;
	}

	/** Steps over what follows a member or element: true for the closing bracket, false for a comma. */
	#ends(closing: number): boolean {
		const byte = this.#next();
		if (byte !== closing && byte !== COMMA) throw this.#unexpected();
		this.#at++;
		return byte === closing;
	}

	#key(keys: Keys): number {
		if (this.#next() !== QUOTE) throw this.#unexpected();
		this.#skipString();
		if (this.#plain) return keys.find(this.bytes, this.#textStart, this.#at - 1);
		const key = Buffer.from(this.text);
		return keys.find(key, 0, key.length);
	}

	#skipKey(): void {
		if (this.#next() !== QUOTE) throw this.#unexpected();
		this.#skipString();
		this.#expect(COLON);
	}

	#skipString(): void {
		const { bytes } = this;
		let at = this.#at + 1;
		this.#textStart = at;
		this.#plain = true;
		for (;;) {
			while (PLAIN[bytes[at]!] === 1) at++;
			const byte = bytes[at];
			if (byte === QUOTE) break;
			// Control characters, and the end of the text.
			if (byte === undefined || byte < 0x20) throw this.#unexpected(at);
			this.#plain = false;
			const escape = byte === BACKSLASH ? ESCAPE.exec(bytes.toString('latin1', at, at + 6)) : [' '];
			if (!escape) throw this.#unexpected(at);
			at += escape[0]!.length;
		}
		this.#at = at + 1;
	}

	#skipScalar(): void {
		const { bytes } = this;
		const start = this.#at;
		let at = start;
		for (let byte; (byte = bytes[at]) !== undefined && isOfScalar(byte);) at++;
		const isWord = WORDS.find(bytes, start, at) !== -1;
		if (!isWord && !NUMBER.test(bytes.toString('latin1', start, at))) throw this.#unexpected();
		this.#at = at;
	}

	#unexpected(at = this.#at): SyntaxError {
		const what = at < this.bytes.length ? 'Something unexpected' : 'An unexpected end';
		return new SyntaxError(`${what} at byte ${at} of JSON`);
	}
}

/** Letters, digits, and the signs in numbers. */
function isOfScalar(byte: number): boolean {
	return (
		(byte >= 0x30 && byte <= 0x39) ||
		(byte >= 0x61 && byte <= 0x7a) ||
		byte === 0x2d ||
		byte === 0x2b ||
		byte === 0x2e ||
		byte === 0x45
	);
}

/** @param bytes valid JSON */
function withoutWhiteSpace(bytes: Buffer): Buffer {
	const compact = Buffer.alloc(bytes.length);
	let length = 0;
	let inString = false;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at]!;
		if (!inString && byte <= 0x20) continue;
		compact[length++] = byte;
		if (byte === QUOTE) inString = !inString;
		else if (inString && byte === BACKSLASH) compact[length++] = bytes[++at]!;
	}
	return compact.subarray(0, length);
}
