import { isUtf8 } from 'node:buffer';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import limit from 'p-limit';
import {
	ACCEPTED_CODINGS,
	BodyTooLarge,
	UserError,
	type Http,
	lastingFailure,
	utf8Body,
} from '../../core';
import { readBody } from './body';
import { refuseDebugOutput } from './debug-output';
import { FEED_TIMEOUTS } from './http-rules';
import { agentFor, onTheWay } from './proxy';
import { Watchdog } from './watchdog';

/** How many bodies are read at a time, because each takes memory; more requests may be under way. */
const BODIES_AT_A_TIME = 3;

/**
 * The core's `Http` with Node's HTTP client, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY
 * name. Connections are reused; there are as many as concurrent requests.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 * @throws UserError when NODE_DEBUG is set
 */
export function complianceHttp(accessKey: string, timeouts = FEED_TIMEOUTS): Http {
	refuseDebugOutput();
	const own = { 'accept-encoding': ACCEPTED_CODINGS, 'x-api-key': accessKey };
	const oneOfFew = limit(BODIES_AT_A_TIME);
	return async ({ url: address, headers, signal, timeout }) => {
		const url = new URL(address);
		const watchdog = new Watchdog(timeouts);
		try {
			if (timeout !== undefined) watchdog.expectWhole(timeout);
			watchdog.expectAnswer();
			const signals = signal ? [signal, watchdog.signal] : [watchdog.signal];
			const response = await get(url, { ...headers, ...own }, AbortSignal.any(signals));
			// While the answer waits for its turn, no timeout applies.
			watchdog.rest();
			response.on('error', () => undefined);
			const { bytes, unknownCoding } = await oneOfFew(() => {
				watchdog.expectBody();
				const { headers } = response;
				return readBody(
					response,
					(name) => headers[name]?.toString(),
					() => watchdog.expectMore(),
				);
			});
			const status = response.statusCode ?? 0;
			const body = utf8Body(bytes, isUtf8(bytes), status);
			return { status, headers: headersOf(response), body, unknownCoding };
		} catch (error) {
			throw failureOf(watchdog.complaint ?? error, url);
		} finally {
			watchdog.end();
		}
	};
}

/** Resolves when the answer begins; rejects when the signal aborts, even if the agent ignores it. */
function get(
	url: URL,
	headers: Readonly<Record<string, string>>,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const protocol = url.protocol === 'https:' ? https : http;
	const over = new AbortController();
	return new Promise<IncomingMessage>((resolve, reject) => {
		const giveUp = () => reject(signal.reason as Error);
		signal.addEventListener('abort', giveUp, { once: true, signal: over.signal });
		protocol.get(url, { headers, signal, agent: agentFor(url) }, resolve).on('error', reject);
	}).finally(() => over.abort());
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Node's reason for a failure, without the address, which holds filters and a cursor. */
function failureOf(error: unknown, url: URL): Error {
	if (error instanceof UserError || error instanceof BodyTooLarge) return error;
	const lasting = lastingFailure(error, 'the API', process.env);
	if (lasting) return lasting;
	const { code, message } = error as { code?: string; message: string };
	const reason = onTheWay(url, code ?? message);
	const failure = new Error(reason, { cause: error });
	// Without a proxy, the core has words for the code.
	return reason === code ? Object.assign(failure, { code }) : failure;
}
