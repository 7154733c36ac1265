import { type Instant, SECOND_MS, toInstant, wholeSecond } from '../instant';

/**
 * How far activities may be out of order, or older than requested, in milliseconds. The API may show
 * times with less precision than it compares them, and its servers' clocks differ a little.
 */
export const DISORDER_MS = 2 * SECOND_MS;

/** What is settled after a page. */
export interface Settled {
	/** Where the next sync may begin; `undefined` if no activity read so far says so. */
	readonly frontier: Instant | undefined;
	/** Up to where everything is settled, by the server's clock; not before the frontier. */
	readonly settled: Instant;
}

/**
 * How far the feed is settled. This rule decides what the next run need not read again.
 *
 * The settled part ends with a whole second, and all of that second is settled.
 */
export class Frontier {
	/** The newest `created_at` read. */
	#passed: Instant | undefined;
	#final = false;
	/** The newest `created_at` of all activities, even of those that seem to be dated in the future. */
	#newest: Instant | undefined;
	/** Without a server clock, the pages that are not settled yet, oldest first. */
	#unsettled: { readonly newest: Instant; readonly startedAt: number }[] = [];

	/**
	 * @param overlap how long after its `created_at` an activity may still appear, in milliseconds
	 * @param reached the newest `created_at` that earlier syncs have read
	 */
	constructor(
		private readonly overlap: number,
		private readonly reached: Instant | null,
	) {}

	/** The newest `created_at` read in this interval. */
	get passed(): Instant | undefined {
		return this.#passed;
	}

	/** Whether no later page of this interval settles anything more. */
	get final(): boolean {
		return this.#final;
	}

	/**
	 * Notes an activity that has been read.
	 *
	 * @param present server time; a newer activity is dated in the future, and does not show how far
	 *   the feed has been read
	 */
	pass(createdAt: Instant, present: number): void {
		if (this.#newest === undefined || createdAt > this.#newest) this.#newest = createdAt;
		if (createdAt > present) return;
		if (this.#passed === undefined || createdAt > this.#passed) this.#passed = createdAt;
	}

	/**
	 * Decides what is settled after a batch.
	 *
	 * A page is complete only for activities that were older than the overlap when it was read.
	 * Behind it, late activities may still appear. So the first page that reaches into the overlap
	 * fixes the frontier for the rest of the interval; a later page's clock says nothing about what
	 * an earlier page read.
	 *
	 * The frontier also stays an overlap behind the newest activity. That costs little, and no
	 * activity is lost if the server's clock was ahead.
	 *
	 * @param readAt server time of the page's request; `undefined` while it is not known
	 * @param startedAt local time of the page's request, in milliseconds
	 * @param atEnd whether the feed had nothing more
	 * @returns `undefined` if nothing new is settled
	 */
	settle(
		{ readAt, startedAt }: { readonly readAt: Instant | undefined; readonly startedAt: number },
		atEnd: boolean,
	): Settled | undefined {
		if (this.#final) return undefined;
		if (readAt === undefined) return this.#settleWithoutClock(startedAt, atEnd);
		// The clock is now known, so it decides for the earlier pages, too.
		for (const earlier of this.#unsettled.splice(0)) {
			const then = readAt - (startedAt - earlier.startedAt);
			if (earlier.newest > lastWholeSecond(then - this.overlap)) return this.#fix(then);
		}
		const horizon = lastWholeSecond(readAt - this.overlap);
		if (atEnd || (this.#passed !== undefined && this.#passed > horizon)) return this.#fix(readAt);
		if (this.#passed === undefined) return undefined;
		const frontier = justBefore(this.#passed);
		return { frontier, settled: frontier };
	}

	/** @param present server time in milliseconds */
	#fix(present: number): Settled {
		this.#final = true;
		const newest = Math.max(this.#passed ?? -Infinity, this.reached ?? -Infinity);
		const settled = lastWholeSecond(present - this.overlap);
		if (newest === -Infinity) return { frontier: undefined, settled };
		return { frontier: lastWholeSecond(Math.min(present, newest) - this.overlap), settled };
	}

	/**
	 * The newest activity existed when its page was read, so its time replaces the server's time then.
	 * Earlier pages were read earlier by the local difference. Here too, the first page that reaches
	 * into the overlap of its own time counts.
	 */
	#settleWithoutClock(startedAt: number, atEnd: boolean): Settled | undefined {
		if (atEnd) this.#final = true;
		const passed = this.#passed;
		if (this.#newest === undefined) return undefined;
		this.#unsettled.push({ newest: this.#newest, startedAt });
		if (passed === undefined) return undefined;
		for (;;) {
			const [first] = this.#unsettled;
			const before = startedAt - (first?.startedAt ?? startedAt);
			const frontier = lastWholeSecond(passed - before - this.overlap);
			if (!first || first.newest > frontier) return { frontier, settled: frontier };
			this.#unsettled.shift();
		}
	}
}

/** The start of the last whole second before an instant. */
function lastWholeSecond(ms: number): Instant {
	return toInstant(wholeSecond(ms) - SECOND_MS);
}

/** Where to begin again so that no later activity is missed, even a little out of order. */
export function justBefore(createdAt: Instant): Instant {
	return lastWholeSecond(wholeSecond(createdAt) - DISORDER_MS);
}

/** The oldest `created_at` that a request for activities after an instant may return. */
export function oldestAfter(instant: Instant): Instant {
	return toInstant(wholeSecond(instant) - DISORDER_MS);
}

/** The newest `created_at` that a request for activities up to an instant may return. */
export function newestUpTo(instant: Instant): Instant {
	return toInstant(wholeSecond(instant) + DISORDER_MS + SECOND_MS - 1);
}
