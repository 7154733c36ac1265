/** What is sent back. A Buffer goes out as it is, anything else as JSON. */
export interface Answer {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

/** An answer that says no; the documentation it points to is the endpoint's. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly details: { errors?: unknown[]; headers?: Record<string, string> } = {},
	) {
		super(message);
	}
}

export function notFound(message = 'Not Found'): Refusal {
	return new Refusal(404, message);
}

/** An error as GitHub words it, with the page of its documentation that tells more. */
export function problem(
	status: number,
	message: string,
	documentation = '',
	errors?: unknown[],
): Answer {
	const documentation_url = `https://docs.github.com/rest${documentation && `/${documentation}`}`;
	return {
		status,
		body: { message, ...(errors && { errors }), documentation_url, status: String(status) },
	};
}

/** What GitHub says to who asks too much in too short a time. */
export function secondaryRateLimit(retryAfterSeconds = 60, status: 403 | 429 = 403): Answer {
	const message =
		'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
	const page = 'overview/rate-limits-for-the-rest-api#about-secondary-rate-limits';
	const headers = { 'retry-after': String(retryAfterSeconds) };
	return { ...problem(status, message, page), headers };
}

/**
 * What GitHub says when an hour's requests are used up.
 *
 * @param resetsIn how many milliseconds the hour has left
 */
export function primaryRateLimit(resetsIn: number, status: 403 | 429 = 403): Answer {
	const message = 'API rate limit exceeded for installation.';
	const page = 'overview/rate-limits-for-the-rest-api';
	return {
		...problem(status, message, page),
		headers: {
			'x-ratelimit-remaining': '0',
			'x-ratelimit-reset': String(Math.ceil((Date.now() + resetsIn) / 1000)),
		},
	};
}
