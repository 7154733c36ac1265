import { type Batch, utcDay } from '../core';

const INTERVAL_MS = 10_000;

/** Reports the progress of a long run every few seconds. */
export class Progress {
	#count = 0;
	#reportedAt: number;

	/**
	 * @param startedAt when the run began, in milliseconds since the epoch
	 * @param timeLimit milliseconds from then
	 * @param now the present, as `startedAt`
	 */
	constructor(
		private readonly startedAt: number,
		private readonly timeLimit: number,
		private readonly now: () => number,
		private readonly log: (line: string) => void,
	) {
		this.#reportedAt = startedAt;
	}

	/** Counts a batch that was written. */
	add({ activities, reached }: Pick<Batch, 'activities' | 'reached'>): void {
		const now = this.now();
		this.#count += activities.length;
		if (now - this.#reportedAt < INTERVAL_MS) return;
		this.#reportedAt = now;
		const elapsed = now - this.startedAt;
		const rate = Math.round(this.#count / (elapsed / 1000));
		const minutesLeft = Math.max(0, Math.round((this.timeLimit - elapsed) / 60_000));
		const day = reached === undefined ? '' : `, reached ${utcDay(reached)}`;
		this.log(
			`${this.#count.toLocaleString('en-US')} activities so far${day}, ${rate.toLocaleString('en-US')} a second, ${minutesLeft} min left of the time limit`,
		);
	}
}
