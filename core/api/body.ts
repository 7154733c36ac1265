/**
 * The most bytes that a body may have, compressed or not. The largest page has some 10 MB; GitHub's
 * largest blob has 55 MB in base64.
 */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The compressions to ask for. They reduce pages to a tenth. */
export const ACCEPTED_CODINGS = 'gzip, br';

/** The most codings of a body, as in curl. Each may unpack to the limit, so a long list is an attack. */
const MAX_CODINGS = 5;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The error of a platform's HTTP if a body has more bytes than the limit. */
export class BodyTooLarge extends Error {
	constructor() {
		super('more than 64 MiB');
	}
}

/** A body that has arrived completely. */
export interface Body {
	/** The decoded body; empty if its coding is not known. */
	readonly bytes: Buffer;
	readonly unknownCoding?: string;
}

/**
 * Undoes the codings of a body, from the last to the first.
 *
 * @param header `content-encoding`; several headers of that name are one list
 * @param undo undoes a coding, given its name in lower case; returns `undefined` for an unknown coding
 * @throws Error as `undo` does
 */
export async function decodeBody(
	bytes: Buffer,
	header = '',
	undo: (coding: string, bytes: Buffer) => Promise<Buffer> | undefined,
): Promise<Body> {
	// An answer without a body may name a coding all the same.
	if (bytes.length === 0) return { bytes };
	const codings = codingsOf(header);
	if (codings.length > MAX_CODINGS) return { bytes: Buffer.alloc(0), unknownCoding: header };
	for (const coding of codings) {
		const decoded = undo(coding, bytes);
		if (!decoded) return { bytes: Buffer.alloc(0), unknownCoding: coding };
		bytes = await decoded;
	}
	return { bytes };
}

/** The codings, in the order in which to undo them. */
function codingsOf(header: string): string[] {
	return header
		.split(',')
		.map((name) => name.trim().toLowerCase().replace(/^x-/, ''))
		.filter((name) => !['', 'identity', 'none'].includes(name))
		.reverse();
}

/**
 * The body in the form that the core reads: valid UTF-8, without a byte order mark.
 *
 * @param valid whether it is UTF-8
 * @param status of the answer; without success, the status matters more than the body
 * @throws Error if the conversion would alter evidence
 */
export function utf8Body(body: Buffer, valid: boolean, status: number): Buffer {
	if (!valid && status >= 200 && status <= 299) throw new Error('the answer is not UTF-8');
	const text = valid ? body : Buffer.from(body.toString());
	const marked = text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
	return marked ? text.subarray(BYTE_ORDER_MARK.length) : text;
}
