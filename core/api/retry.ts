import { BodyTooLarge } from './body';
import { type UserError, describeSeconds, OutOfTime } from '../errors';
import type { HttpResponse } from './http';
import { type Instant, parseHttpDate } from '../instant';

const MAX_TRIES = 10;
/** How long after its first try, or its last hopeless try, a request may be tried again. */
const DEADLINE_MS = 10 * 60_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** How long a request under way may continue after its time is up. */
const LAST_REQUEST_MS = 15_000;
/** A longer wait is not believed, because the API's limit is per minute. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;
/** Good answers took up to 5 s. A request that takes this long and then fails counts as too slow. */
const SLOW_MS = 10_000;
/** After this long, another try of the same size would fail as well. */
const HOPELESS_MS = 2 * 60_000;

type AnswerHead = Pick<HttpResponse, 'status' | 'headers'>;

/** Why a try failed. */
export interface FailedTry {
	readonly failure: UserError;
	/** The answer without its body, or the error of the platform's HTTP if no complete one arrived. */
	readonly ended: AnswerHead | { readonly error: unknown };
	/** How the next try asks for less, for the log; `undefined` if it cannot. */
	readonly askForLess: ((what: TooMuch) => string | undefined) | undefined;
	/** When it began, and how long it took, in milliseconds. */
	readonly startedAt: number;
	readonly took: number;
}

/** Why a try has asked for too much. */
export interface TooMuch {
	/** Whether it was too large; otherwise it did not arrive in time. */
	readonly tooLarge: boolean;
	/** Whether it has failed to arrive in time before, or took hopelessly long. */
	readonly again: boolean;
}

/** What to do after a failed try. */
export interface NextTry {
	/** In milliseconds. */
	readonly wait: number;
	/** How the next try asks for less, if it does. */
	readonly less: string | undefined;
	/** How many tries have been made. */
	readonly tries: number;
}

/**
 * The tries of one request. A failure that may pass is followed by another try, up to 10 times
 * within 10 minutes. If a line is so slow that a try must ask for less, the next tries get another
 * 10 minutes.
 *
 * Times are milliseconds on the platform's clock.
 */
export class Tries {
	#count = 0;
	#late = 0;
	#deadline: number | undefined;

	/** @param random numbers from 0 to 1 */
	constructor(private readonly random: () => number) {}

	/**
	 * Decides whether and when to try again.
	 *
	 * @param until when to stop waiting
	 * @throws the failure itself if there is no other try
	 * @throws OutOfTime if there is no time left before `until`
	 */
	after(failed: FailedTry, now: number, until: number): NextTry {
		const { failure, startedAt, took } = failed;
		const tries = ++this.#count;
		this.#deadline ??= startedAt + DEADLINE_MS;
		const tooLarge = wasTooLarge(failed);
		const less = this.#lessAfter(failed, tooLarge);
		if (!mayPass(failed) && !less) throw failure;
		// On a slow line, hopeless tries must not use up the time of the others.
		if (less && took >= HOPELESS_MS) this.#deadline = now + DEADLINE_MS;
		const wait = less && tooLarge ? 0 : this.#waitAfter(failure, less ? 1 : tries);
		if (tries === MAX_TRIES || now + wait > this.#deadline) throw failure;
		if (now + wait > until) throw new OutOfTime(failure);
		return { wait, less, tries };
	}

	#lessAfter(failed: FailedTry, tooLarge: boolean): string | undefined {
		const { failure, askForLess, took } = failed;
		if (tooLarge) return askForLess?.({ tooLarge, again: false });
		const late = mayPass(failed) && (failure.status === 504 || took >= SLOW_MS);
		if (!late) return undefined;
		return askForLess?.({ tooLarge, again: ++this.#late > 1 || took >= HOPELESS_MS });
	}

	/**
	 * How long to wait: as long as the API asks, and at least as long as the back-off. A little
	 * jitter prevents that all clients come back at the same time.
	 */
	#waitAfter({ retryAfterMs = 0 }: UserError, tries: number): number {
		const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS);
		const asked = retryAfterMs > 0 ? retryAfterMs + this.random() * FIRST_BACKOFF_MS : 0;
		return Math.max(this.random() * backoff, asked);
	}
}

/** A line for the log. */
export function describeNextTry({ wait, less, tries }: NextTry): string {
	const when = wait > 0 ? ` in ${describeSeconds(wait)}` : '';
	return `Trying again${when}${less ? ` ${less}` : ''} (try ${tries} of ${MAX_TRIES}).`;
}

/** Whether the answer was too large: for the platform, or for something in between. */
function wasTooLarge({ ended }: FailedTry): boolean {
	return 'error' in ended ? ended.error instanceof BodyTooLarge : ended.status === 413;
}

/** Whether the same request may succeed later. */
function mayPass({ ended, failure }: FailedTry): boolean {
	if ('error' in ended) return !(ended.error instanceof BodyTooLarge);
	// A good answer that cannot be read may be a cut one.
	if (isGood(ended)) return failure.code === 'unavailable';
	const { status, headers } = ended;
	const advice = headers['x-should-retry'];
	if (advice === 'true' || advice === 'false') return advice === 'true';
	return status === 408 || status === 429 || status >= 500;
}

/** Whether the API gave what it was asked for. */
export function isGood({ status }: AnswerHead): boolean {
	return status >= 200 && status <= 299;
}

/**
 * When to give up a try that is under way, on the platform's clock.
 *
 * @param until when to stop waiting for a failure to pass
 */
export function endOfTry(startedAt: number, until: number): number {
	return Math.min(Math.max(until, startedAt) + LAST_REQUEST_MS, startedAt + DEADLINE_MS);
}

/**
 * How long no other request may follow a refusal either, in milliseconds, because the API's limit is
 * reached; `undefined` if it is not.
 */
export function pauseForAll({ code, retryAfterMs = 0 }: UserError): number | undefined {
	return code === 'rate-limited' ? Math.max(retryAfterMs, FIRST_BACKOFF_MS) : undefined;
}

/**
 * `retry-after` in milliseconds; it may be a number of seconds or an HTTP date.
 *
 * @param present server time
 * @returns `undefined` if it is negative, in the past, or neither of the two
 */
export function retryAfterOf(
	{ headers }: HttpResponse,
	present: Instant | undefined,
): number | undefined {
	const text = headers['retry-after']?.trim() ?? '';
	const until = parseHttpDate(text);
	let wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : 0;
	if (until !== undefined && present !== undefined) wait = until - present;
	return wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}
