import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Http } from '../core';
import { agentFor } from './proxy';

export interface Timeouts {
	/** How long an answer may take to begin, in milliseconds, the connection included. */
	readonly answer: number;
	/** How long the body may stop arriving, in milliseconds. */
	readonly silence: number;
	/** How long all of it may take, in milliseconds. */
	readonly total: number;
}

/** Calls to the API were seen to take up to 5 s; a proxy may add to that. */
const DEFAULT_TIMEOUTS: Timeouts = { answer: 60_000, silence: 30_000, total: 5 * 60_000 };

/** Pages are compressed to a tenth; decompressing one takes a few milliseconds. */
const DECOMPRESSORS = { gzip: promisify(zlib.gunzip), br: promisify(zlib.brotliDecompress) };

/** A page fills a few of these, rather than hundreds of the default's size. */
const DECOMPRESSED_CHUNK_BYTES = 1024 * 1024;

/**
 * The core's HTTP on Node's own, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 * Connections are kept and used again, as many as there are requests side by side.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 */
export function complianceHttp(accessKey: string, timeouts = DEFAULT_TIMEOUTS): Http {
	const own = { 'accept-encoding': Object.keys(DECOMPRESSORS).join(', '), 'x-api-key': accessKey };
	return async ({ url, headers }) => {
		const watchdog = new Watchdog(timeouts.total);
		try {
			watchdog.expect('an answer', timeouts.answer);
			const response = await get(new URL(url), { ...headers, ...own }, watchdog.signal);
			const body = await readBody(response, () => {
				watchdog.expect('more of the answer', timeouts.silence);
			});
			return { status: response.statusCode ?? 0, headers: headersOf(response), body };
		} catch (error) {
			throw watchdog.complaint ?? new Error(reasonOf(error));
		} finally {
			watchdog.rest();
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

async function readBody(response: IncomingMessage, onPart: () => void): Promise<string> {
	onPart();
	const parts: Buffer[] = [];
	for await (const part of response as AsyncIterable<Buffer>) {
		onPart();
		parts.push(part);
	}
	const bytes = await decompress(Buffer.concat(parts), response.headers['content-encoding']);
	return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** All at once, which costs about half of what a stream of small chunks does. */
async function decompress(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
	// An answer without a body may name an encoding all the same.
	if (bytes.length === 0 || (encoding !== 'gzip' && encoding !== 'br')) return bytes;
	return DECOMPRESSORS[encoding](bytes, { chunkSize: DECOMPRESSED_CHUNK_BYTES });
}

/** Aborts a request that keeps its caller waiting. */
class Watchdog {
	readonly #controller = new AbortController();
	#timer: NodeJS.Timeout | undefined;
	/** What it aborted the request for. */
	complaint: Error | undefined;
	readonly #last: NodeJS.Timeout;

	/** @param total how long the request may take in all, in milliseconds */
	constructor(total: number) {
		this.#last = setTimeout(() => this.#abort('the end of the answer', total), total);
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Starts to wait for something, and no longer for what it waited for before. */
	expect(what: string, ms: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#abort(what, ms), ms);
	}

	#abort(what: string, ms: number): void {
		this.complaint = new Error(`${what} did not arrive within ${ms / 1000} s`);
		this.#controller.abort();
	}

	rest(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#last);
	}
}
