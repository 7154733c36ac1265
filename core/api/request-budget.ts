import { parseInstant } from '../instant';

/** The API documents so many requests a minute for all keys of an organization together. */
const DOCUMENTED_LIMIT = 600;
/** The API's limit is per minute, so no reset can be farther away. */
const MINUTE_MS = 60_000;
/** Above this part of the share there is no need to slow down. */
const PLENTY = 0.375;
/** So many answers without a refusal allow one more request at a time. */
const ANSWERS_TO_RECOVER = 10;
/** More requests at a time than answers at the limit's pace come back would only wait. */
const HEADROOM = 2;
const MAX_CONCURRENCY = 32;
/** How much the latest answer says about how long the next ones take. */
const LATEST = 0.2;

/** What is known of a request when it begins. */
export interface Ticket {
	/** The requests are counted from 1. */
	readonly place: number;
	/** How many had been refused before. */
	readonly refusals: number;
}

/**
 * Spreads requests so that the limit that all keys of an organization share does not run out: the
 * fewer requests are left, the longer the wait, and what is beyond the share is not touched at all.
 *
 * All times are milliseconds on one clock.
 */
export class RequestBudget {
	#limit = DOCUMENTED_LIMIT;
	/** Nothing is left before this. */
	#notBefore = 0;
	/** The API has asked to be left alone until this. */
	#refusedUntil = 0;
	/** When the last request began or begins. */
	#lastAt = -Infinity;
	/** From one request to the next, until the reset. */
	#gap = 0;
	#resetAt = 0;
	#underWay = 0;
	#refusals = 0;
	#begun = 0;
	/** The place of the request whose answer was learned from last. */
	#learnedFrom = 0;
	#answersSinceRefusal = Infinity;
	/** How long a request takes. */
	#duration = 0;
	#waiting: (() => void)[] = [];

	/** @param share the part of the limit that may be used, above 0 and up to 1 */
	constructor(private readonly share: number) {}

	/**
	 * How many requests at a time pay: fewer would not use the share up, more would wait for it. After
	 * a refusal it is one, and grows again with each answer.
	 */
	get concurrency(): number {
		const atFullPace = (this.#duration * this.#limit * this.share) / MINUTE_MS;
		const paying = Math.ceil(atFullPace * HEADROOM);
		return Math.max(1, Math.min(paying, MAX_CONCURRENCY, this.#allowed));
	}

	get #allowed(): number {
		return 1 + Math.floor(this.#answersSinceRefusal / ANSWERS_TO_RECOVER);
	}

	/** Resolves when no more requests are under way than a refusal allows. */
	async room(): Promise<void> {
		while (this.#underWay >= this.#allowed) {
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	/** How long to wait before the next request. */
	delay(now: number): number {
		const spaced = Math.min(this.#lastAt + this.#gap, this.#resetAt);
		return Math.min(Math.max(this.#notBefore, this.#refusedUntil, spaced, now) - now, MINUTE_MS);
	}

	/** Takes note of a request that begins. */
	begin(now: number): Ticket {
		this.#underWay++;
		this.#lastAt = now;
		return { place: ++this.#begun, refusals: this.#refusals };
	}

	/** Takes note of its end. */
	end(): void {
		this.#underWay--;
		for (const resolve of this.#waiting.splice(0)) resolve();
	}

	/**
	 * Takes note of a good answer.
	 *
	 * @param duration how long it took
	 * @param refusals only a request that began after a refusal shows that it is over
	 */
	answered(duration: number, { refusals }: Ticket): void {
		if (refusals === this.#refusals) this.#answersSinceRefusal++;
		this.#duration += (duration - this.#duration) * (this.#duration === 0 ? 1 : LATEST);
	}

	/** The API has refused a request because the limit is reached: from now on one at a time. */
	refused(now: number, retryAfterMs: number): void {
		this.#refusals++;
		this.#answersSinceRefusal = 0;
		this.#refusedUntil = Math.max(this.#refusedUntil, now + Math.min(retryAfterMs, MINUTE_MS));
	}

	/**
	 * Learns from an answer's `anthropic-ratelimit-requests-*` headers; an answer without them changes
	 * nothing.
	 *
	 * @param place answers overtake each other; an older one than the last is no news
	 * @param serverTime the answer's `Date`, against which the reset time is measured
	 * @param now the local time of the answer
	 */
	learn(
		headers: Readonly<Record<string, string>>,
		{ place }: Ticket,
		serverTime: number | undefined,
		now: number,
	): void {
		const limit = countOf(headers['anthropic-ratelimit-requests-limit']);
		const remaining = countOf(headers['anthropic-ratelimit-requests-remaining']);
		const reset = parseInstant(headers['anthropic-ratelimit-requests-reset'] ?? '');
		if (!(limit > 0) || !(remaining >= 0) || reset === undefined || serverTime === undefined)
			return;
		if (place < this.#learnedFrom) return;
		this.#learnedFrom = place;
		this.#limit = limit;
		// The answers of those under way may tell of even fewer.
		const spare = Math.floor(remaining - limit * (1 - this.share) - (this.#underWay - 1));
		const untilReset = Math.min(Math.max(reset - serverTime, 0), MINUTE_MS);
		this.#resetAt = now + untilReset;
		this.#notBefore = spare > 0 ? 0 : this.#resetAt;
		this.#gap = spare > limit * this.share * PLENTY ? 0 : untilReset / Math.max(spare, 1);
	}
}

/** The number that a header holds; NaN when it holds anything else, or nothing. */
function countOf(text = ''): number {
	return /^\d{1,9}$/.test(text) ? Number(text) : NaN;
}
