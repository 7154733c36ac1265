import { randomUUID } from 'crypto';
import type { UserError } from '../errors';
import { noAnswer, redirectRefused, unreadableAnswer } from './failed-request';
import type { HttpResponse, Log, Platform } from './http';
import { type Instant, parseHttpDate } from '../instant';
import { Organization } from './organization';
import { product } from '../product';
import { type Ended, RateLimit, type WaitLimits } from './rate-limit';
import { redirectTarget } from './redirect';
import { requestIdOf } from './refusal';
import { nameOfRequest, RequestLog } from './request-log';
import {
	describeNextTry,
	endOfTry,
	type FailedTry,
	isGood,
	pauseForAll,
	retryAfterOf,
	type TooMuch,
	Tries,
} from './retry';
import { Secret } from './secret';
import { DEFAULT_RATE_LIMIT_SHARE } from '../settings/limits';
import { ServerClock } from './server-clock';

const HEADERS = {
	accept: 'application/json',
	'anthropic-version': '2023-06-01',
	'user-agent': `${product.name}/${product.version}`,
};

export interface ApiClientOptions extends Platform {
	/** As `parseBaseUrl` returns it. */
	readonly baseUrl: string;
	/** The key that `http` sends. No message holds any part of it, even if an answer repeats it. */
	readonly accessKey: string;
	/** The requests made so far, if several clients serve one reader. */
	readonly requests?: RequestLog | undefined;
	/** The part of the organization's request limit that may be used, above 0 and up to 1. */
	readonly rateLimitShare?: number | undefined;
	/** Random numbers from 0 to 1, for back-off. */
	readonly random?: () => number;
}

/** A request of an endpoint. */
export interface ApiRequest<Content> {
	/** The path below the base URL. */
	readonly path: string;
	/** The URL parameters. */
	readonly query: string;
	/** What messages call the content, such as `activities`. */
	readonly what: string;
	/**
	 * Reads the body of a good answer; it belongs to the content from then on. A SyntaxError means
	 * that the body is incomplete, which is worth another try.
	 */
	readonly parse: (body: Buffer, requestId: string | undefined) => Content;
	/** Turns an unsuccessful answer into an error. */
	readonly refusal: (response: HttpResponse, retryAfterMs: number | undefined) => UserError;
	/**
	 * Is called if a try has asked for too much. Returns how the next try asks for less, for the
	 * log; `undefined` if it cannot.
	 */
	readonly askForLess?: (what: TooMuch) => string | undefined;
}

/** A good answer. */
export interface Answer<Content> {
	readonly content: Content;
	readonly requestId: string | undefined;
	/** The answer's `Date` header, if it has a readable one. */
	readonly date: Instant | undefined;
	/** Server time of the request, or a little before; `undefined` while it is not known. */
	readonly readAt: Instant | undefined;
	/** Local time of the request, by the platform's clock. */
	readonly startedAt: number;
}

/**
 * The Compliance API at one address, with one key. It repeats a request until an answer arrives or the
 * API refuses. All callers share what it learns from answers.
 */
export class ApiClient {
	readonly baseUrl: string;
	readonly log: Log;
	/** The requests made so far. */
	readonly requests: RequestLog;
	readonly clock = new ServerClock();
	readonly organization = new Organization();
	readonly #platform: Platform;
	readonly #limit: RateLimit;
	readonly #secret: Secret;
	readonly #random: () => number;

	constructor(options: ApiClientOptions) {
		const { rateLimitShare = DEFAULT_RATE_LIMIT_SHARE, requests = new RequestLog() } = options;
		this.baseUrl = options.baseUrl;
		this.log = options.log;
		this.requests = requests;
		this.#platform = options;
		this.#limit = new RateLimit(rateLimitShare, options);
		this.#secret = new Secret(options.accessKey);
		this.#random = options.random ?? Math.random;
	}

	/** The present by the platform's clock. */
	get now(): number {
		return this.#platform.now();
	}

	/** How many parallel requests are worthwhile, judged by the answers so far. */
	get concurrency(): number {
		return this.#limit.concurrency;
	}

	/** Resolves after so many milliseconds, by the platform's clock. */
	async pause(ms: number, signal?: AbortSignal): Promise<void> {
		await this.#platform.sleep(ms, signal);
	}

	/**
	 * Repeats the request until a readable answer arrives. `Tries` decides when to try again.
	 *
	 * @param ask the request; a function is called before each try, so that it can ask for less
	 * @throws UserError if the API refuses or stays unavailable, and the errors of `parse`
	 * @throws OutOfTime when there is no time left before `until` for what may pass
	 */
	async get<Content>(
		ask: ApiRequest<Content> | (() => ApiRequest<Content>),
		{ until = Infinity, signal }: WaitLimits = {},
	): Promise<Answer<Content>> {
		const tries = new Tries(this.#random);
		const send = async () => {
			const request = typeof ask === 'function' ? ask() : ask;
			return await this.#try(request, until, signal);
		};
		for (;;) {
			const outcome = await this.#limit.run(send, { until, signal });
			if ('content' in outcome) return outcome;
			const next = tries.after(outcome, this.now, until);
			this.log.info(`${outcome.failure.summary} ${describeNextTry(next)}`);
			await this.pause(next.wait, signal);
			signal?.throwIfAborted();
		}
	}

	/**
	 * Makes one request.
	 *
	 * @throws UserError for a failure that no further try can fix
	 */
	async #try<Content>(
		request: ApiRequest<Content>,
		until: number,
		signal: AbortSignal | undefined,
	): Promise<Ended<Answer<Content> | FailedTry>> {
		const { now } = this.#platform;
		const startedAt = now();
		const end = endOfTry(startedAt, until);
		const failed = (failure: UserError, ended: FailedTry['ended']): FailedTry => ({
			...{ failure, ended, askForLess: request.askForLess },
			...{ startedAt, took: now() - startedAt },
		});
		const url = `${this.baseUrl}${request.path}?${request.query}`;
		let response: HttpResponse;
		try {
			response = await this.#fetch(url, end, signal);
		} catch (error) {
			signal?.throwIfAborted();
			return { result: failed(noAnswer(error), { error }), answer: undefined };
		}
		const at = now();
		const date = parseHttpDate(response.headers.date ?? '');
		if (date !== undefined) this.clock.learn(date, at);
		const readAt = this.clock.at(startedAt);
		const requestId = requestIdOf(response);
		this.#note(url, response, readAt, at);
		const { status, headers } = response;
		const answer = { headers, date, at };

		if (!isGood(response)) {
			const retryAfterMs = retryAfterOf(response, date ?? this.clock.at(at));
			const failure = request.refusal(this.#secret.hideInAnswer(response), retryAfterMs);
			const result = failed(failure, { status, headers });
			return { result, answer: { ...answer, refusedFor: pauseForAll(failure) } };
		}
		try {
			const content = request.parse(response.body, requestId);
			this.organization.learn(response);
			const result = { content, requestId, date, readAt, startedAt };
			return { result, answer: { ...answer, took: Math.max(at - startedAt, 0) } };
		} catch (error) {
			const failure = unreadableAnswer(response, error, request.what);
			return { result: failed(failure, { status, headers }), answer };
		}
	}

	#note(url: string, response: HttpResponse, at: Instant | undefined, answeredAt: number): void {
		const id = requestIdOf(response);
		const name = nameOfRequest('GET', url, response.status);
		const anonymous = id === undefined;
		this.requests.add({ id: id ?? randomUUID(), anonymous, name, at, answeredAt });
	}

	/** Follows redirects, but takes the key to no other origin. */
	async #fetch(url: string, end: number, signal: AbortSignal | undefined): Promise<HttpResponse> {
		for (let followed = 0; ; followed++) {
			const timeout = Math.max(end - this.now, 1);
			const response = await this.#platform.http({ url, headers: HEADERS, signal, timeout });
			const target = redirectTarget(url, response.status, response.headers.location, followed);
			if (!target) return response;
			if (target === 'refused') throw redirectRefused(response);
			url = target.href;
		}
	}
}
