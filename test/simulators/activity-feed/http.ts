import type { ActivityFeed } from './activity-feed';

export interface HttpRequest {
	url: string;
	headers: Record<string, string>;
}

export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: Buffer;
}

/**
 * The feed as an HTTP function without sockets, so that property tests run at full speed. What
 * would never come to an end on a socket fails at once, as a timeout would. The key, when given, is
 * sent with every request.
 */
export function inMemoryHttp(
	feed: ActivityFeed,
	key?: string,
): (request: HttpRequest) => Promise<HttpResponse> {
	return async ({ url, headers: given }) => {
		const sent = { url, headers: { ...given, ...(key !== undefined && { 'x-api-key': key }) } };
		// A network never answers within the same turn.
		await Promise.resolve();
		const { delivery, status, headers, body } = feed.answer(sent);
		if (!delivery || 'slowBody' in delivery) return { status, headers, body };
		if ('cutBody' in delivery) {
			const length = Math.floor(body.length * delivery.cutBody);
			return { status, headers, body: body.subarray(0, length) };
		}
		if ('reset' in delivery) throw networkError('ECONNRESET', 'socket hang up');
		throw networkError('ETIMEDOUT', 'timed out');
	};
}

/** The worst a server may do: look at the feed first, and at the clock last. */
export function datedAt(response: HttpResponse, now: number): HttpResponse {
	const date = response.headers.date && new Date(now).toUTCString();
	return { ...response, headers: { ...response.headers, ...(date && { date }) } };
}

function networkError(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}
