import { UserError, describeSeconds, OutOfTime } from '../errors';
import type { Platform } from './http';
import { type Instant, parseInstant } from '../instant';

/** The API's documented limit, in requests a minute for all keys of an organization together. */
const DOCUMENTED_LIMIT = 600;
/** The API's limit is per minute, so no reset can be farther away. */
const MINUTE_MS = 60_000;
/** Above this part of the share there is no need to slow down. */
const PLENTY = 0.375;
/** How many answers without a refusal allow one more request at a time. */
const ANSWERS_TO_RECOVER = 10;
/** The most requests at a time. Further requests would only wait for the limit. */
const HEADROOM = 2;
const MAX_CONCURRENCY = 32;
/** The weight of the latest answer in the average duration of answers. */
const LATEST = 0.2;
/** Waits shorter than this are not worth a line in the log. */
const LOGGED_WAIT_MS = 5_000;

/** How long a request may be waited for. */
export interface WaitLimits {
	/**
	 * When to stop waiting for a failure to pass, on the platform's clock. A request under way then
	 * has 15 s left, and so has a later request.
	 */
	readonly until?: number | undefined;
	/** Aborted once nobody waits for the answer any more. */
	readonly signal?: AbortSignal | undefined;
}

/** How a request ended. */
export interface Ended<Result> {
	readonly result: Result;
	/** What its answer says about the limit; `undefined` if no answer arrived. */
	readonly answer: AnswerToLimit | undefined;
}

export interface AnswerToLimit {
	readonly headers: Readonly<Record<string, string>>;
	/** Its `Date`, to which the time of the reset relates. */
	readonly date: Instant | undefined;
	/** When it arrived, by the platform's clock. */
	readonly at: number;
	/** How long a good answer took, in milliseconds. */
	readonly took?: number | undefined;
	/** How long the API wants no request because the limit is reached, in milliseconds. */
	readonly refusedFor?: number | undefined;
}

/**
 * Spreads requests over time, so that the limit that all keys of an organization share is not
 * exhausted. The fewer requests are left, the longer the wait. Requests beyond the share remain for
 * others.
 */
export class RateLimit {
	#limit = DOCUMENTED_LIMIT;
	/** No request is left before this time. */
	#notBefore = 0;
	/** The API wants no request before this time. */
	#refusedUntil = 0;
	/** When the last request began or begins. */
	#lastAt = -Infinity;
	/** The time from one request to the next, until the reset. */
	#gap = 0;
	#resetAt = 0;
	#underWay = 0;
	#refusals = 0;
	#begun = 0;
	/** The place of the request whose answer was used last. */
	#learnedFrom = 0;
	#answersSinceRefusal = Infinity;
	/** How long a request takes. */
	#duration = 0;
	#waiting: (() => void)[] = [];
	/** Settles when all requests before have begun. */
	#admission: Promise<unknown> = Promise.resolve();

	/** @param share the part of the limit that may be used, above 0 and up to 1 */
	constructor(
		private readonly share: number,
		private readonly platform: Pick<Platform, 'now' | 'sleep' | 'log'>,
	) {}

	/**
	 * How many requests at a time are worthwhile. Fewer would not use all of the share, more would
	 * wait for it. After a refusal it is one, and it grows again with the answers.
	 */
	get concurrency(): number {
		const atFullPace = (this.#duration * this.#limit * this.share) / MINUTE_MS;
		const paying = Math.ceil(atFullPace * HEADROOM);
		return Math.max(1, Math.min(paying, MAX_CONCURRENCY, this.#allowed));
	}

	get #allowed(): number {
		return 1 + Math.floor(this.#answersSinceRefusal / ANSWERS_TO_RECOVER);
	}

	/**
	 * Makes a request in its turn. Requests begin one after the other, in the order of the calls,
	 * each when the limit has room for it.
	 *
	 * @param send makes the request
	 * @returns its result
	 * @throws OutOfTime if there is no room before `until`, and the errors of `send` and of the signal
	 */
	async run<Result>(
		send: () => Promise<Ended<Result>>,
		{ until = Infinity, signal }: WaitLimits = {},
	): Promise<Result> {
		const admission = this.#admission
			.catch(() => undefined)
			.then(async () => {
				signal?.throwIfAborted();
				await this.#room();
				await this.#pace(until, signal);
				signal?.throwIfAborted();
				return this.#begin();
			});
		this.#admission = admission;
		const { place, refusals } = await admission;
		try {
			const { result, answer } = await send();
			if (answer) this.#learn(answer, place, refusals);
			return result;
		} finally {
			this.#underWay--;
			for (const resolve of this.#waiting.splice(0)) resolve();
		}
	}

	/** Resolves when no more requests are under way than a refusal allows. */
	async #room(): Promise<void> {
		while (this.#underWay >= this.#allowed) {
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	/** Waits as long as needed to leave the other integrations their share of the limit. */
	async #pace(until: number, signal: AbortSignal | undefined): Promise<void> {
		const { now, sleep, log } = this.platform;
		const pause = this.#delay(now());
		if (pause === 0) return;
		if (now() + pause > until) throw new OutOfTime(usedUp(pause));
		if (pause > LOGGED_WAIT_MS) {
			log.info(
				`Waiting ${describeSeconds(pause)}: most of the organization's shared request budget is used up, and other integrations need room.`,
			);
		}
		await sleep(pause, signal);
	}

	#delay(now: number): number {
		const spaced = Math.min(this.#lastAt + this.#gap, this.#resetAt);
		return Math.min(Math.max(this.#notBefore, this.#refusedUntil, spaced, now) - now, MINUTE_MS);
	}

	#begin(): { readonly place: number; readonly refusals: number } {
		this.#underWay++;
		this.#lastAt = this.platform.now();
		return { place: ++this.#begun, refusals: this.#refusals };
	}

	/**
	 * @param place of the request: the requests are counted from 1
	 * @param refusals how many had been refused when it began; only a request that began after a
	 *   refusal shows that the refusal is over
	 */
	#learn(answer: AnswerToLimit, place: number, refusals: number): void {
		// Answers overtake each other, so an answer to an earlier request is outdated.
		if (place >= this.#learnedFrom && this.#learnHeaders(answer)) this.#learnedFrom = place;
		const { took, refusedFor, at } = answer;
		if (refusedFor !== undefined) {
			this.#refusals++;
			this.#answersSinceRefusal = 0;
			this.#refusedUntil = Math.max(this.#refusedUntil, at + Math.min(refusedFor, MINUTE_MS));
		}
		if (took === undefined) return;
		if (refusals === this.#refusals) this.#answersSinceRefusal++;
		this.#duration += (took - this.#duration) * (this.#duration === 0 ? 1 : LATEST);
	}

	/** @returns whether there are headers that can be read */
	#learnHeaders({ headers, date, at }: AnswerToLimit): boolean {
		const limit = countOf(headers['anthropic-ratelimit-requests-limit']);
		const remaining = countOf(headers['anthropic-ratelimit-requests-remaining']);
		const reset = parseInstant(headers['anthropic-ratelimit-requests-reset'] ?? '');
		if (!(limit > 0) || !(remaining >= 0) || reset === undefined || date === undefined) {
			return false;
		}
		this.#limit = limit;
		// The requests under way will reduce the remaining number further.
		const spare = Math.floor(remaining - limit * (1 - this.share) - (this.#underWay - 1));
		const untilReset = Math.min(Math.max(reset - date, 0), MINUTE_MS);
		this.#resetAt = at + untilReset;
		this.#notBefore = spare > 0 ? 0 : this.#resetAt;
		this.#gap = spare > limit * this.share * PLENTY ? 0 : untilReset / Math.max(spare, 1);
		return true;
	}
}

/** The number that a header holds; NaN when it holds anything else, or nothing. */
function countOf(text = ''): number {
	return /^\d{1,9}$/.test(text) ? Number(text) : NaN;
}

function usedUp(retryAfterMs: number): UserError {
	return new UserError(
		'rate-limited',
		"Most of the organization's shared request budget is used up.",
		{
			remedy:
				'Try again in a minute, or slow the others down: all integrations of the organization share the limit.',
			retryAfterMs,
		},
	);
}
