import type { Answer, Feed, Range, Selection } from '../api/feed';
import { toInstant, wholeSecond } from '../instant';
import type { PageStore } from './page-store';
import { ReadAhead } from './read-ahead';
import { Walk } from './walk';

/**
 * The clocks of the API's servers may differ by so much: what is read ahead is older than the
 * overlap by all of them.
 */
const CLOCK_DIFFERENCE_MS = 60_000;

export interface ReadingOptions {
	readonly feed: Feed;
	/** What to ask for, but for the range. */
	readonly query: Selection;
	/** Where to begin. */
	readonly range: Range;
	/** How late an activity may appear, in milliseconds. */
	readonly overlap: number;
	/** Where pages may wait that are read ahead; without it, each is asked for when it is wanted. */
	readonly store: PageStore | undefined;
	/** When to wait no longer for what may pass, on the feed's clock. */
	readonly until: number | undefined;
	/** Is told of what is odd, but does no harm. */
	readonly warn: (message: string) => void;
}

/** The pages of the feed from some place to its present end, in feed order. */
export class Reading {
	#walk: Walk;
	#ahead: ReadAhead | undefined;

	constructor(private readonly options: ReadingOptions) {
		this.#walk = this.#newWalk(options.range);
	}

	/**
	 * The next page; after the first one that has nothing behind it, there is none.
	 *
	 * @throws ComplianceError as `Walk.next` does
	 */
	async next(): Promise<Answer> {
		const page = await this.#ahead?.next();
		if (page) return page;
		if (this.#ahead) {
			// The rest is read when its turn comes: only then is it as complete as it will be.
			this.#walk = this.#newWalk({ after: this.#ahead.end });
			await this.close();
		}
		const answer = await this.#walk.next({ until: this.options.until });
		if (answer.hasMore) this.#readAhead(answer);
		return answer;
	}

	/**
	 * Stops what is read ahead.
	 *
	 * @param grace how long requests under way may take to end, in milliseconds: then they are dropped,
	 *   and nobody learns their `request-id`
	 */
	async close(grace = 0): Promise<void> {
		await this.#ahead?.close(grace);
		this.#ahead = undefined;
	}

	#newWalk(range: Range): Walk {
		const { feed, query, warn } = this.options;
		return new Walk(feed, query, range, warn);
	}

	/** A quiet beginning may be followed by much more, so each page that is read by itself is judged. */
	#readAhead(last: Answer): void {
		const { store, overlap } = this.options;
		if (!store || last.readAt === undefined) return;
		// Whatever is older cannot change any more, so it may be read in any order.
		const horizon = wholeSecond(toInstant(last.readAt - overlap - CLOCK_DIFFERENCE_MS));
		const walk = this.#walk;
		this.#ahead = ReadAhead.begin({ ...this.options, store, walk, last, horizon });
	}
}
