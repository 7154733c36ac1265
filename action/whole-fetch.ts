import fetch, { type RequestInit, type Response } from 'node-fetch';
import { agentFor } from './proxy';
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
		// By itself, node-fetch knows no proxy.
		const response = await fetch(url, { ...init, signal, agent: agentFor });
		watchdog.expectBody();
		const body = await readBody(response, () => watchdog.expectMore());
		return { response, body };
	} catch (error) {
		throw watchdog.complaint ?? new Error(reasonOf(error));
	} finally {
		watchdog.end();
	}
}

/** What node-fetch says of a failure, without the address. */
function reasonOf(error: unknown): string {
	const { code, message } = error as { code?: string; message: string };
	return code ?? message.replace(/^.*reason: /s, '');
}

async function readBody(response: Response, onPart: () => void): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of response.body ?? []) {
		onPart();
		parts.push(Buffer.from(part));
	}
	return Buffer.concat(parts);
}
