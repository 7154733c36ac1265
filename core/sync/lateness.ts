import { DISORDER_MS } from './frontier';
import type { Instant } from '../instant';

/** How many activities appeared more than `DISORDER_MS` behind activities of an earlier sync. */
export interface Lateness {
	readonly count: number;
	/**
	 * The longest time after its `created_at` at which an activity was certainly still missing, in
	 * milliseconds.
	 */
	readonly longest: number;
}

/** Measures how late activities appear, compared with the last sync. */
export class LatenessGauge {
	#count = 0;
	#longest = 0;

	/**
	 * @param reached the newest `created_at` that earlier syncs have read; `null` measures nothing
	 * @param readAt server time of the last sync's read
	 */
	constructor(
		private readonly reached: Instant | null,
		private readonly readAt: Instant | null,
	) {}

	/** Notes an activity that is delivered for the first time. */
	observe(createdAt: Instant): void {
		if (this.reached === null || this.readAt === null) return;
		// An activity that is only slightly out of order is not late.
		if (createdAt >= this.reached - DISORDER_MS) return;
		this.#count++;
		this.#longest = Math.max(this.#longest, this.readAt - createdAt);
	}

	get measured(): Lateness {
		return { count: this.#count, longest: this.#longest };
	}
}
