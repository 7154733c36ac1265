import type { Instant } from '../instant';

/** An answered request of this package. */
export interface LoggedRequest {
	/** The `request-id` of the answer, or a made-up id if it has none. */
	readonly id: string;
	/** Whether the id is made up. Then no activity has it. */
	readonly anonymous: boolean;
	/** The name of the request by `nameOfRequest`. */
	readonly name: string | undefined;
	/** Server time of the request; `undefined` if it is not known. */
	readonly at: Instant | undefined;
	/** When the answer arrived, by the platform's clock. */
	readonly answeredAt: number;
}

/** How many of the latest requests are kept: two days with one request a minute. */
const MAX_LATEST = 4096;

/**
 * The requests of one client. With them, a reader of the feed recognises the activities of its own
 * requests. A checkpoint also has them, but after a failure the checkpoint may not be stored.
 */
export class RequestLog {
	/** Whether the user was warned that own requests cannot be distinguished from those of others. */
	warnedOfDoubt = false;
	/** In the order of the requests. */
	readonly #latest = new Set<LoggedRequest>();
	#untaken: LoggedRequest[] = [];

	/** The latest requests, taken or not. */
	get latest(): readonly LoggedRequest[] {
		return [...this.#latest];
	}

	/** Notes a request. */
	add(request: LoggedRequest): void {
		this.#untaken.push(request);
		this.#latest.add(request);
		if (this.#latest.size <= MAX_LATEST) return;
		const [oldest] = this.#latest;
		if (oldest !== undefined) this.#latest.delete(oldest);
	}

	/** The request with a `request-id`, if it is one of the latest. */
	find(id: string): LoggedRequest | undefined {
		for (const request of this.#latest) if (request.id === id) return request;
		return undefined;
	}

	/** The requests that nobody has taken so far. */
	take(): LoggedRequest[] {
		const taken = this.#untaken;
		this.#untaken = [];
		return taken;
	}
}

/**
 * A name of a request that its activity has, too: the end of its path, its parameters and the status
 * of its answer. A gateway in between may write the parameters in another way.
 *
 * @returns `undefined` if `url` is not an address
 */
export function nameOfRequest(method: string, url: string, status: number): string | undefined {
	const base = 'https://api.anthropic.com';
	if (!URL.canParse(url, base)) return undefined;
	const { pathname, searchParams } = new URL(url, base);
	const parameters = [...searchParams].map((parameter) => JSON.stringify(parameter)).sort();
	return JSON.stringify([method, pathname.split('/').pop(), status, parameters]);
}
