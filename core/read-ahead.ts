import type { Answer, Feed, PageQuery, Patience } from './feed';
import { parsePage } from './page';
import type { PageStore } from './page-store';
import { Walk } from './walk';

/** A range is worth reading ahead, and splitting, when so many pages are expected in it. */
const WORTH_READING_AHEAD = 3;
/** No estimate from the pages read so far is trusted beyond so many pages. */
const MAX_EXPECTED_PAGES = 10_000;

export interface ReadAheadOptions {
	readonly feed: Feed;
	/** What to ask for, but for the range. */
	readonly query: Omit<PageQuery, 'cursor' | 'after' | 'from' | 'to'>;
	readonly store: PageStore;
	/** A walk that has read one page, which was not the last one. */
	readonly walk: Walk;
	/** That page. */
	readonly first: Answer;
	/** Reads up to here at most: everything up to it is settled when it is read now. */
	readonly horizon: number;
	/** When to wait no longer for what may pass, on the feed's clock. */
	readonly until: number | undefined;
}

/** What a slice still has to read. */
interface Plan {
	readonly walk: Walk;
	/** The last instant that is its own. */
	end: number;
	/** The `created_at` it has come to. */
	reached: number;
	/** The time that a page covers, as far as is known. */
	span: number;
}

/** A part of the range that one walk reads, and its pages that nobody has taken yet. */
interface Slice extends Plan {
	readonly pages: (() => Promise<Answer>)[];
	ended: boolean;
	failure: Error | undefined;
}

/**
 * Reads a long range by several walks side by side, and gives their pages in feed order.
 *
 * The range is split in two wherever the most pages are expected to be left, as long as more requests
 * at a time pay: at first, and again when a slice has come to its end. Each split costs one request
 * at most, as the slices on its two sides may both end with a page that is not full, so their number is
 * bounded. Pages whose turn has not come wait in the store.
 *
 * Instants are milliseconds since the epoch.
 */
export class ReadAhead {
	/** In feed order; the pages of the first one are given now. */
	readonly #slices: Slice[] = [];
	readonly #readers: Promise<void>[] = [];
	readonly #patience: Patience;
	readonly #abortion = new AbortController();
	#splits = 0;
	/** Bytes in the store. */
	#stored = 0;
	#changed = deferred();

	/**
	 * Begins to read.
	 *
	 * @returns `undefined` when the first page shows that it is not worth it
	 */
	static begin(options: ReadAheadOptions): ReadAhead | undefined {
		const { first, horizon, store } = options;
		const from = first.activities[0]?.createdAt ?? horizon;
		const reached = first.activities.at(-1)?.createdAt ?? horizon;
		const span = Math.max(reached - from, (horizon - reached) / MAX_EXPECTED_PAGES, 1);
		const capacity = Math.floor(store.capacity / first.body.length);
		const end = Math.min(horizon, reached + Math.round(span * capacity));
		const plan = { walk: options.walk, end, reached, span };
		return expectedPages(plan) < WORTH_READING_AHEAD ? undefined : new ReadAhead(options, plan);
	}

	/** Up to here all pages are given once `next` has none. */
	readonly end: number;

	private constructor(
		private readonly options: ReadAheadOptions,
		plan: Plan,
	) {
		this.end = plan.end;
		this.#patience = { until: options.until, signal: this.#abortion.signal };
		this.#open(plan, 0);
		this.#split();
	}

	/**
	 * The next page in feed order; `undefined` when all up to `end` have been given.
	 *
	 * @throws ComplianceError as `Walk.next` does
	 */
	async next(): Promise<Answer | undefined> {
		for (;;) {
			const slice = this.#slices[0];
			if (!slice) return undefined;
			const page = slice.pages.shift();
			if (page) {
				this.#tell();
				return await page();
			}
			if (slice.failure) throw slice.failure;
			if (slice.ended) {
				this.#slices.shift();
				this.#tell();
			} else await this.#changed.promise;
		}
	}

	/** Stops reading; what waits in the store is of no use any more. */
	async close(): Promise<void> {
		this.#abortion.abort();
		this.#tell();
		await Promise.all(this.#readers);
	}

	#open(plan: Plan, place: number): void {
		const slice: Slice = { ...plan, pages: [], ended: false, failure: undefined };
		this.#slices.splice(place, 0, slice);
		this.#readers.push(
			this.#read(slice).catch((error: unknown) => {
				slice.failure = error as Error;
				this.#tell();
			}),
		);
	}

	async #read(slice: Slice): Promise<void> {
		while (!slice.ended) {
			while (!this.#mayGoOn(slice)) await this.#changed.promise;
			if (this.#abortion.signal.aborted) return;
			const answer = await slice.walk.next(this.#patience);
			const { activities } = answer;
			const newest = activities.at(-1)?.createdAt;
			if (newest !== undefined) {
				slice.span = Math.max((slice.span + newest - slice.reached) / 2, 1);
				slice.reached = newest;
			}
			const ended = !answer.hasMore || slice.reached > slice.end;
			const page = cut(answer, slice.end);
			// Nothing is left to split off while the page is being stored.
			if (ended) slice.reached = slice.end;
			if (page.activities.length > 0) slice.pages.push(await this.#keep(slice, page));
			slice.ended = ended;
			this.#split();
			this.#tell();
		}
	}

	/** The first one is one page ahead at most; the others, as far as the store has room. */
	#mayGoOn(slice: Slice): boolean {
		if (this.#abortion.signal.aborted) return true;
		if (slice === this.#slices[0]) return slice.pages.length === 0;
		const { store, first } = this.options;
		const open = this.#slices.filter(({ ended }) => !ended).length;
		return this.#stored + open * first.body.length <= store.capacity;
	}

	async #keep(slice: Slice, page: Answer): Promise<() => Promise<Answer>> {
		if (slice !== this.#slices[0] || slice.pages.length > 0) return await this.#store(slice, page);
		return () => Promise.resolve(page);
	}

	/** What this returns outlives the page by long, so it must not hold on to any of it. */
	async #store({ end }: Slice, page: Answer): Promise<() => Promise<Answer>> {
		const { query, requestId, date, readAt } = page;
		const { length } = page.body;
		this.#stored += length;
		const stored = await this.options.store.put(page.body);
		return async () => {
			const body = await stored.take();
			this.#stored -= length;
			return cut({ ...parsePage(body, requestId), body, query, requestId, date, readAt }, end);
		};
	}

	/** Splits slices as long as another one pays. */
	#split(): void {
		const { feed, query } = this.options;
		for (;;) {
			const open = this.#slices.filter(({ ended }) => !ended);
			const { concurrency } = feed;
			// Together with the walk that comes after all of them, no more than two a request at a time.
			if (open.length >= concurrency || this.#splits >= 2 * concurrency - 2) return;
			const longest = open.reduce<Slice | undefined>(
				(one, other) => (one && expectedPages(one) >= expectedPages(other) ? one : other),
				undefined,
			);
			if (!longest || expectedPages(longest) < WORTH_READING_AHEAD) return;
			const { reached, span, end } = longest;
			const middle = Math.round((reached + span + end) / 2);
			if (middle <= reached || middle >= end) return;
			this.#splits++;
			longest.end = middle;
			const walk = new Walk(feed, { ...query, after: middle, to: end });
			this.#open({ walk, end, reached: middle, span }, this.#slices.indexOf(longest) + 1);
		}
	}

	/** Lets everyone who waits look again. */
	#tell(): void {
		const { resolve } = this.#changed;
		this.#changed = deferred();
		resolve();
	}
}

function expectedPages({ end, reached, span }: Plan): number {
	return (end - reached) / span;
}

/** A page without what lies behind the end; there is always more to come after it. */
function cut(answer: Answer, end: number): Answer {
	const { activities } = answer;
	const whole = (activities.at(-1)?.createdAt ?? -Infinity) <= end;
	return {
		...answer,
		activities: whole ? activities : activities.filter(({ createdAt }) => createdAt <= end),
		hasMore: true,
	};
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
	let resolve: (() => void) | undefined;
	const promise = new Promise<void>((resolved) => (resolve = resolved));
	return { promise, resolve: () => resolve?.() };
}
