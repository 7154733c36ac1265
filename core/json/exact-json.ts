const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** No double takes more characters to write. */
const LONGEST_DOUBLE = 30;

/** Whether some number may have more digits than a double holds, or an exponent: few records have one. */
const SUSPECT = /(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/**
 * Reads JSON as JSON.parse does, but keeps a number that a double cannot hold as its text: rounding
 * would change ids. Integers beyond 2^53 are always text, so that all values of such a field have the
 * same type.
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactly(text: string): unknown {
	return JSON.parse(exactJson(text));
}

/** The JSON text of what `parseExactly` reads from valid JSON. */
export function exactJson(text: string): string {
	return SUSPECT.test(text) ? withInexactAsText(text) : text;
}

/** The text with quotation marks around each number that a double cannot hold. */
function withInexactAsText(text: string): string {
	let exact = '';
	let copied = 0;
	for (let at = 0; at < text.length; at++) {
		const character = text[at]!;
		if (character === '"') at = endOfString(text, at);
		else if (character === '-' || (character >= '0' && character <= '9')) {
			NUMBER.lastIndex = at;
			const number = NUMBER.exec(text)?.[0] ?? character;
			if (!isExact(number)) {
				exact += `${text.slice(copied, at)}"${number}"`;
				copied = at + number.length;
			}
			at += number.length - 1;
		}
	}
	return exact + text.slice(copied);
}

/** The place of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		if (text[at] === '\\') at++;
		else if (text[at] === '"') return at;
	}
	return text.length;
}

/** Whether a text is a JSON number that `parseExactly` keeps as text. */
export function isInexactNumber(text: string): boolean {
	NUMBER.lastIndex = 0;
	return NUMBER.exec(text)?.[0] === text && !isExact(text);
}

/** Whether a number certainly survives parsing and printing. */
function isExact(number: string): boolean {
	if (number.length > LONGEST_DOUBLE) return false;
	const value = Number(number);
	if (/^-?\d+$/.test(number)) return Number.isSafeInteger(value);
	return Number.isFinite(value) && decimalOf(number) === decimalOf(String(value));
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** One way of writing each number: its significant digits, and the power of ten of the last one. */
function decimalOf(number: string): string {
	const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(number) ?? [];
	const all = (whole + fraction).replace(/^0+/, '');
	const digits = all.replace(/0+$/, '');
	if (digits === '') return '0';
	const power = Number(exponent) - fraction.length + all.length - digits.length;
	return `${sign}${digits}e${power}`;
}
