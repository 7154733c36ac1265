import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActivityFeed, Answer } from './activity-feed';

export interface ServerOptions {
	/** How long each request waits for its answer, in real milliseconds; default 0. */
	latency?: number;
	/** Serves HTTPS with this key and certificate (PEM). */
	tls?: { key: string; cert: string };
	/** Default: any free one. */
	port?: number;
	/** Compresses bodies for clients that accept it; default false. */
	gzip?: boolean;
	/** Whether there is a gateway in between, which also compresses and sends in chunks; default false. */
	gateway?: boolean;
}

/** The buffer size of a gateway, in bytes. It sends each buffer when it is full. */
const CHUNK = 16 * 1024;

export interface RunningServer {
	/** The origin, without a slash at its end. */
	url: string;
	/** Stops listening, and destroys the open connections. */
	close(): Promise<void>;
}

/** Serves the feed on 127.0.0.1. */
export async function startActivityFeed(
	feed: ActivityFeed,
	options: ServerOptions = {},
): Promise<RunningServer> {
	const listener = (request: IncomingMessage, response: ServerResponse) => {
		serve(feed, options, request, response).catch((error: unknown) => {
			// Only a scripted fault can throw, and the author of the test must see that.
			response.statusCode = 500;
			response.end(String(error));
		});
	};
	const server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
	// Client and server may share a process. After a busy phase, the server would close an idle
	// connection just when the client uses it again.
	server.keepAliveTimeout = 10 * 60_000;
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(options.port ?? 0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	return {
		url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
		close: () =>
			new Promise((resolve, reject) => {
				server.close((error) => (error ? reject(error) : resolve()));
				server.closeAllConnections();
			}),
	};
}

async function serve(
	feed: ActivityFeed,
	{ latency = 0, gzip = false, gateway = false }: ServerOptions,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	// With an unread body, the connection could not be used again.
	request.resume();
	if (latency > 0) await sleep(latency);
	const answer = feed.answer({
		url: request.url!,
		method: request.method,
		headers: flat(request.headers),
	});
	const { delivery } = answer;
	if (delivery && 'hang' in delivery) return;
	if (delivery && 'reset' in delivery) {
		request.socket.destroy();
		return;
	}

	const body = head(answer, response, {
		compressed: (gzip || gateway) && acceptsGzip(request),
		chunked: gateway,
	});
	if (!delivery) {
		const whole = gateway ? CHUNK : body.length;
		for (let sent = 0; sent < body.length; sent += whole) {
			response.write(body.subarray(sent, sent + whole));
		}
		response.end();
	} else if ('cutBody' in delivery) {
		const length = Math.floor(body.length * delivery.cutBody);
		response.write(body.subarray(0, length), () => request.socket.destroy());
	} else if ('stallBody' in delivery) response.write(body.subarray(0, body.length >> 1));
	else if ('slowBody' in delivery) {
		const { chunkBytes, everyMs } = delivery.slowBody;
		for (let sent = 0; sent < body.length && !response.destroyed; sent += chunkBytes) {
			response.write(body.subarray(sent, sent + chunkBytes));
			await sleep(everyMs);
		}
		response.end();
	}
}

/** Sends the headers, and returns the body's bytes. */
function head(
	answer: Answer,
	response: ServerResponse,
	{ compressed, chunked }: { compressed: boolean; chunked: boolean },
): Buffer {
	const body = compressed ? gzipSync(answer.body, { level: 1 }) : answer.body;
	// The feed's clock sets `Date`, or a fault takes it away.
	response.sendDate = false;
	response.writeHead(answer.status, {
		...answer.headers,
		...(compressed && { 'content-encoding': 'gzip', vary: 'accept-encoding' }),
		...(!chunked && { 'content-length': body.length }),
	});
	response.flushHeaders();
	return body;
}

function acceptsGzip(request: IncomingMessage): boolean {
	return /\bgzip\b/.test(String(request.headers['accept-encoding']));
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
