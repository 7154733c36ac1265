import { type Instant, toInstant } from '../instant';

/** How far ahead of the local clock a single answer is believed, in milliseconds. */
const CREDIBLE_AHEAD_MS = 60_000;

/**
 * The clock of the API's servers, estimated from answers. It uses the lowest estimate, and continues
 * it by the platform's clock, which never goes back.
 *
 * This clock decides what is settled. If it is behind, that costs nothing; if it is ahead,
 * activities could be lost. So an answer that is ahead is not believed if another answer says less,
 * or if it is the only one and also far ahead of the local clock. The local clock decides nothing
 * else, because it may be wrong by minutes.
 *
 * Local times are milliseconds by the platform's clock, and have fractions.
 */
export class ServerClock {
	/** How far the server's clock is ahead of the local one, in milliseconds. */
	#ahead = Infinity;
	#estimates = 0;

	/**
	 * Notes the `Date` of an answer.
	 *
	 * @param instant the time of the server's clock at some time before `localTime`
	 */
	learn(instant: Instant, localTime: number): void {
		this.#ahead = Math.min(this.#ahead, instant - localTime);
		this.#estimates++;
	}

	/** The time of the server's clock at a local time, or a little less; `undefined` while it is not known. */
	at(localTime: number): Instant | undefined {
		const credible = this.#estimates > 1 || this.#ahead <= CREDIBLE_AHEAD_MS;
		return credible ? toInstant(localTime + this.#ahead) : undefined;
	}
}
