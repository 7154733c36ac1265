import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';

type Connect = HttpsProxyAgent<string>['connect'];

/**
 * Reaches https addresses through a proxy, and closes the tunnel of a cancelled request. Without this, the
 * library waits for the proxy's answer without a limit, and its connection keeps the process alive.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
	override async connect(...[request, options]: Parameters<Connect>): Promise<Socket> {
		const { proxy, proxyHeaders: headers, keepAlive } = this;
		const abortion = new AbortController();
		const { signal } = abortion;
		// A request without a connection emits no event when it is destroyed.
		const destroy = request.destroy.bind(request);
		request.destroy = (error) => {
			abortion.abort();
			return destroy(error);
		};
		try {
			if (request.destroyed) abortion.abort();
			// An agent takes a signal only in its constructor.
			const opener = new HttpsProxyAgent(proxy, { headers, keepAlive, signal });
			return await opener.connect(request, options);
		} finally {
			// From here on, the request has its connection and closes it itself.
			request.destroy = destroy;
		}
	}
}
