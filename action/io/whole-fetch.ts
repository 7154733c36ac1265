import type { Readable } from 'node:stream';
import fetch, { Headers, type RequestInit, type Response } from 'node-fetch';
import {
	ACCEPTED_CODINGS,
	BodyTooLarge,
	UserError,
	lastingFailure,
	redirectTarget,
	unknownCoding,
} from '../../core';
import { readBody } from './body';
import type { Timeouts } from './http-rules';
import { agentFor, onTheWay } from './proxy';
import { Watchdog } from './watchdog';

/** The only redirect after which a GET replaces the request, except a HEAD. Others repeat the request. */
const SEE_OTHER = 303;
const REFUSED_REDIRECT =
	'the answer redirects to another origin or in circles, so the redirect is not followed';

/**
 * Fetches an answer with its whole body, through the proxy if there is one. Redirects are followed only
 * within the address's origin. They repeat the request with its method and body, as GitHub asks for.
 *
 * @throws Error with the reason of the failure or the timeout, without the address
 */
export async function fetchWhole(
	url: string,
	init: RequestInit,
	timeouts: Timeouts,
): Promise<{ response: Response; body: Buffer }> {
	const watchdog = new Watchdog(timeouts);
	try {
		const response = await follow(url, init, watchdog);
		watchdog.expectBody();
		const body = await bodyOf(response, () => watchdog.expectMore());
		return { response, body };
	} catch (error) {
		throw new Error(reasonOf(watchdog.complaint ?? error, new URL(url)));
	} finally {
		watchdog.end();
	}
}

/** Resolves when an answer begins that is not a redirect. */
async function follow(start: string, init: RequestInit, watchdog: Watchdog): Promise<Response> {
	const headers = new Headers(init.headers);
	headers.set('accept-encoding', ACCEPTED_CODINGS);
	// By default, node-fetch uses no proxy and no size limit, knows few codings, and sends tokens to subdomains.
	const options: RequestInit = {
		...init,
		headers,
		compress: false,
		redirect: 'manual',
		signal: watchdog.signal,
		agent: agentFor,
	};
	for (let url = start, followed = 0; ; followed++) {
		watchdog.expectAnswer();
		const response = await fetch(url, options);
		const target = redirectTarget(url, response.status, response.headers.get('location'), followed);
		if (!target) return response;
		(response.body as Readable | null)?.destroy();
		if (target === 'refused') throw new Error(REFUSED_REDIRECT);
		url = target.href;
		if (response.status === SEE_OTHER && options.method !== 'HEAD') {
			Object.assign(options, { method: 'GET', body: undefined });
		}
	}
}

async function bodyOf(response: Response, onPart: () => void): Promise<Buffer> {
	if (!response.body) return Buffer.alloc(0);
	const { headers } = response;
	const body = await readBody(response.body as Readable, (name) => headers.get(name), onPart);
	if (body.unknownCoding !== undefined) throw unknownCoding(body.unknownCoding);
	return body.bytes;
}

/** The reason of a failure, without the address. */
function reasonOf(error: unknown, url: URL): string {
	const lasting = error instanceof UserError ? error : lastingFailure(error, 'GitHub', process.env);
	if (lasting) return lasting.message;
	if (error instanceof BodyTooLarge) return `the answer has ${error.message}`;
	const { code, message } = error as { code?: string; message: string };
	return onTheWay(url, code ?? message.replace(/^.*reason: /s, ''));
}
