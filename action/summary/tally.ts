import { type Activity, dayNumber, utcDay } from '../../core';

/** Counts of a run's activities, for the outputs and the summary. */
export class Tally {
	count = 0;
	/** Milliseconds since the epoch. */
	oldest: number | undefined;
	newest: number | undefined;
	readonly byType = new Map<string, number>();
	readonly byActorType = new Map<string, number>();
	/** By UTC day, `YYYY-MM-DD`. */
	readonly byDay = new Map<string, number>();

	/** The day that was counted last. Activities come in feed order, so most are of the same day. */
	#day = { number: NaN, name: '' };

	add(activities: readonly Activity[]): void {
		for (const { createdAt, type, actorType } of activities) {
			this.count++;
			if (this.oldest === undefined || createdAt < this.oldest) this.oldest = createdAt;
			if (this.newest === undefined || createdAt > this.newest) this.newest = createdAt;
			increment(this.byType, type);
			increment(this.byActorType, actorType);
			increment(this.byDay, this.#dayOf(createdAt));
		}
	}

	#dayOf(createdAt: number): string {
		const number = dayNumber(createdAt);
		if (number !== this.#day.number) this.#day = { number, name: utcDay(createdAt) };
		return this.#day.name;
	}
}

function increment(counts: Map<string, number>, key: string): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
