/** Activities that appeared behind ones delivered by an earlier sync. */
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
	 * @param head the newest `created_at` the last sync delivered; `undefined` measures nothing
	 * @param readAt server time of the read that set the last sync's frontier
	 */
	constructor(
		private readonly head: number | undefined,
		private readonly readAt: number | null,
	) {}

	/** Takes note of an activity that is delivered for the first time. */
	observe(createdAt: number): void {
		if (this.head === undefined || this.readAt === null || createdAt >= this.head) return;
		this.#count++;
		this.#longest = Math.max(this.#longest, this.readAt - createdAt);
	}

	get reading(): Lateness {
		return { count: this.#count, longest: this.#longest };
	}
}
