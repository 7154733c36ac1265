/** A refusal in Twirp's terms; the results service turns it into an HTTP error. */
export class TwirpError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
	) {
		super(message);
	}
}

/** A request as the libraries send it: protobuf JSON with snake_case names. */
export type TwirpRequest = Record<string, unknown>;

/** A string field; protobuf JSON leaves empty ones out. */
export function text(request: TwirpRequest, field: string): string {
	const value = request[field];
	return typeof value === 'string' ? value : '';
}
