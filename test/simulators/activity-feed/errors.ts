/** The error bodies of refused requests. */
export class FeedError extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly details?: Record<string, unknown>,
	) {
		super(message);
	}
}

const TYPES: Record<number, string> = {
	400: 'invalid_request_error',
	401: 'authentication_error',
	403: 'permission_error',
	404: 'not_found_error',
	405: 'invalid_request_error',
	429: 'rate_limit_error',
	504: 'timeout_error',
	529: 'overloaded_error',
};

/** The body of an error answer. */
export function errorBody(
	status: number,
	message: string,
	requestId?: string,
	details?: Record<string, unknown>,
): string {
	const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
	return JSON.stringify({
		type: 'error',
		error: { type, message, ...(details && { details }) },
		request_id: requestId ?? null,
	});
}
