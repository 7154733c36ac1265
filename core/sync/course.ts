import type { CheckpointContents } from './checkpoint';
import type { Interval } from '../api/activities';
import { justBefore, newestUpTo } from './frontier';
import { type Instant, toInstant } from '../instant';

/** With more pages to read again, a sync reads new activities first. */
const PAGES_READ_AGAIN_FIRST = 4;

/** An interval of the feed that is read without an interruption. */
export interface PlannedInterval {
	/**
	 * `onwards`: from the frontier on, which moves it; `news`: after the newest activity of earlier
	 * syncs; `again`: between the two, for activities that have appeared late.
	 */
	readonly purpose: 'onwards' | 'news' | 'again';
	readonly interval: Interval;
}

/** The progress in an interval. */
export interface ReadSoFar {
	/** The newest `created_at` read. */
	readonly passed: Instant | undefined;
	/** Whether it can move the frontier no further. */
	readonly final: boolean;
	/** Whether nothing is left in it. */
	readonly atEnd: boolean;
}

/**
 * The order in which a sync reads the feed.
 *
 * Usually that is one interval from the frontier to the end. But a long overlap may hold more than a
 * sync has time for. If each sync read all of it again, new activities would never be delivered.
 * Then the sync first moves the frontier as far as possible, reads new activities next, and reads
 * the overlap again with the time that remains. The next sync continues with the rest of the
 * overlap, after the activities that are new by then.
 *
 * If a sync ends before it reaches one of the first two steps, the next sync begins with that step. So
 * neither step waits for longer than one sync, however little time a sync has.
 */
export class Course {
	#planned: PlannedInterval | undefined;
	#newsRead = false;
	#onwardsRead = false;
	/** Where the interval `onwards` was interrupted. */
	#left: Instant | undefined;

	/** @param pageSize activities a page */
	constructor(
		private readonly contents: CheckpointContents,
		private readonly pageSize: () => number,
	) {
		this.#planned = contents.rereading === null ? this.#onwards() : this.#news();
	}

	/** The interval to read now; `undefined` if nothing is left to read. */
	get planned(): PlannedInterval | undefined {
		return this.#planned;
	}

	/** Whether nothing new is left to read. */
	get upToDate(): boolean {
		return this.#newsRead || this.#planned === undefined;
	}

	/** Notes a page. */
	advance(read: ReadSoFar): void {
		const purpose = this.#planned?.purpose;
		if (purpose === 'onwards') this.#advanceOnwards(read);
		else if (purpose === 'news' && read.atEnd) {
			this.#newsRead = true;
			this.#planned = this.#left === undefined ? this.#onwards() : this.#again(this.#left);
		} else if (purpose === 'again' && read.atEnd) this.#planned = undefined;
	}

	/**
	 * Where the next sync continues to read again if this one ends now.
	 *
	 * @param passed the newest `created_at` read in the present interval
	 */
	rereading(passed: Instant | undefined): Instant | null {
		switch (this.#planned?.purpose) {
			case 'onwards':
				if (this.#newsRead) return this.#onwardsRead ? this.contents.rereading : null;
				return passed !== undefined && this.#isKnown(passed) ? justBefore(passed) : null;
			case 'news':
				return this.#left ?? null;
			case 'again':
				return passed === undefined ? (this.#planned.interval.after ?? null) : justBefore(passed);
			default:
				return null;
		}
	}

	#advanceOnwards({ passed, final, atEnd }: ReadSoFar): void {
		this.#onwardsRead = true;
		if (atEnd) this.#planned = undefined;
		else if (final && passed !== undefined && this.#isKnown(passed)) {
			if (!this.#newsRead && !this.#isLong(passed)) return;
			this.#left = justBefore(passed);
			this.#planned = this.#newsRead ? this.#again(this.#left) : this.#news();
		}
	}

	/** Whether there is nothing new up to an instant. */
	#isKnown(instant: Instant): boolean {
		const { reached } = this.contents;
		return reached !== null && instant <= reached;
	}

	/** Whether many known activities are behind it. */
	#isLong(instant: Instant): boolean {
		return this.contents.seen.countAfter(instant) > PAGES_READ_AGAIN_FIRST * this.pageSize();
	}

	#onwards(): PlannedInterval {
		const { frontier, start } = this.contents;
		return {
			purpose: 'onwards',
			interval: frontier === null ? { from: start } : { after: frontier },
		};
	}

	#news(): PlannedInterval {
		const { reached, start } = this.contents;
		return { purpose: 'news', interval: { after: justBefore(reached ?? start) } };
	}

	#again(left: Instant): PlannedInterval {
		const { reached, rereading, start } = this.contents;
		const after = toInstant(Math.max(left, rereading ?? left));
		return { purpose: 'again', interval: { after, to: newestUpTo(reached ?? start) } };
	}
}
