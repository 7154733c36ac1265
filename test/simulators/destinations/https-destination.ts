import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { readBody } from '../github/loopback';
import type { Destination, Outage } from './destination';

/** A request for a destination to answer. */
export interface DestinationRequest {
	readonly method: string;
	readonly url: URL;
	readonly headers: IncomingMessage['headers'];
	readonly body: Buffer;
}

/** The status of an answer, and its body: text, or what becomes JSON. */
export interface DestinationAnswer {
	readonly status: number;
	readonly body?: unknown;
	readonly headers?: Record<string, string>;
}

/** Shared by all destinations of a process, because it takes a while to make. */
let certificate: ReturnType<typeof generate> | undefined;

/** A destination on loopback, over TLS with a certificate of its own. */
export abstract class HttpsDestination implements Destination {
	abstract readonly variables: Record<string, string>;
	abstract readonly secrets: Record<string, string>;
	readonly environment: Record<string, string> = {};
	down: Outage | undefined;
	readonly next: (Outage | undefined)[] = [];
	readonly held: string[] = [];
	/** The requests that reached it, also those that it did not take. */
	readonly requests: DestinationRequest[] = [];
	/** Answers in the place of the destination, as what is reached with a wrong address does. */
	impostor: DestinationAnswer | undefined;
	/** Without a trailing slash. */
	protected url = '';
	#server: Server | undefined;
	#home = '';

	/** Answers a request, and adds to `held` what it takes. */
	protected abstract answer(request: DestinationRequest): DestinationAnswer;

	/** Starts to listen. */
	async open(): Promise<this> {
		certificate ??= generate([{ name: 'commonName', value: '127.0.0.1' }], {
			keyType: 'ec',
			extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
		});
		const { private: key, cert } = await certificate;
		this.#home = mkdtempSync(path.join(tmpdir(), 'destination-'));
		const authority = path.join(this.#home, 'authority.pem');
		writeFileSync(authority, cert);
		this.environment.CURL_CA_BUNDLE = authority;
		const server = createServer({ key, cert }, (request, response) => {
			void this.#handle(request, response);
		});
		this.#server = server;
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(0, '127.0.0.1', resolve);
		});
		this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
		return this;
	}

	async close(): Promise<void> {
		await new Promise<void>((resolve) => {
			this.#server!.close(() => resolve());
			this.#server!.closeAllConnections();
		});
		rmSync(this.#home, { recursive: true, force: true });
	}

	async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
		const request = {
			method: incoming.method ?? '',
			url: new URL(incoming.url ?? '', this.url),
			headers: incoming.headers,
			body: await readBody(incoming),
		};
		this.requests.push(request);
		const outage = this.next.length > 0 ? this.next.shift() : this.down;
		if (outage === 'hang-up') return void incoming.socket.destroy();
		const { status, body, headers } =
			outage === undefined
				? (this.impostor ?? this.answer(request))
				: // An error page may repeat what was sent, so it must not get into a log.
					{ status: outage, body: request.body.toString(), headers: {} };
		const isText = typeof body === 'string';
		response.writeHead(status, {
			...(!isText && { 'content-type': 'application/json' }),
			...headers,
		});
		response.end(isText ? body : JSON.stringify(body));
	}
}

/** The lines of a request's body. */
export const linesIn = (body: Buffer): string[] => body.toString().split('\n').slice(0, -1);
