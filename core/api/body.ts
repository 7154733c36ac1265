/**
 * So many bytes a body may have, as it is sent and unpacked. The largest page has some 10 MB; what
 * GitHub sends of its largest blob, in base64, has 55.
 */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What compressions are asked for. Pages are compressed to a tenth. */
export const ACCEPTED_CODINGS = 'gzip, br';

/** As many as curl undoes. Each may unpack to the limit, so a long list is an attack. */
const MAX_CODINGS = 5;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** What a platform's HTTP rejects with when a body has more bytes than the limit. */
export class BodyTooLarge extends Error {
	constructor() {
		super('more than 64 MiB');
	}
}

/** A body that has arrived whole. */
export interface Body {
	/** As it was before it was coded; empty if its coding is not known. */
	readonly bytes: Buffer;
	readonly unknownCoding?: string;
}

/**
 * Undoes how a body is coded, from the last coding to the first.
 *
 * @param header `content-encoding`; several headers of that name are one list
 * @param undo what undoes a coding, by its name in lower case; `undefined` where it is not known
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

/** In the order in which they are undone. */
function codingsOf(header: string): string[] {
	return header
		.split(',')
		.map((name) => name.trim().toLowerCase().replace(/^x-/, ''))
		.filter((name) => !['', 'identity', 'none'].includes(name))
		.reverse();
}

/**
 * A body as the core reads it: in valid UTF-8, without a byte order mark.
 *
 * @param valid whether it is UTF-8
 * @param status of the answer: of one that is no success, the status counts more than the body
 * @throws Error when evidence would be altered
 */
export function utf8Body(body: Buffer, valid: boolean, status: number): Buffer {
	if (!valid && status >= 200 && status <= 299) throw new Error('the answer is not UTF-8');
	const text = valid ? body : Buffer.from(body.toString());
	const marked = text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
	return marked ? text.subarray(BYTE_ORDER_MARK.length) : text;
}
