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

/** So many bodies are read at a time: what is on the way takes memory, however many requests are. */
const BODIES_AT_A_TIME = 3;

/**
 * The core's HTTP on Node's own, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 * Connections are kept and used again, as many as there are requests side by side.
 *
 * @param accessKey goes into the `x-api-key` header and nowhere else
 * @throws UserError when Node is told to print what it sends
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
			// It waits in the network, and is not late for that.
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

/** Resolves when the answer begins; once the signal is aborted it rejects, whatever the agent does. */
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

/** What Node says of a failure, without the address, which holds filters and a cursor. */
function failureOf(error: unknown, url: URL): Error {
	if (error instanceof UserError || error instanceof BodyTooLarge) return error;
	const lasting = lastingFailure(error, 'the API', process.env);
	if (lasting) return lasting;
	const { code, message } = error as { code?: string; message: string };
	return new Error(onTheWay(url, code ?? message), { cause: error });
}
