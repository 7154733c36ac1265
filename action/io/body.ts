import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Body, BodyTooLarge, decodeBody, MAX_BODY_BYTES } from '../../core';

/**
 * All at once, which costs about half of what a stream of small chunks does. It ends at the limit: a few
 * kilobytes may unpack to gigabytes. A page fills few chunks of this size, not hundreds of the default's.
 */
const OPTIONS = { maxOutputLength: MAX_BODY_BYTES, chunkSize: 1024 * 1024 };

type Decompress = (
	bytes: Buffer,
	options: typeof OPTIONS,
	callback: (error: Error | null, result: Buffer) => void,
) => void;

/** What undoes a coding. Only two are asked for, but a proxy may send what it likes. */
function decompressorOf(coding: string, bytes: Buffer): Decompress | undefined {
	switch (coding) {
		case 'gzip':
			return zlib.gunzip;
		case 'br':
			return zlib.brotliDecompress;
		case 'deflate':
			return hasZlibHeader(bytes) ? zlib.inflate : zlib.inflateRaw;
		case 'zstd':
			// Node 20 has none.
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
 * @throws BodyTooLarge as soon as it is known to be; the connection is closed then
 * @throws Error when it breaks off or cannot be unpacked
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
	const parts: Buffer[] = [];
	let length = 0;
	// A loop over the parts would cost a promise for each.
	answer.on('data', (part: Buffer) => {
		onPart();
		parts.push(part);
		length += part.length;
		if (length > MAX_BODY_BYTES) answer.destroy(new BodyTooLarge());
	});
	if (announced > MAX_BODY_BYTES) answer.destroy(new BodyTooLarge());
	await finished(answer);
	return Buffer.concat(parts);
}

function undo(coding: string, bytes: Buffer): Promise<Buffer> | undefined {
	const decompress = decompressorOf(coding, bytes);
	return decompress && promisify(decompress)(bytes, OPTIONS).catch(toTooLarge);
}

function toTooLarge(error: unknown): never {
	throw (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : error;
}

/** Whether it is deflate as HTTP means it, or as some servers send it, without the frame of zlib. */
function hasZlibHeader(bytes: Buffer): boolean {
	return bytes.length > 1 && (bytes.readUInt8() & 0x0f) === 8 && bytes.readUInt16BE() % 31 === 0;
}
