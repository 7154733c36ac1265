import { UserError } from '../errors';
import { Doubts } from './doubts';
import type { Feed, Page } from '../api/activities';
import type { Filters } from '../api/filters';
import { IntervalPages } from './interval-pages';
import type { Log } from '../api/http';
import type { PageStore } from './page-store';
import type { PlannedInterval } from './course';
import type { Position } from './position';

/** The maximum that older documentation names, for servers that refuse larger pages. */
const FORMER_MAX_PAGE_SIZE = 2000;

/** Late activities then appear behind the position, within the overlap. */
const ORDER = 'asc';

/** How long a sync that stops waits for its requests under way, to learn their `request-id`. */
const FINISH_MS = 6_000;

export interface PagesOptions {
	readonly feed: Feed;
	readonly filters: Filters;
	/** How late an activity may appear, in milliseconds. */
	readonly overlap: number;
	/** Activities a page. */
	readonly pageSize: number;
	/** Whether the number of activities is limited. Then no page is read ahead. */
	readonly maxActivities?: number | undefined;
	/** Where pages wait that are read ahead. */
	readonly store?: PageStore | undefined;
	/** When to stop waiting for a failure to pass, on the feed's clock. */
	readonly until?: number | undefined;
	readonly log: Log;
	/** Gets warnings about harmless oddities. */
	readonly warn: (message: string) => void;
}

/** Reads the pages that a position wants, one interval after the other. */
export class Pages {
	#planned: PlannedInterval | undefined;
	#source: IntervalPages | undefined;
	#pageSize: number;
	/** Whether the page size was reduced, and no page has arrived since. */
	#shrunk = false;
	readonly #doubts: Doubts;

	constructor(
		private readonly position: Position,
		private readonly options: PagesOptions,
	) {
		this.#pageSize = options.pageSize;
		this.#doubts = new Doubts(options.feed.client);
	}

	/**
	 * Reads the next page.
	 *
	 * @throws UserError as `SequentialPages.next` does, and as `Doubts.about` does
	 */
	async next(): Promise<Page> {
		const { position } = this;
		const { feed } = this.options;
		let source = position.planned === this.#planned ? this.#source : undefined;
		for (;;) {
			source ??= await this.#begin();
			const page = await source.next().catch((error: unknown) => this.#shrinkPage(error));
			// It was the page size that the API refused.
			if (page && this.#shrunk) feed.pageSizes.cap(this.#pageSize);
			if (page) this.#shrunk = false;
			if (page && !this.#doubts.about(page, position.contents, position.untouched)) return page;
			source = undefined;
		}
	}

	/** Makes no further request, and waits a little for requests under way. */
	async finish(): Promise<void> {
		await this.#source?.close(FINISH_MS);
	}

	/** Drops the requests under way. */
	async close(): Promise<void> {
		await this.#source?.close();
	}

	/** Starts the wanted interval, also for a second time. */
	async #begin(): Promise<IntervalPages> {
		await this.#source?.close();
		const { maxActivities, filters, store } = this.options;
		this.#planned = this.position.planned;
		const { purpose, interval } = this.position.begin();
		const mayReadAhead = maxActivities === undefined && purpose !== 'again';
		this.#source = new IntervalPages({
			...this.options,
			query: { filters, order: ORDER, limit: this.#pageSize },
			interval,
			store: mayReadAhead ? store : undefined,
		});
		return this.#source;
	}

	/**
	 * Asks for smaller pages from now on, if the API may have refused the page size.
	 *
	 * @throws the error itself otherwise
	 */
	#shrinkPage(error: unknown): undefined {
		const { feed, log } = this.options;
		const invalid = error instanceof UserError && error.status === 400;
		const size = feed.pageSizes.known(this.#pageSize);
		if (!this.position.untouched || !invalid || size <= FORMER_MAX_PAGE_SIZE) throw error;
		log.info(
			`The API refuses the request with a page size of ${size}: trying ${FORMER_MAX_PAGE_SIZE}.`,
		);
		this.#pageSize = FORMER_MAX_PAGE_SIZE;
		this.#shrunk = true;
	}
}
