export interface HttpRequest {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Aborted when nobody waits for the answer any more. */
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
	/** The coding of a body that could not be read for it. */
	readonly unknownCoding?: string | undefined;
}

/**
 * One GET request, made by the platform: it adds the `x-api-key` header, follows no redirect, bounds
 * the time until the answer and the time between two parts of its body, and resolves whatever the
 * status is. It rejects when no complete answer arrived; the request is then repeated, except after a
 * `UserError` or a failure that `lastingFailure` knows, such as a certificate. With `BodyTooLarge`,
 * the body has more bytes than `MAX_BODY_BYTES`, and a smaller page is asked for.
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
