import { Readable } from 'node:stream';
import {
	type IHttpRequestOptions,
	type INode,
	type JsonObject,
	NodeApiError,
	sleep,
} from 'n8n-workflow';
import type { ActivityFeed } from '../../simulators/activity-feed/activity-feed';
import { requestOverSockets } from './sockets';
import { datedAt, type HttpResponse, inMemoryHttp } from '../../simulators/activity-feed/http';

const N8N_TIMEOUT_MS = 300_000;
const MAX_REDIRECTS = 21;

export interface SentRequest {
	url: string;
	headers: Record<string, string>;
}

/** The network that n8n's HTTP client reaches: each origin has a feed. */
export class Network {
	/** All requests, to any origin. */
	readonly sent: SentRequest[] = [];
	/** How long the next answer takes, in milliseconds. */
	latency: () => number = () => 0;
	/** Whether no connection can be made. */
	down = false;
	/** Changes a body before it is sent. */
	rewrite: (body: Buffer) => Buffer = (body) => body;
	/** Whether requests go over real sockets, through n8n's library. The test must then use real time. */
	overSockets = false;
	/** Whether answers have a `Date`. */
	dated = true;
	/** Runs as a request arrives, and again as its answer leaves. */
	meanwhile: () => void = () => undefined;
	readonly #servers = new Map<string, { feed: ActivityFeed; now: () => number }>();

	/** @param now the server's clock */
	serve(origin: string, feed: ActivityFeed, now: () => number = Date.now): void {
		this.#servers.set(origin, { feed, now });
	}

	/** One request as axios makes it, with a time limit and without redirects. */
	async request(request: SentRequest, timeout: number): Promise<HttpResponse> {
		this.sent.push(request);
		const { origin } = new URL(request.url);
		const server = this.#servers.get(origin);
		if (this.down) throw failure('ECONNREFUSED', `connect ECONNREFUSED ${origin}`, request);
		if (!server) throw failure('ENOTFOUND', `getaddrinfo ENOTFOUND ${origin}`, request);
		this.meanwhile();
		const latency = this.latency();
		let response: HttpResponse;
		try {
			response = await inMemoryHttp(server.feed)(request);
		} catch (error) {
			const { code, message } = error as Error & { code: string };
			if (code !== 'ETIMEDOUT') throw failure(code, message, request);
			await sleep(timeout);
			throw timedOut(timeout, request);
		}
		await sleep(Math.min(latency, timeout));
		if (latency > timeout) throw timedOut(timeout, request);
		this.meanwhile();
		const sent = datedAt({ ...response, body: this.rewrite(response.body) }, server.now());
		if (!this.dated) delete sent.headers.date;
		return sent;
	}
}

/**
 * A request as n8n makes it for a node, with n8n's defaults: it parses JSON, throws if the status is not a
 * success, and follows redirects to any origin, with all headers.
 */
export async function httpRequest(
	network: Network,
	node: INode,
	options: IHttpRequestOptions,
): Promise<unknown> {
	const request = {
		url: urlOf(options),
		headers: { ...options.headers } as SentRequest['headers'],
	};
	try {
		if (network.overSockets) return await requestOverSockets({ ...options, ...request });
		const response = await follow(network, request, options);
		const { status, headers } = response;
		const body = options.encoding === 'stream' ? streamOf(response) : parsed(response);
		if (!options.ignoreHttpStatusErrors && (status < 200 || status > 299)) {
			throw failure('ERR_BAD_REQUEST', `Request failed with status code ${status}`, request, {
				status,
				headers,
				data: body,
			});
		}
		return options.returnFullResponse ? { statusCode: status, headers, body } : body;
	} catch (error) {
		throw new NodeApiError(node, error as JsonObject);
	}
}

export interface LegacyRequest extends IHttpRequestOptions {
	followRedirect?: boolean;
	simple?: boolean;
	resolveWithFullResponse?: boolean;
	useStream?: boolean;
}

/** A request as n8n makes it for the test of a credential, with the defaults of the library that it used before. */
export async function legacyRequest(network: Network, options: LegacyRequest): Promise<unknown> {
	const { followRedirect = true, simple = true, useStream, resolveWithFullResponse } = options;
	const request = {
		url: urlOf(options),
		headers: { ...options.headers } as SentRequest['headers'],
	};
	const redirects = { ...options, disableFollowRedirect: !followRedirect };
	if (network.overSockets) {
		const { timeout, disableFollowRedirect } = redirects;
		const passed = { ...request, timeout, disableFollowRedirect, ignoreHttpStatusErrors: !simple };
		return await requestOverSockets({ ...passed, ...(useStream && { encoding: 'stream' }) }, -1);
	}
	const { status, headers, body: whole } = await follow(network, request, redirects);
	if (simple && (status < 200 || status > 299)) {
		throw failure('ERR_BAD_REQUEST', `${status} - ${whole.toString()}`, request);
	}
	const body = useStream ? Readable.from(chunksOf(whole)) : whole.toString();
	return resolveWithFullResponse ? { statusCode: status, headers, body } : body;
}

function chunksOf(body: Buffer): Buffer[] {
	const middle = body.length >> 1;
	return [body.subarray(0, middle), body.subarray(middle)].filter(({ length }) => length > 0);
}

async function follow(
	network: Network,
	request: SentRequest,
	options: IHttpRequestOptions,
): Promise<HttpResponse> {
	for (let redirects = 0; ; redirects++) {
		const response = await network.request(request, options.timeout ?? N8N_TIMEOUT_MS);
		const { location } = response.headers;
		const isRedirect = response.status >= 300 && response.status < 400 && location !== undefined;
		if (!isRedirect || options.disableFollowRedirect) return response;
		if (redirects === MAX_REDIRECTS) {
			throw failure('ERR_FR_TOO_MANY_REDIRECTS', 'Maximum number of redirects exceeded', request);
		}
		request = { ...request, url: new URL(location, request.url).href };
	}
}

function urlOf({ baseURL = '', url, qs = {} }: IHttpRequestOptions): string {
	const target = new URL(`${baseURL}${url}`);
	for (const [name, value] of Object.entries(qs)) {
		if (!Array.isArray(value)) target.searchParams.append(name, String(value));
		else value.forEach((each, i) => target.searchParams.append(`${name}[${i}]`, String(each)));
	}
	return target.href;
}

function streamOf({ body }: HttpResponse): Readable {
	const middle = body.length >> 1;
	return Readable.from([body.subarray(0, middle), body.subarray(middle)]);
}

function parsed({ body }: HttpResponse): unknown {
	const text = body.toString();
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

class AxiosError extends Error {
	override readonly name = 'AxiosError';
}

/** An error of n8n's HTTP client. It holds the whole request, including the key. */
function failure(code: string, message: string, request: SentRequest, response?: object): Error {
	return Object.assign(new AxiosError(message), {
		code,
		config: request,
		isAxiosError: true,
		...(response && { response }),
	});
}

function timedOut(timeout: number, request: SentRequest): Error {
	return failure('ECONNABORTED', `timeout of ${timeout}ms exceeded`, request);
}
