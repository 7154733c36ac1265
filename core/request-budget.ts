import { parseInstant } from './instant';

/** The share of the limit that is left to the organization's other integrations. */
const RESERVE = 0.2;
/** Above this share of the limit there is no need to slow down. */
const PLENTY = 0.5;
/** The API's limit is per minute, so no reset can be farther away. */
const MAX_DELAY_MS = 60_000;

/**
 * Spreads requests so that the limit that all keys of an organization share does not run out:
 * the fewer requests are left, the longer the wait, and the last fifth is not touched at all.
 */
export class RequestBudget {
	#notBefore = 0;

	/**
	 * Learns from an answer's `anthropic-ratelimit-requests-*` headers; an answer without them changes
	 * nothing.
	 *
	 * @param serverTime the answer's `Date`, against which the reset time is measured
	 * @param now the local time of the answer
	 */
	learn(
		headers: Readonly<Record<string, string>>,
		serverTime: number | undefined,
		now: number,
	): void {
		const limit = Number(headers['anthropic-ratelimit-requests-limit']);
		const remaining = Number(headers['anthropic-ratelimit-requests-remaining']);
		const reset = parseInstant(headers['anthropic-ratelimit-requests-reset'] ?? '');
		if (!(limit > 0) || !(remaining >= 0) || reset === undefined || serverTime === undefined)
			return;
		if (remaining > limit * PLENTY) {
			this.#notBefore = 0;
			return;
		}
		const untilReset = Math.min(Math.max(reset - serverTime, 0), MAX_DELAY_MS);
		const spare = Math.floor(remaining - limit * RESERVE);
		this.#notBefore = now + untilReset / Math.max(spare, 1);
	}

	/** How long to wait before the next request, in milliseconds. */
	delay(now: number): number {
		return Math.min(Math.max(this.#notBefore - now, 0), MAX_DELAY_MS);
	}
}
