import { isUtf8 } from 'node:buffer';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import limit from 'p-limit';
import type { Http } from '../core';
import { agentFor } from './proxy';
import { type Timeouts, Watchdog } from './watchdog';

/** Calls to the API were seen to take up to 5 s; a proxy may add to that. */
const DEFAULT_TIMEOUTS: Timeouts = { answer: 60_000, silence: 30_000, body: 5 * 60_000 };

/** Pages are compressed to a tenth; decompressing one takes a few milliseconds. */
const DECOMPRESSORS = { gzip: promisify(zlib.gunzip), br: promisify(zlib.brotliDecompress) };

/** A page fills a few of these, rather than hundreds of the default's size. */
const DECOMPRESSED_CHUNK_BYTES = 1024 * 1024;

/** So many bodies are read at a time: what is on the way takes memory, however many requests are. */
const BODIES_AT_A_TIME = 3;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * The core's HTTP on Node's own, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 * Connections are kept and used again, as many as there are requests side by side.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 */
export function complianceHttp(accessKey: string, timeouts = DEFAULT_TIMEOUTS): Http {
	const own = { 'accept-encoding': Object.keys(DECOMPRESSORS).join(', '), 'x-api-key': accessKey };
	const oneOfFew = limit(BODIES_AT_A_TIME);
	return async ({ url, headers, signal, timeout }) => {
		const watchdog = new Watchdog(timeouts);
		try {
			if (timeout !== undefined) watchdog.expectWhole(timeout);
			watchdog.expectAnswer();
			const signals = signal ? [signal, watchdog.signal] : [watchdog.signal];
			const response = await get(new URL(url), { ...headers, ...own }, AbortSignal.any(signals));
			// It waits in the network, and is not late for that.
			watchdog.rest();
			response.on('error', () => undefined);
			const body = await oneOfFew(() => readBody(response, watchdog));
			return { status: response.statusCode ?? 0, headers: headersOf(response), body };
		} catch (error) {
			throw watchdog.complaint ?? new Error(reasonOf(error));
		} finally {
			watchdog.end();
		}
	};
}

/** Resolves when the answer begins. */
function get(
	url: URL,
	headers: Readonly<Record<string, string>>,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const protocol = url.protocol === 'https:' ? https : http;
	return new Promise((resolve, reject) => {
		protocol.get(url, { headers, signal, agent: agentFor(url) }, resolve).on('error', reject);
	});
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** What Node says of a failure, without the address, which holds filters and a cursor. */
function reasonOf(error: unknown): string {
	const { code, message } = error as { code?: string; message: string };
	return code ?? message;
}

async function readBody(response: IncomingMessage, watchdog: Watchdog): Promise<Buffer> {
	watchdog.expectBody();
	const parts: Buffer[] = [];
	// A loop over the parts would cost a promise for each.
	response.on('data', (part: Buffer) => {
		watchdog.expectMore();
		parts.push(part);
	});
	await finished(response);
	const body = await decompress(Buffer.concat(parts), response.headers['content-encoding']);
	if (!isUtf8(body)) throw new Error('the answer is not UTF-8');
	const marked = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
	return marked ? body.subarray(BYTE_ORDER_MARK.length) : body;
}

/** All at once, which costs about half of what a stream of small chunks does. */
async function decompress(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
	// An answer without a body may name an encoding all the same.
	if (bytes.length === 0 || (encoding !== 'gzip' && encoding !== 'br')) return bytes;
	return DECOMPRESSORS[encoding](bytes, { chunkSize: DECOMPRESSED_CHUNK_BYTES });
}
