const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** In so long a failure that stays is told again, the first time, the second, … and from then on. */
const INTERVALS_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS];
/** Polls do not come to the second. */
const SLACK_MS = MINUTE_MS / 2;
/** A failure that comes back within this time has not been away, but it is told each hour at most. */
const RELAPSE_MS = HOUR_MS;
const RELAPSE_INTERVAL = INTERVALS_MS.indexOf(RELAPSE_MS);
/** The API may ask to wait longer: n8n's durable scheduler waits as long. */
const LONGEST_WAIT_MS = HOUR_MS;

/** A failed poll. */
export interface FailedPoll {
	/** Failures of one kind are one failure that stays. */
	readonly kind: string;
	/** The API asked not to be asked before. */
	readonly waitUntil?: number | undefined;
	/** Whether it failed only after it had read something. */
	readonly gotOn: boolean;
}

/**
 * Polls that fail one after the other. Somebody is told of each kind of failure, at growing intervals
 * while it stays, and once that it is over. All times are of a clock that is never set back.
 */
export class Outage {
	/** By kind, when it was told last, and the interval that has begun then. */
	readonly #told = new Map<string, { at: number; interval: number }>();
	/** When the first poll failed; `undefined` while they work. */
	#since: number | undefined;
	/** When they worked again. */
	#endedAt = -Infinity;
	/** Whether somebody was told of it. */
	#known = false;
	#waitUntil = -Infinity;

	/** Whether the API has asked not to be asked yet. */
	waits(at: number): boolean {
		return at < this.#waitUntil;
	}

	/**
	 * Takes note of a failed poll.
	 *
	 * @param at when it began: how long it took is not the outage's
	 * @returns when to tell somebody: in how long it is told again at the earliest if it stays
	 */
	fails({ kind, waitUntil = -Infinity, gotOn }: FailedPoll, at: number): number | undefined {
		this.#waitUntil = Math.min(waitUntil, at + LONGEST_WAIT_MS);
		const begins = this.#since === undefined;
		if (begins && at - this.#endedAt > RELAPSE_MS) this.#told.clear();
		this.#since ??= at;
		// One that gets on may do better the next time.
		if (begins && gotOn) return undefined;
		const last = this.#told.get(kind);
		if (last && at - last.at + SLACK_MS < INTERVALS_MS[last.interval]!) return undefined;
		const interval = last ? Math.min(last.interval + 1, INTERVALS_MS.length - 1) : 0;
		this.#told.set(kind, { at, interval });
		this.#known = true;
		// While the API has asked to wait, no poll is there that could tell.
		return Math.max(INTERVALS_MS[interval]!, this.#waitUntil - at);
	}

	/**
	 * Takes note of a poll that has worked.
	 *
	 * @param at when it began
	 * @returns when to tell somebody that it is over: for how long polls have failed
	 */
	works(at: number): number | undefined {
		// One that somebody waited for did not wait, and the API has answered it.
		this.#waitUntil = -Infinity;
		if (this.#since === undefined) return undefined;
		const lasted = at - this.#since;
		const known = this.#known;
		this.#since = undefined;
		this.#endedAt = at;
		this.#known = false;
		for (const told of this.#told.values()) {
			told.interval = Math.min(told.interval, RELAPSE_INTERVAL);
		}
		return known ? lasted : undefined;
	}
}

/** A span of time for people, such as `15 min`. */
export function spanOf(ms: number): string {
	const minutes = Math.max(Math.round(ms / MINUTE_MS), 1);
	return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
