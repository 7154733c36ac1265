import type { Agent } from 'node:http';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import fetch, { type RequestInit, type Response } from 'node-fetch';
import { getProxyForUrl } from 'proxy-from-env';
import { type Http, isLoopback } from '../core';
import { type Timeouts, Watchdog } from './watchdog';

/** Calls to the API were seen to take up to 5 s; a proxy may add to that. */
const DEFAULT_TIMEOUTS: Timeouts = { answer: 60_000, silence: 30_000, total: 5 * 60_000 };

/**
 * The core's HTTP on node-fetch, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 */
export function complianceHttp(accessKey: string, timeouts = DEFAULT_TIMEOUTS): Http {
	return async ({ url, headers }) => {
		const { response, body } = await fetchWhole(
			url,
			{ headers: { ...headers, 'x-api-key': accessKey }, redirect: 'manual' },
			timeouts,
		);
		return {
			status: response.status,
			headers: Object.fromEntries(response.headers),
			body: new TextDecoder('utf-8', { fatal: true }).decode(body),
		};
	};
}

/**
 * Fetches an answer with all of its body, through the proxy if there is one.
 *
 * @throws Error that says what went wrong or did not come in time, without the address
 */
export async function fetchWhole(
	url: string,
	init: RequestInit,
	timeouts: Timeouts,
): Promise<{ response: Response; body: Buffer }> {
	const watchdog = new Watchdog(timeouts);
	try {
		watchdog.expectAnswer();
		const { signal } = watchdog;
		// By itself, node-fetch knows no proxy.
		const agent = (target: URL) => agentFor(target);
		const response = await fetch(url, { ...init, signal, agent });
		const body = await readBody(response, () => watchdog.expectMore());
		return { response, body };
	} catch (error) {
		throw watchdog.complaint ?? new Error(reasonOf(error));
	} finally {
		watchdog.rest();
	}
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
	return Buffer.concat(parts);
}
