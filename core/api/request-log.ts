import type { Instant } from '../instant';

/** A request that this package has made, and that was answered. */
export interface LoggedRequest {
	/** The `request-id` of the answer; where it has none, a made-up one. */
	readonly id: string;
	/** Whether the id is made up: then no activity carries it. */
	readonly anonymous: boolean;
	/** What was asked, and how it was answered, as `nameOfRequest` puts it. */
	readonly name: string | undefined;
	/** Server time of the request; `undefined` where nobody knows. */
	readonly at: Instant | undefined;
	/** When the answer came, by the platform's clock. */
	readonly answeredAt: number;
}

/** So many of the latest requests are kept: those of two days with one each minute. */
const MAX_LATEST = 4096;

/**
 * The requests of one client. By them, a reader of the feed recognises the activities that it causes
 * itself. A checkpoint keeps them too, but a checkpoint that is not stored, as after a failure, loses
 * them.
 */
export class RequestLog {
	/** Whether the user was warned that own requests cannot be distinguished from those of others. */
	warnedOfDoubt = false;
	/** In the order in which they were made. */
	readonly #latest = new Set<LoggedRequest>();
	#untaken: LoggedRequest[] = [];

	/** The latest requests, taken or not. */
	get latest(): readonly LoggedRequest[] {
		return [...this.#latest];
	}

	/** Takes note of a request. */
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
 * A name for a request that its activity gives it as well: the end of its path, its parameters and the
 * status of its answer. Whatever is in between may write the parameters in another way.
 *
 * @returns `undefined` when `url` is not an address
 */
export function nameOfRequest(method: string, url: string, status: number): string | undefined {
	const base = 'https://api.anthropic.com';
	if (!URL.canParse(url, base)) return undefined;
	const { pathname, searchParams } = new URL(url, base);
	const parameters = [...searchParams].map((parameter) => JSON.stringify(parameter)).sort();
	return JSON.stringify([method, pathname.split('/').pop(), status, parameters]);
}
