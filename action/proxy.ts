import type { Agent } from 'node:http';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../core';

const agents = new Map<string, Agent>();

/**
 * What opens connections to an address: through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY
 * name for it. `undefined`, Node's own agent, when they name none.
 */
export function agentFor(url: URL): Agent | undefined {
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
