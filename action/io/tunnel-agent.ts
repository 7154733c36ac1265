import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';

type Connect = HttpsProxyAgent<string>['connect'];

/**
 * Reaches https through a proxy, and gives up a tunnel whose request is given up. The library waits for
 * the proxy's answer as long as it takes, with a connection that keeps the process alive.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
	override async connect(...[request, options]: Parameters<Connect>): Promise<Socket> {
		const { proxy, proxyHeaders: headers, keepAlive } = this;
		const abortion = new AbortController();
		const { signal } = abortion;
		// Without a connection, a request emits nothing when it is given up.
		const destroy = request.destroy.bind(request);
		request.destroy = (error) => {
			abortion.abort();
			return destroy(error);
		};
		try {
			if (request.destroyed) abortion.abort();
			// What the signal closes is for an agent to know from its start.
			const opener = new HttpsProxyAgent(proxy, { headers, keepAlive, signal });
			return await opener.connect(request, options);
		} finally {
			// From here on the request has its connection, and closes it by itself.
			request.destroy = destroy;
		}
	}
}
