import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Body, BodyTooLarge, decodeBody, MAX_BODY_BYTES } from '../../core';
import { free } from './free';

/** The first buffer for a body of unknown length, in bytes. */
const FIRST_ROOM = 256 * 1024;

/**
 * Unpacking all at once costs about half as much as a stream of small chunks. The limit is needed because
 * a few kilobytes may unpack to gigabytes. Most pages fit into one chunk of this size, so nothing must be
 * joined. The unused rest of a chunk takes no memory.
 */
const OPTIONS = { maxOutputLength: MAX_BODY_BYTES, chunkSize: 4 * 1024 * 1024 };

type Decompress = (
	bytes: Buffer,
	options: typeof OPTIONS,
	callback: (error: Error | null, result: Buffer) => void,
) => void;

/** The function that undoes a coding. Requests accept only two, but a proxy may send others. */
function decompressorOf(coding: string, bytes: Buffer): Decompress | undefined {
	switch (coding) {
		case 'gzip':
			return zlib.gunzip;
		case 'br':
			return zlib.brotliDecompress;
		case 'deflate':
			return hasZlibHeader(bytes) ? zlib.inflate : zlib.inflateRaw;
		case 'zstd':
			// Node 20 lacks it.
			return zlib.zstdDecompress as Decompress | undefined;
		default:
			return undefined;
	}
}

/**
 * Reads a body to its end, and undoes its codings.
 *
 * @param header looks up a header by its name in lower case
 * @param onPart is called for each part that arrives
 * @throws BodyTooLarge as soon as the body exceeds the limit; this closes the connection
 * @throws Error when the body is interrupted or cannot be unpacked
 */
export async function readBody(
	answer: Readable,
	header: (name: string) => string | null | undefined,
	onPart: () => void,
): Promise<Body> {
	const bytes = await readAll(answer, Number(header('content-length') ?? 0), onPart);
	return await decodeBody(bytes, header('content-encoding') ?? '', undo);
}

async function readAll(answer: Readable, announced: number, onPart: () => void): Promise<Buffer> {
	if (announced > MAX_BODY_BYTES) answer.destroy(new BodyTooLarge());
	let body = Buffer.allocUnsafeSlow(announced <= MAX_BODY_BYTES ? announced : 0);
	let length = 0;
	// A loop over the parts would cost a promise for each.
	answer.on('data', (part: Buffer) => {
		onPart();
		if (length + part.length > MAX_BODY_BYTES) answer.destroy(new BodyTooLarge());
		else {
			body = withRoom(body, length, part.length);
			length += part.copy(body, length);
			// Others may use the rest of a larger memory.
			if (part.buffer.byteLength === part.length) free(part);
		}
	});
	await finished(answer);
	return body.subarray(0, length);
}

/** The body if it has room for so many more bytes; else a larger copy. */
function withRoom(body: Buffer, length: number, more: number): Buffer {
	if (length + more <= body.length) return body;
	const larger = Buffer.allocUnsafeSlow(Math.max(2 * body.length, length + more, FIRST_ROOM));
	body.copy(larger, 0, 0, length);
	free(body);
	return larger;
}

function undo(coding: string, bytes: Buffer): Promise<Buffer> | undefined {
	const decompress = decompressorOf(coding, bytes);
	return decompress && unpack(decompress, bytes);
}

async function unpack(decompress: Decompress, bytes: Buffer): Promise<Buffer> {
	const unpacked = await promisify(decompress)(bytes, OPTIONS).catch(toTooLarge);
	free(bytes);
	return unpacked;
}

function toTooLarge(error: unknown): never {
	throw (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : error;
}

/** Whether the bytes have the zlib header that HTTP requires for deflate; some servers leave it out. */
function hasZlibHeader(bytes: Buffer): boolean {
	return bytes.length > 1 && (bytes.readUInt8() & 0x0f) === 8 && bytes.readUInt16BE() % 31 === 0;
}
