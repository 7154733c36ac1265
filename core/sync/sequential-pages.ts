import { UserError } from '../errors';
import type { Feed, Interval, Page, PageQuery, Selection } from '../api/activities';
import { DISORDER_MS, justBefore, newestUpTo } from './frontier';
import { type Instant, wholeSecond } from '../instant';
import { protocolViolation } from '../api/page';
import type { WaitLimits } from '../api/rate-limit';

/** The codes with which the API may refuse a cursor. */
const REFUSING: readonly (number | undefined)[] = [400, 414, 431];

/** Where to continue. */
interface Place {
	readonly interval: Interval;
	readonly cursor: string | undefined;
	/** The furthest `created_at` so far. */
	readonly reached: Instant | undefined;
}

/**
 * The pages of an interval of the feed, one after the other by cursor. Each page must follow the
 * rules, so that together they are complete.
 */
export class SequentialPages {
	#place: Place;
	/** How far it was when it last continued by time. */
	#resumedAt: Instant | undefined;
	/** Whether a cursor was refused or wrong. Then it continues by time, if possible. */
	#distrusted = false;
	/** Whether it cannot continue any more, because another request would only repeat a page. */
	#stuck = false;
	/** The size of the last requested page. */
	#size: number | undefined;
	/** Whether a page has been read. */
	#begun = false;
	/** An earlier cursor to compare later ones with, and how long to keep it (Brent's cycle search). */
	#mark: string | undefined;
	#untilNextMark = 1;
	#markInterval = 1;

	constructor(
		private readonly feed: Feed,
		private readonly selection: Selection,
		interval: Interval,
		private readonly warn: (message: string) => void,
	) {
		this.#place = { interval, cursor: undefined, reached: undefined };
	}

	/**
	 * Reads the next page. A page that breaks the rules is requested once more, and then by time.
	 *
	 * Without a usable cursor, it continues by time, from a little before the last activity. Then it
	 * reads some activities again.
	 *
	 * @throws UserError as `Feed.page` does; `protocol-violation` also if the page does not continue
	 *   the previous one
	 */
	async next(limits: WaitLimits): Promise<Page> {
		for (let tries = 1; ; tries++) {
			const page = await this.#read(limits).catch((error: unknown) => this.#mend(error, tries));
			if (page) return page;
		}
	}

	/**
	 * Prepares another try that may succeed.
	 *
	 * @throws the error itself if no other try can succeed
	 */
	#mend(error: unknown, tries: number): undefined {
		if (!(error instanceof UserError) || this.#stuck) throw error;
		const { cursor, reached } = this.#place;
		const broken = error.code === 'protocol-violation';
		// The same parameters worked before, so the cursor is refused, or the length of the request
		// with it.
		const refused = REFUSING.includes(error.status) && cursor !== undefined;
		if (broken && tries === 1) this.warn(`${error.summary} Requesting it once more.`);
		else if (refused || (broken && cursor !== undefined)) {
			this.#distrusted = true;
			this.#place = this.#placeByTime(reached, error);
		} else throw error;
	}

	async #read(limits: WaitLimits): Promise<Page> {
		const page = await this.feed.page(() => this.#query(), limits);
		this.#begun = true;
		const reached = this.#check(page);
		this.#place = page.hasMore ? this.#placeAfter(page, reached) : { ...this.#place, reached };
		return page;
	}

	/**
	 * The next query. A cursor may be bound to the page size, so after a change of the size it
	 * continues by time.
	 */
	#query(): PageQuery {
		const { pageSizes } = this.feed;
		const { limit } = this.selection;
		// The first page is no occasion to try a size, because the sync fails if it fails.
		const size = this.#begun ? pageSizes.next(limit) : pageSizes.known(limit);
		const { interval, cursor, reached } = this.#place;
		const before = cursor === undefined ? size : (this.#size ?? size);
		if (size !== before && this.#isBeyond(reached)) this.#place = this.#justBefore(reached);
		else if (size < before) this.#place = this.#from(interval);
		this.#size = this.#place.cursor === undefined ? size : before;
		const place = this.#place;
		return { ...this.selection, ...place.interval, cursor: place.cursor, limit: this.#size };
	}

	/** @returns the furthest `created_at` after the page */
	#check({ records, requestId }: Page): Instant | undefined {
		const { order } = this.selection;
		const { after, from, to = Infinity } = this.#place.interval;
		const oldest = after ?? from ?? -Infinity;
		let { reached } = this.#place;
		let [tooOld, tooNew, behind] = [0, 0, 0];
		for (let index = 0; index < records.count; index++) {
			const createdAt = records.createdAt(index);
			if (createdAt < oldest) tooOld = Math.max(tooOld, secondsBetween(createdAt, oldest));
			if (createdAt > to) tooNew = Math.max(tooNew, secondsBetween(to, createdAt));
			reached ??= createdAt;
			const ahead = order === 'asc' ? createdAt >= reached : createdAt <= reached;
			if (ahead) reached = createdAt;
			else behind = Math.max(behind, Math.abs(secondsBetween(reached, createdAt)));
		}
		this.#judge(tooOld, 'an activity older than requested', requestId);
		this.#judge(tooNew, 'an activity newer than requested', requestId);
		this.#judge(behind, 'a page out of order', requestId);
		return reached;
	}

	/** @param seconds how far an activity is out of its place */
	#judge(seconds: number, what: string, requestId: string | undefined): void {
		if (seconds === 0) return;
		if (seconds * 1000 > DISORDER_MS) throw protocolViolation(what, requestId);
		this.warn(`The Activity Feed sent ${what}, by ${seconds} s. It is accepted; nothing is lost.`);
	}

	#placeAfter({ lastId, requestId }: Page, reached: Instant | undefined): Place {
		const { interval, cursor } = this.#place;
		const moves = lastId !== null && lastId !== cursor && lastId !== this.#mark;
		if (!moves) {
			const nowhere = protocolViolation(
				'a page with has_more, but without a usable cursor',
				requestId,
			);
			return this.#placeByTime(reached, nowhere);
		}
		if (this.#distrusted && this.#isBeyond(reached)) return this.#justBefore(reached);
		if (--this.#untilNextMark === 0) {
			this.#mark = lastId;
			this.#markInterval *= 2;
			this.#untilNextMark = this.#markInterval;
		}
		return { interval, cursor: lastId, reached };
	}

	/**
	 * @param failure why it cannot continue by cursor
	 * @throws the failure if it cannot continue by time either
	 */
	#placeByTime(reached: Instant | undefined, failure: UserError): Place {
		if (!this.#isBeyond(reached)) {
			this.#stuck = true;
			throw failure;
		}
		this.warn(`${failure.summary} Continuing by time instead of by cursor.`);
		return this.#justBefore(reached);
	}

	#justBefore(reached: Instant): Place {
		this.#resumedAt = reached;
		return this.#from(this.#restFrom(reached));
	}

	#from(interval: Interval): Place {
		// The same cursors may be valid now.
		this.#mark = undefined;
		return { interval, cursor: undefined, reached: undefined };
	}

	/** The rest of the interval. It never reaches outside, because ids there may already be forgotten. */
	#restFrom(reached: Instant): Interval {
		const { interval } = this.#place;
		const { after, from, to } = interval;
		if (this.selection.order === 'asc') {
			const instant = justBefore(reached);
			return instant > (after ?? from ?? -Infinity) ? { after: instant, to } : interval;
		}
		const instant = newestUpTo(reached);
		return instant < (to ?? Infinity) ? { after, from, to: instant } : interval;
	}

	/** Whether it has made progress since it last continued by time. */
	#isBeyond(reached: Instant | undefined): reached is Instant {
		const last = this.#resumedAt;
		if (reached === undefined || last === undefined) return reached !== undefined;
		return this.selection.order === 'asc' ? reached > last : reached < last;
	}
}

/** By how many whole seconds `later` is later than `earlier`. */
function secondsBetween(earlier: number, later: number): number {
	return (wholeSecond(later) - wholeSecond(earlier)) / 1000;
}
