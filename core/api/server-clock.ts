import { type Instant, toInstant } from '../instant';

/** A lone answer is believed to be so far ahead of the local clock, in milliseconds. */
const CREDIBLE_AHEAD_MS = 60_000;

/**
 * The clock of the API's servers, estimated from answers. It uses the estimate that is the least
 * ahead, and continues it by the platform's clock, which never goes back.
 *
 * What the clock says decides what is settled. So one that is behind costs nothing, and one that is
 * ahead could lose activities: a single answer whose clock is ahead is not believed while another one
 * says less, nor while it is the only one and far ahead of the local clock as well. The local clock
 * decides nothing else: it may be wrong by minutes.
 *
 * Local times are milliseconds by the platform's clock, and have fractions.
 */
export class ServerClock {
	/** How far the server's clock is ahead of the local one, in milliseconds. */
	#ahead = Infinity;
	#estimates = 0;

	/**
	 * Takes note of what an answer says.
	 *
	 * @param instant what the server's clock showed at some time before `localTime`
	 */
	learn(instant: Instant, localTime: number): void {
		this.#ahead = Math.min(this.#ahead, instant - localTime);
		this.#estimates++;
	}

	/** What the server's clock shows at a local time, or a little less; `undefined` while nobody knows. */
	at(localTime: number): Instant | undefined {
		const credible = this.#estimates > 1 || this.#ahead <= CREDIBLE_AHEAD_MS;
		return credible ? toInstant(localTime + this.#ahead) : undefined;
	}
}
