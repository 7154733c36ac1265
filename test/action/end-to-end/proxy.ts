import { once } from 'node:events';
import { createServer, request as forward, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the proxy treats a request for a tunnel. */
export type Manner =
	| 'open'
	/** No answer comes. */
	| 'silent'
	/** The answer comes byte by byte, and never ends. */
	| 'dripping'
	/** The connection is closed in the middle of the answer. */
	| 'closing'
	/** The connection is reset in the middle of the answer. */
	| 'resetting'
	/** The answer says that the tunnel is open, but it leads nowhere. */
	| 'leading nowhere';

/** A proxy on loopback that forwards everything and records it. */
export interface Proxy {
	url: string;
	/** How it treats requests for tunnels from now on; at first it opens all. */
	manner: Manner;
	/** The addresses of plain requests. */
	requests: string[];
	/** How many connections clients opened, including those for tunnels. */
	connections: number;
	/** How many of them are open now. */
	readonly open: number;
	/** Tunnels, by `host:port`. */
	tunnels: string[];
	/** All bytes that clients sent through tunnels, and all headers sent to the proxy itself. */
	seen: string;
	close(): Promise<void>;
}

/**
 * Starts a proxy for plain requests and for tunnels.
 *
 * @param certificate for `localhost`, for a proxy that clients reach over TLS
 */
export async function startProxy(certificate?: { key: string; cert: string }): Promise<Proxy> {
	const sockets = new Set<Socket>();
	const serve: RequestListener = (request, response) => {
		const { method, url = '' } = request;
		proxy.requests.push(url);
		proxy.seen += JSON.stringify(request.headers);
		// Headers for the proxy are not forwarded.
		const headers = { ...request.headers };
		delete headers['proxy-authorization'];
		delete headers['proxy-connection'];
		const onward = forward(url, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		onward.on('error', () => response.destroy());
		request.pipe(onward);
	};
	const server = certificate ? createSecureServer(certificate, serve) : createServer(serve);
	// Whatever the machine is busy with, connections stay open for the next request.
	server.keepAliveTimeout = 10 * 60_000;
	server.on('connect', ({ url = '', headers }, client: Socket, head: Buffer) => {
		proxy.tunnels.push(url);
		proxy.seen += JSON.stringify(headers);
		if (proxy.manner !== 'open') {
			mistreat(client, proxy.manner);
			return;
		}
		const [host = '', port] = url.split(':');
		const target = connect(Number(port), host, () => {
			client.write('HTTP/1.1 200 Connection established\r\n\r\n');
			target.write(head);
			client.pipe(target);
			target.pipe(client);
		});
		client.on('data', (bytes: Buffer) => (proxy.seen += bytes.toString('latin1')));
		for (const [one, other] of [
			[client, target],
			[target, client],
		] as const) {
			one.on('error', () => other.destroy());
			one.on('close', () => other.destroy());
		}
	});
	server.on('connection', (socket: Socket) => {
		proxy.connections++;
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const proxy: Proxy = {
		url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
		manner: 'open',
		requests: [],
		connections: 0,
		get open() {
			return sockets.size;
		},
		tunnels: [],
		seen: '',
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
	return proxy;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n';

function mistreat(client: Socket, manner: Exclude<Manner, 'open'>): void {
	client.on('error', () => undefined);
	// Only a reader notices the end of a connection.
	client.resume().on('end', () => client.destroy());
	switch (manner) {
		case 'silent':
			return;
		case 'dripping':
			void drip(client);
			return;
		case 'closing':
			client.end(ESTABLISHED);
			return;
		case 'resetting':
			client.write(ESTABLISHED, () => client.resetAndDestroy());
			return;
		case 'leading nowhere':
			client.write(`${ESTABLISHED}\r\n`);
	}
}

async function drip(client: Socket): Promise<void> {
	client.write(`${ESTABLISHED}X-Filler: `);
	while (!client.destroyed) {
		client.write('x');
		await sleep(20);
	}
}
