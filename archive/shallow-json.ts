const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];
/** The Action's own files have lists of objects in an object. Later versions may nest a little deeper. */
const MAX_DEPTH = 8;

/**
 * Parses untrusted JSON, unless it is nested more deeply than the Action's own files: then it could take
 * a hundred times its size in memory.
 *
 * @throws SyntaxError for deep nesting, and for invalid JSON
 */
export function parseShallow(bytes: Buffer): unknown {
	let depth = 0;
	let inString = false;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at] ?? 0;
		if (byte === QUOTE) inString = !inString;
		else if (inString && byte === BACKSLASH) at++;
		else if (inString) continue;
		else if (CLOSING.includes(byte)) depth--;
		else if (OPENING.includes(byte) && ++depth > MAX_DEPTH) {
			throw new SyntaxError('The JSON is nested too deeply.');
		}
	}
	return JSON.parse(bytes.toString()) as unknown;
}
