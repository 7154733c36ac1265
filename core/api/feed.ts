import { randomUUID } from 'crypto';
import { BodyTooLarge } from './body';
import { ComplianceError, OutOfTime, quote, seconds } from '../errors';
import { type Filters, NO_FILTERS, parametersOfFilters } from './filters';
import type { HttpResponse, Platform } from './http';
import { formatInstant, type Instant, parseHttpDate, toInstant } from '../instant';
import { lastingFailure, unknownCoding } from './lasting-failure';
import { Organization } from './organization';
import { nameOfRequest, OwnCalls } from './own-calls';
import { parsePage, type Page } from './page';
import { PageSizes } from './page-sizes';
import { product } from '../product';
import { redirectTarget } from './redirect';
import { looksLikeHtml, MAX_ERROR_BYTES, refusal, requestIdOf } from './refusal';
import { RequestBudget, type Ticket } from './request-budget';
import { Secret } from './secret';
import { DEFAULT_RATE_LIMIT_SHARE } from '../settings/limits';
import { ServerClock } from './server-clock';

const ENDPOINT = '/v1/compliance/activities';
const MAX_TRIES = 10;
/** No request is tried again later than this after its first try, or its last hopeless one. */
const DEADLINE_MS = 10 * 60_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** So much after its time is up, a request that is under way may still take. */
const GRACE_MS = 15_000;
/** What the API asks for beyond this is not believed: its limit is by the minute. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;
/** Good answers were seen to take 5 s: what takes so long and then fails did not come in time. */
const SLOW_MS = 10_000;
/** …and after so long, another try with as large a page would take as long in vain. */
const HOPELESS_MS = 2 * 60_000;
/** Waits shorter than this are not worth a line in the log. */
const LOGGED_WAIT_MS = 5_000;

/** By `created_at`, oldest or newest first. */
export type Order = 'asc' | 'desc';

/** A span of the feed; what is left out bounds nothing. */
export interface Range {
	/** Only what is newer… */
	readonly after?: Instant | undefined;
	/** …or not older. */
	readonly from?: Instant | undefined;
	/** Only what is not newer. */
	readonly to?: Instant | undefined;
}

/** What to ask for within a span of the feed. */
export interface Selection {
	readonly filters: Filters;
	readonly order: Order;
	/** Page size, 1 to 5000. */
	readonly limit: number;
}

/** Which page of the feed to read. */
export interface PageQuery extends Range, Selection {
	/** The `lastId` of the page before. */
	readonly cursor?: string;
}

/** A page, and what its answer tells beside the records. */
export interface Answer extends Page {
	/** What was asked for, as URL parameters, but for the cursor. */
	readonly query: string;
	readonly requestId: string | undefined;
	/** What the page was read from. */
	readonly body: Buffer;
	/** The answer's `Date` header, where it has one that can be read. */
	readonly date: Instant | undefined;
	/** Server time when the request was made, or a little before; `undefined` while nobody knows. */
	readonly readAt: Instant | undefined;
	/** When the request was made, by the platform's clock. */
	readonly startedAt: number;
}

/** How long a page is asked for. */
export interface Patience {
	/**
	 * When to wait no longer for what may pass, on the platform's clock. A request that is under way then
	 * has 15 s left; so has one that is made later.
	 */
	readonly until?: number | undefined;
	/** Aborted when nobody waits for the page any more. */
	readonly signal?: AbortSignal | undefined;
}

/** Why a try brought no page. */
interface Failure {
	readonly failure: ComplianceError;
	/** Whether the same request may succeed later. */
	readonly mayPass: boolean;
	/** Whether a smaller page may come instead. */
	readonly tooLarge: boolean;
}

export interface FeedOptions extends Platform {
	/** As `parseBaseUrl` returns it. */
	readonly baseUrl: string;
	/** The key that `http` sends: no message holds any part of it, whoever repeats it. */
	readonly accessKey: string;
	/** The calls made so far, where several feeds stand for one reader. */
	readonly ownCalls?: OwnCalls | undefined;
	/** What is known of page sizes so far, likewise. */
	readonly pageSizes?: PageSizes | undefined;
	/** The part of the organization's request limit that may be used, above 0 and up to 1. */
	readonly rateLimitShare?: number | undefined;
	/** Random numbers from 0 to 1, for back-off. */
	readonly random?: () => number;
}

/** The Activity Feed of one host, by the page: each is asked for until it is there or is refused. */
export class Feed {
	readonly baseUrl: string;
	readonly ownCalls: OwnCalls;
	readonly pageSizes: PageSizes;
	readonly clock = new ServerClock();
	readonly organization = new Organization();
	readonly #platform: Platform;
	readonly #random: () => number;
	readonly #budget: RequestBudget;
	/** Settles when all requests before have passed the budget. */
	#admission: Promise<unknown> = Promise.resolve();
	readonly #secret: Secret;
	#warnedOfDate = false;

	constructor(options: FeedOptions) {
		const {
			baseUrl,
			accessKey,
			ownCalls = new OwnCalls(),
			pageSizes = new PageSizes(),
			rateLimitShare = DEFAULT_RATE_LIMIT_SHARE,
			random = Math.random,
			...platform
		} = options;
		this.#secret = new Secret(accessKey);
		this.pageSizes = pageSizes;
		this.#budget = new RequestBudget(rateLimitShare);
		this.baseUrl = baseUrl;
		this.ownCalls = ownCalls;
		this.#platform = platform;
		this.#random = random;
	}

	/** The address that pages are asked for at. */
	get endpoint(): string {
		return `${this.baseUrl}${ENDPOINT}`;
	}

	/** The present by the platform's clock. */
	get now(): number {
		return this.#platform.now();
	}

	/** Resolves after so many milliseconds, by the platform's clock. */
	async pause(ms: number, signal?: AbortSignal): Promise<void> {
		await this.#platform.sleep(ms, signal);
	}

	/** How many pages it pays to ask for at a time, as far as the answers so far tell. */
	get concurrency(): number {
		return this.#budget.concurrency;
	}

	/**
	 * Reads one page. What may pass is tried again, up to 10 times within 10 minutes; where a line is so
	 * slow that smaller pages have to be asked for, these have 10 minutes of their own.
	 *
	 * @param ask what to ask for; a function is asked before each try, since `pageSizes` may know of
	 *   another size then
	 * @throws ComplianceError when the API refuses, stays unavailable or breaks its own rules
	 * @throws OutOfTime when there is no time left before `until` for what may pass
	 */
	async page(
		ask: PageQuery | (() => PageQuery),
		{ until = Infinity, signal }: Patience = {},
	): Promise<Answer> {
		const { now, sleep, log } = this.#platform;
		let deadline: number | undefined;
		let slow = 0;
		for (let tries = 1; ; tries++) {
			const ticket = await this.#admit(until, signal);
			const startedAt = now();
			deadline ??= startedAt + DEADLINE_MS;
			const query = typeof ask === 'function' ? ask() : ask;
			const end = Math.min(Math.max(until, startedAt) + GRACE_MS, startedAt + DEADLINE_MS);
			const outcome = await this.#try(query, end, ticket, signal).finally(() => this.#budget.end());
			const { pageSizes } = this;
			if (!('failure' in outcome)) {
				const { took, ...answer } = outcome;
				this.#budget.answered(took, ticket);
				pageSizes.came(query.limit, answer.hasMore);
				return { ...answer, query: parametersOf(query) };
			}
			const { failure, mayPass, tooLarge } = outcome;
			const took = now() - startedAt;
			const late = mayPass && (failure.status === 504 || took >= SLOW_MS);
			const smaller = tooLarge
				? pageSizes.tooLarge(query.limit)
				: late && pageSizes.tooSlow(query.limit, ++slow > 1 || took >= HOPELESS_MS);
			if (!mayPass && !smaller) throw failure;
			// On a slow line, the tries that were hopeless must not use up the time of those that are not.
			if (smaller && took >= HOPELESS_MS) deadline = now() + DEADLINE_MS;
			const wait = smaller && tooLarge ? 0 : this.#waitAfter(failure, smaller ? 1 : tries);
			if (tries === MAX_TRIES || now() + wait > deadline) throw failure;
			if (now() + wait > until) throw new OutOfTime(failure);
			const how = `${wait > 0 ? ` in ${seconds(wait)}` : ''}${smaller ? ' with smaller pages' : ''}`;
			log.info(`${failure.summary} Trying again${how} (try ${tries} of ${MAX_TRIES}).`);
			await sleep(wait, signal);
			signal?.throwIfAborted();
		}
	}

	/**
	 * The server's present, or a little before: where its clock is not known, the newest activity's
	 * time. The local clock may be wrong by minutes; it is taken only if the feed is empty as well, or
	 * the newest activity is dated in the future.
	 *
	 * @param until when to stop trying, on the platform's clock
	 * @throws ComplianceError as `page` does
	 */
	async present(until?: number): Promise<Instant> {
		const query: PageQuery = { filters: NO_FILTERS, order: 'desc', limit: 1 };
		const read = async () => await this.page(query, { until });
		let answer = await read();
		// One clock that is far ahead of the local one is not believed; another one like it is.
		if (answer.readAt === undefined && answer.date !== undefined) answer = await read();
		const { readAt, activities, startedAt } = answer;
		// What is dated in the future is no present.
		const newest = Math.min(activities[0]?.createdAt ?? startedAt, startedAt);
		return readAt ?? toInstant(newest);
	}

	/** Lets requests begin one after the other, each when the budget has room for it. */
	async #admit(until: number, signal: AbortSignal | undefined): Promise<Ticket> {
		const admission = this.#admission
			.catch(() => undefined)
			.then(async () => {
				signal?.throwIfAborted();
				await this.#budget.room();
				await this.#pace(until, signal);
				signal?.throwIfAborted();
				return this.#budget.begin(this.#platform.now());
			});
		this.#admission = admission;
		return await admission;
	}

	/** Waits as long as the other integrations' share of the request budget asks for. */
	async #pace(until: number, signal: AbortSignal | undefined): Promise<void> {
		const { now, sleep, log } = this.#platform;
		const pause = this.#budget.delay(now());
		if (pause === 0) return;
		if (now() + pause > until) throw new OutOfTime(budgetUsedUp(pause));
		if (pause > LOGGED_WAIT_MS) {
			log.info(
				`Waiting ${seconds(pause)}: most of the organization's shared request budget is used up, and other integrations need room.`,
			);
		}
		await sleep(pause, signal);
	}

	/**
	 * How long to wait after a failure: as the API asks, but no shorter than without its asking. A little
	 * jitter keeps its clients from coming back all at once.
	 */
	#waitAfter({ retryAfterMs = 0 }: ComplianceError, tries: number): number {
		const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS);
		const asked = retryAfterMs > 0 ? retryAfterMs + this.#random() * FIRST_BACKOFF_MS : 0;
		return Math.max(this.#random() * backoff, asked);
	}

	/**
	 * One try: a page, or a failure.
	 *
	 * @param end when to wait no longer for the answer
	 * @throws ComplianceError for what no other try mends
	 */
	async #try(
		query: PageQuery,
		end: number,
		ticket: Ticket,
		signal: AbortSignal | undefined,
	): Promise<(Omit<Answer, 'query'> & { took: number }) | Failure> {
		const { now } = this.#platform;
		const startedAt = now();
		const url = this.#addressOf(query);
		let response: HttpResponse;
		try {
			response = await this.#request(url, end, signal);
		} catch (error) {
			signal?.throwIfAborted();
			if (error instanceof BodyTooLarge) {
				return { failure: bodyTooLarge(error), mayPass: false, tooLarge: true };
			}
			return { failure: unreachable(error), mayPass: true, tooLarge: false };
		}
		const answeredAt = now();
		const date = parseHttpDate(response.headers.date ?? '');
		if (date !== undefined) this.clock.learn(date, answeredAt);
		const readAt = this.clock.at(startedAt);
		const requestId = requestIdOf(response);
		const took = Math.max(answeredAt - startedAt, 0);
		this.#budget.learn(response.headers, ticket, date, answeredAt);
		this.ownCalls.add({
			id: requestId ?? randomUUID(),
			anonymous: requestId === undefined,
			name: nameOfRequest('GET', url, response.status),
			at: readAt,
			answeredAt,
		});

		if (response.status < 200 || response.status > 299) {
			const retryAfterMs = retryAfterOf(response, date ?? this.clock.at(answeredAt));
			const failure = refusal(this.#discreet(response), retryAfterMs, query.filters);
			if (failure.code === 'rate-limited') {
				this.#budget.refused(now(), Math.max(retryAfterMs ?? 0, FIRST_BACKOFF_MS));
			}
			return { failure, mayPass: mayPass(response), tooLarge: response.status === 413 };
		}
		try {
			const page = parsePage(response.body, requestId);
			this.organization.learn(response);
			if (date === undefined) this.#warnOfDate();
			return { ...page, body: response.body, requestId, date, readAt, startedAt, took };
		} catch (error) {
			return { failure: unreadable(response, error), mayPass: true, tooLarge: false };
		}
	}

	/** An answer that is no success, as it may be shown. */
	#discreet(response: HttpResponse): HttpResponse {
		const hidden = (text: string) => this.#secret.hideIn(text);
		const headers = Object.entries(response.headers).map(([name, value]) => [name, hidden(value)]);
		const { body } = response;
		return {
			...response,
			headers: Object.fromEntries(headers) as HttpResponse['headers'],
			// Of a longer one, nothing is shown.
			body: body.length > MAX_ERROR_BYTES ? body : Buffer.from(hidden(body.toString())),
		};
	}

	#warnOfDate(): void {
		if (this.#warnedOfDate) return;
		this.#warnedOfDate = true;
		this.#platform.log.warning(
			'An answer of the API has no Date header that can be read. Without it, the newest activity stands for the present, and more of the feed is read again in each run. Check what stands between this machine and the API.',
		);
	}

	#addressOf(query: PageQuery): string {
		const { cursor } = query;
		const rest =
			cursor === undefined ? '' : `&${new URLSearchParams({ after_id: cursor }).toString()}`;
		return `${this.endpoint}?${parametersOf(query)}${rest}`;
	}

	/** Follows redirects, but takes the key to no other origin. */
	async #request(url: string, end: number, signal: AbortSignal | undefined): Promise<HttpResponse> {
		const headers = {
			accept: 'application/json',
			'anthropic-version': '2023-06-01',
			'user-agent': `${product.name}/${product.version}`,
		};
		for (let followed = 0; ; followed++) {
			const timeout = Math.max(end - this.#platform.now(), 1);
			const response = await this.#platform.http({ url, headers, signal, timeout });
			const target = redirectTarget(url, response.status, response.headers.location, followed);
			if (!target) return response;
			if (target === 'refused') {
				throw new ComplianceError(
					'redirect-refused',
					'The API address redirects to another origin, or in circles; the key is not sent there.',
					{
						remedy: 'Check the base URL and what stands between this machine and the API.',
						requestId: requestIdOf(response),
						status: response.status,
					},
				);
			}
			url = target.href;
		}
	}
}

function parametersOf({ filters, order, after, from, to, limit }: PageQuery): string {
	const parameters = new URLSearchParams({ order, limit: String(limit) });
	if (after !== undefined) parameters.set('created_at.gt', formatInstant(after));
	if (from !== undefined) parameters.set('created_at.gte', formatInstant(from));
	if (to !== undefined) parameters.set('created_at.lte', formatInstant(to));
	for (const [name, value] of parametersOfFilters(filters)) parameters.append(name, value);
	return parameters.toString();
}

function mayPass({ status, headers }: HttpResponse): boolean {
	const told = headers['x-should-retry'];
	if (told === 'true' || told === 'false') return told === 'true';
	return status === 408 || status === 429 || status >= 500;
}

/**
 * `retry-after` in milliseconds; it may be a number of seconds or an HTTP date.
 *
 * @param present server time
 * @returns `undefined` when it says nothing: what is negative, past, or neither of the two
 */
function retryAfterOf({ headers }: HttpResponse, present: Instant | undefined): number | undefined {
	const text = headers['retry-after']?.trim() ?? '';
	const until = parseHttpDate(text);
	let wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : 0;
	if (until !== undefined && present !== undefined) wait = until - present;
	return wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

function budgetUsedUp(retryAfterMs: number): ComplianceError {
	return new ComplianceError(
		'rate-limited',
		"Most of the organization's shared request budget is used up.",
		{
			remedy: 'Nothing is lost; the next run goes on from the same place.',
			retryAfterMs,
		},
	);
}

function unreachable(error: unknown): ComplianceError {
	const lasting = error instanceof ComplianceError ? error : lastingFailure(error);
	if (lasting) throw lasting;
	const { code, message } = error as { code?: unknown; message?: unknown };
	const reason = typeof code === 'string' ? code : typeof message === 'string' ? message : '';
	// The address holds filters and a cursor, which are nothing for a log.
	const shown = quote(reason.replace(/https?:\/\/\S+/g, 'the API'));
	return new ComplianceError(
		'unavailable',
		`No whole answer came from the API${shown ? ` (${shown})` : ''}.`,
		{
			remedy:
				'Check the network, the proxy settings and the base URL. Nothing is lost; the next run goes on from the same place.',
		},
	);
}

function bodyTooLarge({ message }: BodyTooLarge): ComplianceError {
	return new ComplianceError('unavailable', `An answer of the API is too large (${message}).`, {
		remedy:
			'Smaller pages are asked for first. If it stays so, check the base URL and what stands between this machine and the API. Nothing is lost; the next run goes on from the same place.',
	});
}

function unreadable(response: HttpResponse, error: unknown): ComplianceError {
	if (!(error instanceof SyntaxError)) throw error;
	if (response.unknownCoding !== undefined) {
		throw unknownCoding(response.unknownCoding, requestIdOf(response));
	}
	const what = looksLikeHtml(response) ? 'a web page' : 'a cut or unreadable body';
	return new ComplianceError('unavailable', `Instead of activities came ${what}.`, {
		remedy:
			'A proxy or login page between this machine and the API is the usual reason. Nothing is lost; the next run goes on from the same place.',
		requestId: requestIdOf(response),
		status: response.status,
	});
}
