import type { Readable } from 'node:stream';
import fetch, { Headers, type RequestInit, type Response } from 'node-fetch';
import {
	ACCEPTED_CODINGS,
	BodyTooLarge,
	ComplianceError,
	lastingFailure,
	unknownCoding,
} from '../../core';
import { readBody } from './body';
import { agentFor, onTheWay } from './proxy';
import { type Timeouts, Watchdog } from './watchdog';

/**
 * Fetches an answer with all of its body, through the proxy if there is one.
 *
 * @throws Error that says what went wrong or did not come in time, without the address
 */
export async function fetchWhole(
	url: string,
	init: RequestInit,
	timeouts: Timeouts,
): Promise<{ response: Response; body: Buffer }> {
	const watchdog = new Watchdog(timeouts);
	try {
		watchdog.expectAnswer();
		const { signal } = watchdog;
		const headers = new Headers(init.headers);
		headers.set('accept-encoding', ACCEPTED_CODINGS);
		// By itself, node-fetch knows no proxy, few codings and no limit.
		const options = { ...init, headers, compress: false, signal, agent: agentFor };
		const response = await fetch(url, options);
		watchdog.expectBody();
		const body = await bodyOf(response, () => watchdog.expectMore());
		return { response, body };
	} catch (error) {
		throw new Error(reasonOf(watchdog.complaint ?? error, new URL(url)));
	} finally {
		watchdog.end();
	}
}

async function bodyOf(response: Response, onPart: () => void): Promise<Buffer> {
	if (!response.body) return Buffer.alloc(0);
	const { headers } = response;
	const body = await readBody(response.body as Readable, (name) => headers.get(name), onPart);
	if (body.unknownCoding !== undefined) throw unknownCoding(body.unknownCoding);
	return body.bytes;
}

/** What went wrong, without the address. */
function reasonOf(error: unknown, url: URL): string {
	const lasting =
		error instanceof ComplianceError ? error : lastingFailure(error, 'GitHub', process.env);
	if (lasting) return lasting.message;
	if (error instanceof BodyTooLarge) return `the answer has ${error.message}`;
	const { code, message } = error as { code?: string; message: string };
	return onTheWay(url, code ?? message.replace(/^.*reason: /s, ''));
}
