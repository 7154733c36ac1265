import type { Position } from './checkpoint';
import type { Range } from '../api/feed';
import { justBefore, newestUpTo } from './frontier';
import { type Instant, toInstant } from '../instant';

/** With more pages than these to read again, a sync turns to what is new first. */
const PAGES_READ_AGAIN_FIRST = 4;

/** A part of the feed that is read in one go. */
export interface Leg {
	/**
	 * `onwards` from the frontier, which moves the frontier; `news`, behind what earlier syncs have
	 * come to; `again`, what lies between the two, for what has appeared late there.
	 */
	readonly name: 'onwards' | 'news' | 'again';
	readonly range: Range;
}

/** What has been read of a leg. */
export interface Stage {
	/** The newest `created_at` passed. */
	readonly passed: Instant | undefined;
	/** Whether the leg can move the frontier no further. */
	readonly final: boolean;
	/** Whether it has nothing more to give. */
	readonly atEnd: boolean;
}

/**
 * The order in which a sync reads the feed.
 *
 * Mostly that is one leg from the frontier to the end. But a long overlap may hold more than a sync
 * has time for, and reading it again and again would let nothing new come through. Then the frontier
 * is moved as far as it goes, what is new comes next, and the overlap is read again with the time that
 * remains: what is left of it, the next sync goes on with, behind what is new by then.
 *
 * A sync that ends before it comes to one of the first two lets the next one begin with it: so neither
 * waits for longer than that, however little time a sync has.
 */
export class Course {
	#leg: Leg | undefined;
	#newsRead = false;
	#onwardsRead = false;
	/** Where the frontier's leg was left. */
	#left: Instant | undefined;

	/** @param pageSize activities a page */
	constructor(
		private readonly position: Position,
		private readonly pageSize: () => number,
	) {
		this.#leg = position.rereading === null ? this.#onwards() : this.#news();
	}

	/** The leg to read now; `undefined` when there is nothing more to read. */
	get leg(): Leg | undefined {
		return this.#leg;
	}

	/** Whether nothing new is left to read. */
	get upToDate(): boolean {
		return this.#newsRead || this.#leg === undefined;
	}

	/** Takes note of a page. */
	advance(stage: Stage): void {
		const leg = this.#leg;
		if (leg?.name === 'onwards') this.#advanceOnwards(stage);
		else if (leg?.name === 'news' && stage.atEnd) {
			this.#newsRead = true;
			this.#leg = this.#left === undefined ? this.#onwards() : this.#again(this.#left);
		} else if (leg?.name === 'again' && stage.atEnd) this.#leg = undefined;
	}

	/**
	 * Where the next sync is to go on reading again, should this one end now.
	 *
	 * @param passed the newest `created_at` passed in the present leg
	 */
	rereading(passed: Instant | undefined): Instant | null {
		switch (this.#leg?.name) {
			case 'onwards':
				if (this.#newsRead) return this.#onwardsRead ? this.position.rereading : null;
				return passed !== undefined && this.#isKnown(passed) ? justBefore(passed) : null;
			case 'news':
				return this.#left ?? null;
			case 'again':
				return passed === undefined ? (this.#leg.range.after ?? null) : justBefore(passed);
			default:
				return null;
		}
	}

	#advanceOnwards({ passed, final, atEnd }: Stage): void {
		this.#onwardsRead = true;
		if (atEnd) this.#leg = undefined;
		else if (final && passed !== undefined && this.#isKnown(passed)) {
			if (!this.#newsRead && !this.#isLong(passed)) return;
			this.#left = justBefore(passed);
			this.#leg = this.#newsRead ? this.#again(this.#left) : this.#news();
		}
	}

	/** Whether there is nothing new up to an instant. */
	#isKnown(instant: Instant): boolean {
		const { reached } = this.position;
		return reached !== null && instant <= reached;
	}

	/** Whether much of what lies behind it has been. */
	#isLong(instant: Instant): boolean {
		return this.position.seen.countAfter(instant) > PAGES_READ_AGAIN_FIRST * this.pageSize();
	}

	#onwards(): Leg {
		const { frontier, start } = this.position;
		return { name: 'onwards', range: frontier === null ? { from: start } : { after: frontier } };
	}

	#news(): Leg {
		const { reached, start } = this.position;
		return { name: 'news', range: { after: justBefore(reached ?? start) } };
	}

	#again(left: Instant): Leg {
		const { reached, rereading, start } = this.position;
		const after = toInstant(Math.max(left, rereading ?? left));
		return { name: 'again', range: { after, to: newestUpTo(reached ?? start) } };
	}
}
