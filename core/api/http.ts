export interface HttpRequest {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Aborted once nobody waits for the answer any more. */
	readonly signal?: AbortSignal | undefined;
	/** How long the answer may take, with all of its body, in milliseconds. */
	readonly timeout?: number | undefined;
}

export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	/** The whole body, in valid UTF-8 and without a byte order mark; empty if its coding is not known. */
	readonly body: Buffer;
	/** The unknown coding of a body that could not be read. */
	readonly unknownCoding?: string | undefined;
}

/**
 * Makes one GET request. The platform adds the `x-api-key` header, follows no redirect, and limits
 * the time until the answer and the time between two parts of its body. It resolves with any status.
 * It rejects if no complete answer arrives. The client then repeats the request, except after a
 * `UserError` or a failure that `lastingFailure` knows, such as a certificate. `BodyTooLarge` means
 * that the body has more bytes than `MAX_BODY_BYTES`; the client then asks for a smaller page.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** What the core needs of the platform it runs on. */
export interface Platform {
	readonly http: Http;
	/** Milliseconds since the epoch, by a clock that is never set back. */
	readonly now: () => number;
	/** Resolves after so many milliseconds; it may reject as soon as the signal is aborted. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
	readonly log: Log;
}

/** Where messages for the user go. They never hold the key or the content of an activity. */
export interface Log {
	readonly info: (message: string) => void;
	readonly warning: (message: string) => void;
}
