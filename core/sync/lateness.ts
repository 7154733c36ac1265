import { DISORDER_MS } from './frontier';
import type { Instant } from '../instant';

/** Activities that appeared more than `DISORDER_MS` behind ones delivered by an earlier sync. */
export interface Lateness {
	readonly count: number;
	/** The longest time after its `created_at` that one was still missing for certain, in milliseconds. */
	readonly longest: number;
}

/** Measures how late activities appear, against what the last sync had read. */
export class LatenessGauge {
	#count = 0;
	#longest = 0;

	/**
	 * @param reached the newest `created_at` that earlier syncs have read; `null` measures nothing
	 * @param readAt server time of the read that settled what the last sync did
	 */
	constructor(
		private readonly reached: Instant | null,
		private readonly readAt: Instant | null,
	) {}

	/** Takes note of an activity that is delivered for the first time. */
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
