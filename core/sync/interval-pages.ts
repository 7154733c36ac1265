import type { Feed, Interval, Page, Selection } from '../api/activities';
import { toInstant, wholeSecond } from '../instant';
import type { PageStore } from './page-store';
import { ParallelPages } from './parallel-pages';
import { SequentialPages } from './sequential-pages';

/**
 * How far the clocks of the API's servers may differ. Pages read ahead are older than the overlap by
 * every one of these clocks.
 */
const CLOCK_DIFFERENCE_MS = 60_000;

export interface IntervalPagesOptions {
	readonly feed: Feed;
	/** What to ask for within the interval. */
	readonly query: Selection;
	readonly interval: Interval;
	/** How late an activity may appear, in milliseconds. */
	readonly overlap: number;
	/** Where pages may wait that are read ahead; without it, each is asked for when it is wanted. */
	readonly store: PageStore | undefined;
	/** When to wait no longer for what may pass, on the feed's clock. */
	readonly until?: number | undefined;
	/** Gets warnings about oddities that do no harm. */
	readonly warn: (message: string) => void;
}

/** The pages of one interval in feed order: one after the other, or several at a time where it pays. */
export class IntervalPages {
	#sequential: SequentialPages;
	#parallel: ParallelPages | undefined;

	constructor(private readonly options: IntervalPagesOptions) {
		this.#sequential = this.#pagesOf(options.interval);
	}

	/**
	 * The next page; after the first one that has nothing behind it, there is none.
	 *
	 * @throws UserError as `SequentialPages.next` does
	 */
	async next(): Promise<Page> {
		const ahead = await this.#parallel?.next();
		if (ahead) return ahead;
		if (this.#parallel) {
			// The rest is read when its turn comes: only then is it as complete as it will be.
			this.#sequential = this.#pagesOf({ after: this.#parallel.end });
			await this.close();
		}
		const page = await this.#sequential.next({ until: this.options.until });
		if (page.hasMore) this.#readAhead(page);
		return page;
	}

	/**
	 * Stops what is read ahead.
	 *
	 * @param grace how long requests under way may take to end, in milliseconds: then they are dropped,
	 *   and nobody learns their `request-id`
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
		// Whatever is older cannot change any more, so it may be read in any order.
		const horizon = wholeSecond(toInstant(last.readAt - overlap - CLOCK_DIFFERENCE_MS));
		const sequential = this.#sequential;
		this.#parallel = ParallelPages.begin({ ...this.options, store, sequential, last, horizon });
	}
}
