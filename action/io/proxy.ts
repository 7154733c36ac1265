import type { Agent } from 'node:http';
import { HttpProxyAgent } from 'http-proxy-agent';
import { isLoopback } from '../../core';
import { parseProxy, type Proxy, PROXY_VARIABLES, proxyFor, secretsIn } from './proxy-settings';
import { TunnelAgent } from './tunnel-agent';

const agents = new Map<string, Agent>();

/**
 * The agent that connects to an address through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name
 * for it. `undefined`, for Node's own agent, when they name none.
 *
 * @throws UserError for a proxy that cannot be used
 */
export function agentFor(url: URL): Agent | undefined {
	const proxy = proxyOnTheWay(url);
	if (!proxy) return undefined;
	const kind = url.protocol === 'https:' ? TunnelAgent : HttpProxyAgent;
	const { authorization } = proxy;
	const key = `${url.protocol}${proxy.href}`;
	// The password is not part of the address, because the libraries' debug output prints the address.
	const headers = authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
	const agent = agents.get(key) ?? new kind(proxy.url, { keepAlive: true, headers });
	agents.set(key, agent);
	return agent;
}

/** With a proxy, such a failure is always about the connection to the proxy. */
const NO_CONNECTION = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;

/**
 * The reason of a failed request, with the proxy if there is one.
 *
 * @param url does not appear in the result, because it may hold filters and a cursor
 * @param reason one of Node's codes, or words
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
	// Plain http is for this machine only: a proxy elsewhere could read the requests.
	const isOwn = url.protocol === 'http:' && isLoopback(url);
	return isOwn && proxy && !isLoopback(proxy.url) ? undefined : proxy;
}

/**
 * Makes sure, before the first request to an address, that its proxy can be used, so that a run fails
 * before it does any work.
 *
 * @throws UserError for a proxy that cannot be used
 */
export function requireUsableProxy(address: string): void {
	agentFor(new URL(address));
}

/**
 * Masks the passwords of proxies in the log, and rewrites the proxy variables in a form that every library
 * understands. GitHub's libraries read these variables themselves, and accept fewer forms than curl does.
 * Values that cannot be used stay unchanged.
 */
export function adoptProxies(mask: (secret: string) => void): void {
	for (const name of PROXY_VARIABLES) {
		const value = process.env[name]?.trim();
		if (!value) continue;
		secretsIn(value).forEach(mask);
		try {
			process.env[name] = parseProxy(name, value).href;
		} catch {
			// A request that needs this proxy fails with the error.
		}
	}
}
