import type { Agent } from 'node:http';
import { HttpProxyAgent } from 'http-proxy-agent';
import { isLoopback } from '../../core';
import { parseProxy, type Proxy, PROXY_VARIABLES, proxyFor, secretsIn } from './proxy-settings';
import { TunnelAgent } from './tunnel-agent';

const agents = new Map<string, Agent>();

/**
 * What opens connections to an address: through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY
 * name for it. `undefined`, Node's own agent, when they name none.
 *
 * @throws UserError for a proxy that cannot be used
 */
export function agentFor(url: URL): Agent | undefined {
	const proxy = proxyOnTheWay(url);
	if (!proxy) return undefined;
	const kind = url.protocol === 'https:' ? TunnelAgent : HttpProxyAgent;
	const { authorization } = proxy;
	const key = `${url.protocol}${proxy.href}`;
	// In the address, a password would stand in what the libraries can be told to print.
	const headers = authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
	const agent = agents.get(key) ?? new kind(proxy.url, { keepAlive: true, headers });
	agents.set(key, agent);
	return agent;
}

/** Where connections go through a proxy, such a failure is always that of the one to it. */
const NO_CONNECTION = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;

/**
 * What went wrong on the way to an address, and whose proxy is in between, if one is.
 *
 * @param url is not told, as it may hold filters and a cursor
 * @param reason a code of Node, or words
 */
export function onTheWay(url: URL, reason: string): string {
	const proxy = proxyOnTheWay(url);
	if (!proxy) return reason;
	const { variable } = proxy;
	return NO_CONNECTION.test(reason)
		? `the proxy that ${variable} names, ${proxy.url.host}, cannot be reached: ${reason}`
		: `${reason}, through the proxy that ${variable} names`;
}

function proxyOnTheWay(url: URL): Proxy | undefined {
	const proxy = proxyFor(url, process.env);
	// Plain http is for this machine only; a proxy elsewhere would get to read what is sent.
	const isOwn = url.protocol === 'http:' && isLoopback(url);
	return isOwn && proxy && !isLoopback(proxy.url) ? undefined : proxy;
}

/**
 * Makes sure, before the first request to an address, that no proxy is in its way that cannot be used:
 * so nothing is begun in vain.
 *
 * @throws UserError for a proxy that cannot be used
 */
export function requireUsableProxy(address: string): void {
	agentFor(new URL(address));
}

/**
 * Keeps passwords of proxies out of the log, and writes each proxy in the environment as every library
 * reads it: GitHub's read these variables by themselves, and take less than curl does. What cannot be
 * used stays as it is.
 */
export function adoptProxies(mask: (secret: string) => void): void {
	for (const name of PROXY_VARIABLES) {
		const value = process.env[name]?.trim();
		if (!value) continue;
		secretsIn(value).forEach(mask);
		try {
			process.env[name] = parseProxy(name, value).href;
		} catch {
			// Whoever needs it says so.
		}
	}
}
