const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The pauses between the reports of a failure that lasts: after the first, the second, …; the last one repeats. */
const PAUSES_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS];
/** n8n does not start polls exactly on time. */
const SLACK_MS = MINUTE_MS / 2;
/** A failure that comes back within this time counts as the same one, and is reported at most once an hour. */
const RELAPSE_MS = HOUR_MS;
const RELAPSE_PAUSE = PAUSES_MS.indexOf(RELAPSE_MS);
/** The longest wait, even if the API asks for more. n8n's durable scheduler has the same limit. */
const LONGEST_WAIT_MS = HOUR_MS;

/** A failed poll. */
export interface FailedPoll {
	/** Failures of the same kind count as one failure that lasts. */
	readonly kind: string;
	/** The API has asked for no request before this time. */
	readonly waitUntil?: number | undefined;
	/** Whether the poll had read something before it failed. */
	readonly madeProgress: boolean;
}

/**
 * Decides when to report that polls fail: each kind of failure at once, then with growing pauses while it
 * lasts, and once when polls work again. All times are milliseconds of a clock that never goes back.
 */
export class Outage {
	/** By kind: when it was last reported, and the index of the pause that began then. */
	readonly #reports = new Map<string, { at: number; pause: number }>();
	/** When the first poll failed; `undefined` while polls work. */
	#since: number | undefined;
	/** When polls worked again. */
	#endedAt = -Infinity;
	/** Whether any failure since then was reported. */
	#reported = false;
	#waitUntil = -Infinity;

	/** Whether the API has asked for no request at this time. */
	waits(at: number): boolean {
		return at < this.#waitUntil;
	}

	/**
	 * Notes a failed poll.
	 *
	 * @param at when the poll began; the time it took does not count as part of the outage
	 * @returns `undefined` if there is nothing to report; otherwise the earliest time until the next report
	 *   if the failure lasts, in milliseconds
	 */
	noteFailure(
		{ kind, waitUntil = -Infinity, madeProgress }: FailedPoll,
		at: number,
	): number | undefined {
		this.#waitUntil = Math.min(waitUntil, at + LONGEST_WAIT_MS);
		const begins = this.#since === undefined;
		if (begins && at - this.#endedAt > RELAPSE_MS) this.#reports.clear();
		this.#since ??= at;
		// A poll that makes progress may succeed the next time.
		if (begins && madeProgress) return undefined;
		const last = this.#reports.get(kind);
		if (last && at - last.at + SLACK_MS < PAUSES_MS[last.pause]!) return undefined;
		const pause = last ? Math.min(last.pause + 1, PAUSES_MS.length - 1) : 0;
		this.#reports.set(kind, { at, pause });
		this.#reported = true;
		// While the API has asked to wait, no poll runs that could report.
		return Math.max(PAUSES_MS[pause]!, this.#waitUntil - at);
	}

	/**
	 * Notes a poll that has worked.
	 *
	 * @param at when the poll began
	 * @returns `undefined` if there is nothing to report; otherwise how long polls have failed, in milliseconds
	 */
	noteSuccess(at: number): number | undefined {
		// The poll at publication does not wait for this time. If it has worked, the API no longer asks to wait.
		this.#waitUntil = -Infinity;
		if (this.#since === undefined) return undefined;
		const lasted = at - this.#since;
		const reported = this.#reported;
		this.#since = undefined;
		this.#endedAt = at;
		this.#reported = false;
		for (const report of this.#reports.values()) {
			report.pause = Math.min(report.pause, RELAPSE_PAUSE);
		}
		return reported ? lasted : undefined;
	}
}

/** A duration in milliseconds as text, such as `15 min`. */
export function durationText(ms: number): string {
	const minutes = Math.max(Math.round(ms / MINUTE_MS), 1);
	return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
