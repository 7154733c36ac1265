import { isUtf8 } from 'node:buffer';
import type { Agent } from 'node:http';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import fetch, { type RequestInit, type Response } from 'node-fetch';
import { getProxyForUrl } from 'proxy-from-env';
import { type Http, isLoopback } from '../core';

export interface Timeouts {
	/** How long an answer may take to begin, in milliseconds, the connection included. */
	readonly answer: number;
	/** How long the body may stop arriving, in milliseconds. */
	readonly silence: number;
	/** How long all of it may take, in milliseconds. */
	readonly total: number;
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Calls to the API were seen to take up to 5 s; a proxy may add to that. */
const DEFAULT_TIMEOUTS: Timeouts = { answer: 60_000, silence: 30_000, total: 5 * 60_000 };

/**
 * The core's HTTP on node-fetch, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 */
export function complianceHttp(accessKey: string, timeouts = DEFAULT_TIMEOUTS): Http {
	return async ({ url, headers, signal }) => {
		const watchdog = new Watchdog(timeouts.total);
		try {
			watchdog.expect('an answer', timeouts.answer);
			const response = await proxiedFetch(url, {
				headers: { ...headers, 'x-api-key': accessKey },
				redirect: 'manual',
				signal: signal ? AbortSignal.any([signal, watchdog.signal]) : watchdog.signal,
			});
			const body = await readBody(response, () => {
				watchdog.expect('more of the answer', timeouts.silence);
			});
			return { status: response.status, headers: Object.fromEntries(response.headers), body };
		} catch (error) {
			throw watchdog.complaint ?? new Error(reasonOf(error));
		} finally {
			watchdog.rest();
		}
	};
}

/** `fetch` of node-fetch, which by itself knows no proxy. */
export function proxiedFetch(url: string, init: RequestInit): Promise<Response> {
	return fetch(url, { ...init, agent: (target) => agentFor(target) });
}

const agents = new Map<string, Agent>();

function agentFor(url: URL): Agent | undefined {
	const proxy = getProxyForUrl(url.href);
	if (!proxy) return undefined;
	// Plain http is for this machine only; a proxy elsewhere would get to read what is sent.
	if (url.protocol === 'http:' && isLoopback(url) && !isLoopback(new URL(proxy))) return undefined;
	const kind = url.protocol === 'https:' ? HttpsProxyAgent : HttpProxyAgent;
	const key = `${url.protocol}${proxy}`;
	const agent = agents.get(key) ?? new kind(proxy, { keepAlive: true });
	agents.set(key, agent);
	return agent;
}

/** What node-fetch says of a failure, without the address, which holds filters and a cursor. */
function reasonOf(error: unknown): string {
	const { code, message } = error as { code?: string; message: string };
	return code ?? message.replace(/^.*reason: /s, '');
}

async function readBody(response: Response, onPart: () => void): Promise<Buffer> {
	onPart();
	const parts: Buffer[] = [];
	for await (const part of response.body ?? []) {
		onPart();
		parts.push(Buffer.from(part));
	}
	const body = Buffer.concat(parts);
	if (!isUtf8(body)) throw new Error('the answer is not UTF-8');
	return body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? body.subarray(BYTE_ORDER_MARK.length) : body;
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
