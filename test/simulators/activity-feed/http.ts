import type { ActivityFeed } from './activity-feed';
import type { AnswerHeaders } from './gateway';

export interface HttpRequest {
	url: string;
	headers: Record<string, string>;
}

export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: Buffer;
	/** As in an answer of the feed. */
	dateAhead?: number;
}

/**
 * The feed as an HTTP function without sockets, so that property tests run at full speed. A request
 * that would never end on a socket fails at once, like after a timeout. If a key is given, every
 * request has it.
 */
export function inMemoryHttp(
	feed: ActivityFeed,
	key?: string,
): (request: HttpRequest) => Promise<HttpResponse> {
	return async ({ url, headers: given }) => {
		const sent = { url, headers: { ...given, ...(key !== undefined && { 'x-api-key': key }) } };
		// A network never answers within the same turn.
		await Promise.resolve();
		const { delivery, body, ...answer } = feed.answer(sent);
		const response = { ...answer, headers: joined(answer.headers) };
		if (!delivery || 'slowBody' in delivery) return { ...response, body };
		if ('cutBody' in delivery) {
			const length = Math.floor(body.length * delivery.cutBody);
			return { ...response, body: body.subarray(0, length) };
		}
		if ('reset' in delivery) throw networkError('ECONNRESET', 'socket hang up');
		throw networkError('ETIMEDOUT', 'timed out');
	};
}

/**
 * The worst behaviour of a server: it reads the feed first and the clock last. A `Date` that comes
 * from no clock does not change.
 */
export function datedAt(response: HttpResponse, now: number): HttpResponse {
	if (response.dateAhead === undefined) return response;
	const date = new Date(now + response.dateAhead).toUTCString();
	return { ...response, headers: { ...response.headers, date } };
}

/** Joins several headers of one name to one, like clients. */
function joined(headers: AnswerHeaders): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
	);
}

function networkError(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}
