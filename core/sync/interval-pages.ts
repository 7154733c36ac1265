import type { Feed, Interval, Page, Selection } from '../api/activities';
import { type Instant, toInstant, wholeSecond } from '../instant';
import type { PageStore } from './page-store';
import { ParallelPages } from './parallel-pages';
import { SequentialPages } from './sequential-pages';

/**
 * How far the clocks of the API's servers may differ. Pages that are read ahead are older than the
 * overlap by each of these clocks.
 */
const CLOCK_DIFFERENCE_MS = 60_000;

export interface IntervalPagesOptions {
	readonly feed: Feed;
	/** The query within the interval. */
	readonly query: Selection;
	readonly interval: Interval;
	/** How late an activity may appear, in milliseconds. */
	readonly overlap: number;
	/** Where pages wait that are read ahead. Without it, each page is requested when it is wanted. */
	readonly store: PageStore | undefined;
	/** When to stop waiting for a failure to pass, on the feed's clock. */
	readonly until?: number | undefined;
	/** Gets warnings about harmless oddities. */
	readonly warn: (message: string) => void;
}

/** The pages of one interval in feed order: one after the other, or several at a time where it pays. */
export class IntervalPages {
	#sequential: SequentialPages;
	#parallel: ParallelPages | undefined;
	/**
	 * Where the feed ended when it was read ahead. What follows begins a little before, so reading ahead
	 * from there would end at the same place, again and again.
	 */
	#endedAt: Instant | undefined;

	constructor(private readonly options: IntervalPagesOptions) {
		this.#sequential = this.#pagesOf(options.interval);
	}

	/**
	 * The next page; `undefined` after the last one.
	 *
	 * @throws UserError as `SequentialPages.next` does
	 */
	async next(): Promise<Page> {
		const ahead = await this.#parallel?.next();
		if (ahead) return ahead;
		if (this.#parallel) {
			// The rest is read when its turn comes: only then is it as complete as it will be.
			this.#sequential = this.#pagesOf({ after: this.#parallel.end });
			this.#endedAt = this.#parallel.brokenOffAt;
			await this.close();
		}
		const page = await this.#sequential.next({ until: this.options.until });
		if (page.hasMore) this.#readAhead(page);
		return page;
	}

	/**
	 * Stops reading ahead.
	 *
	 * @param grace how long requests under way may take to end, in milliseconds; after that they are
	 *   dropped, and their `request-id` remains unknown
	 */
	async close(grace = 0): Promise<void> {
		await this.#parallel?.close(grace);
		this.#parallel = undefined;
	}

	#pagesOf(interval: Interval): SequentialPages {
		const { feed, query, warn } = this.options;
		return new SequentialPages(feed, query, interval, warn);
	}

	/** A quiet beginning may be followed by much more, so each page that is read by itself is judged. */
	#readAhead(last: Page): void {
		const { store, overlap } = this.options;
		if (!store || last.readAt === undefined) return;
		const { newest } = last.records;
		if (newest === undefined || (this.#endedAt !== undefined && newest <= this.#endedAt)) return;
		// Older pages cannot change any more, so they may be read in any order.
		const horizon = wholeSecond(toInstant(last.readAt - overlap - CLOCK_DIFFERENCE_MS));
		const sequential = this.#sequential;
		this.#parallel = ParallelPages.begin({ ...this.options, store, sequential, last, horizon });
	}
}
