import type { Feed, Page, Selection } from '../api/activities';
import { justBefore, newestUpTo } from './frontier';
import { type Instant, wholeSecond } from '../instant';
import type { PageStore } from './page-store';
import { Records } from '../activity/records';
import { SequentialPages } from './sequential-pages';
import type { WaitLimits } from '../api/rate-limit';

/** An interval is worth reading ahead, and splitting, when so many pages are expected in it. */
const WORTH_READING_AHEAD = 3;
/** A shorter interval is not: at each border, what lies within a few seconds of it is read twice. */
const SHORTEST_INTERVAL_MS = 60_000;
/** No estimate from the pages read so far is trusted beyond so many pages. */
const MAX_EXPECTED_PAGES = 10_000;

export interface ParallelPagesOptions {
	readonly feed: Feed;
	/** What to ask for within the interval. */
	readonly query: Selection;
	readonly store: PageStore;
	/** What has read the interval so far. */
	readonly sequential: SequentialPages;
	/** The page that it has read last, which is not the last one there is. */
	readonly last: Page;
	/** Reads up to this second at most: everything up to it is settled when it is read now. */
	readonly horizon: Instant;
	/** When to wait no longer for what may pass, on the feed's clock. */
	readonly until?: number | undefined;
	/** Gets warnings about oddities that do no harm. */
	readonly warn: (message: string) => void;
}

/** What is still to be read of a section. */
interface Rest {
	readonly sequential: SequentialPages;
	/** The last second that is its own. */
	end: Instant;
	/** The `created_at` it has come to. */
	reached: Instant;
	/** The time that a page covers, as far as is known, in milliseconds. */
	msPerPage: number;
}

/** A part of the interval that is read by itself, and its pages that nobody has taken yet. */
interface Section extends Rest {
	readonly pages: (() => Promise<Page>)[];
	readonly abortion: AbortController;
	ended: boolean;
	/** Where the feed had nothing more to show, before the section's end. */
	brokenOffAt: Instant | undefined;
	failure: Error | undefined;
}

/**
 * The pages of a long interval, of which several sections are read side by side, in feed order.
 *
 * A section is split in two wherever the most pages are expected to be left, as long as more requests
 * at a time pay: at first, and again when one has come to its end. Each split costs one request
 * at most, as the sections on its two sides may both end with a page that is not full, so their number is
 * bounded. Pages whose turn has not come wait in the store.
 *
 * Next to a border, activities may come from both sides, since the API may show a time more coarsely
 * than it compares it.
 */
export class ParallelPages {
	/** In feed order; the pages of the first one are given now. */
	readonly #sections: Section[] = [];
	readonly #readers: Promise<void>[] = [];
	readonly #feed: Feed;
	readonly #query: Selection;
	readonly #store: PageStore;
	readonly #until: number | undefined;
	readonly #warn: (message: string) => void;
	/** The length of a page with its tables, as far as is known, in bytes. */
	readonly #pageLength: number;
	#splits = 0;
	#stopped = false;
	/** Bytes in the store. */
	#stored = 0;
	#changed = deferred();

	/**
	 * Begins to read.
	 *
	 * @returns `undefined` when the last page shows that it is not worth it
	 */
	static begin(options: ParallelPagesOptions): ParallelPages | undefined {
		const { last, horizon, store } = options;
		const from = last.records.first ?? horizon;
		const reached = last.records.newest ?? horizon;
		const msPerPage = Math.max(reached - from, (horizon - reached) / MAX_EXPECTED_PAGES, 1);
		const capacity = Math.floor(store.capacity / last.records.length);
		const end = wholeSecond(Math.min(horizon, reached + msPerPage * capacity));
		const rest = { sequential: options.sequential, end, reached, msPerPage };
		return isWorthReadingAhead(rest) ? new ParallelPages(options, rest) : undefined;
	}

	/** Up to here all pages are given once `next` has none. */
	end: Instant;
	/** Where the feed ended early, once `next` has no page; `end` is a little before. */
	brokenOffAt: Instant | undefined;

	private constructor({ feed, query, store, until, warn, last }: ParallelPagesOptions, rest: Rest) {
		this.end = rest.end;
		this.#feed = feed;
		this.#query = query;
		this.#store = store;
		this.#until = until;
		this.#warn = warn;
		this.#pageLength = last.records.length;
		this.#open(rest, 0);
		this.#split();
	}

	/**
	 * The next page in feed order; `undefined` when all up to `end` have been given.
	 *
	 * @throws UserError as `SequentialPages.next` does
	 */
	async next(): Promise<Page | undefined> {
		for (;;) {
			const section = this.#sections[0];
			if (!section) return undefined;
			const page = section.pages.shift();
			if (page) {
				this.#wakeWaiters();
				return await page();
			}
			if (section.failure) throw section.failure;
			if (section.brokenOffAt !== undefined) {
				this.brokenOffAt = section.brokenOffAt;
				this.end = justBefore(section.brokenOffAt);
				return undefined;
			}
			if (section.ended) {
				this.#sections.shift();
				this.#wakeWaiters();
			} else await this.#changed.promise;
		}
	}

	/**
	 * Stops reading; what waits in the store is of no use any more.
	 *
	 * @param grace as in `IntervalPages.close`
	 */
	async close(grace: number): Promise<void> {
		this.#end(0);
		const ended = Promise.all(this.#readers);
		if (grace > 0) {
			const over = new AbortController();
			const pause = this.#feed.client.pause(grace, over.signal).catch(() => undefined);
			await Promise.race([ended, pause]);
			over.abort();
		}
		for (const { abortion } of this.#sections) abortion.abort();
		this.#wakeWaiters();
		await ended;
	}

	#open(rest: Rest, place: number): void {
		const abortion = new AbortController();
		const state = { ended: false, brokenOffAt: undefined, failure: undefined };
		const section: Section = { ...rest, ...state, pages: [], abortion };
		this.#sections.splice(place, 0, section);
		this.#readers.push(this.#read(section).catch((error: unknown) => this.#fail(section, error)));
	}

	/** What lies before it may still be given; nothing behind it ever will be. */
	#fail(section: Section, error: unknown): void {
		if (section.abortion.signal.aborted) return;
		section.failure = error as Error;
		this.#stopAt(section);
	}

	/**
	 * When a section ends before its end, either the feed is over or an answer was wrong; reading on
	 * sequentially from there finds out. Pages of later sections must not be delivered, because
	 * activities before them may be missing.
	 */
	#breakOff(section: Section, at: Instant): void {
		section.brokenOffAt = at;
		this.#stopAt(section);
	}

	/** Ends a section and all behind it; none is opened any more. */
	#stopAt(section: Section): void {
		this.#stopped = true;
		this.#end(this.#sections.indexOf(section));
	}

	/** Lets the sections from a place on make no further request. */
	#end(place: number): void {
		for (const section of this.#sections.slice(place)) section.ended = true;
		this.#wakeWaiters();
	}

	async #read(section: Section): Promise<void> {
		const limits: WaitLimits = { until: this.#until, signal: section.abortion.signal };
		while (!section.ended) {
			while (!section.ended && !this.#mayGoOn(section)) await this.#changed.promise;
			if (section.ended) return;
			const page = await section.sequential.next(limits);
			const { newest } = page.records;
			if (newest !== undefined) {
				section.msPerPage = Math.max((section.msPerPage + newest - section.reached) / 2, 1);
				if (newest > section.reached) section.reached = newest;
			}
			if (section.ended) return;
			const whole = section.reached > newestUpTo(section.end);
			const brokenOffAt = whole || page.hasMore ? undefined : section.reached;
			const ended = whole || brokenOffAt !== undefined;
			const own = cut(page, section.end);
			// Nothing is left to split off while the page is being stored.
			if (ended) section.reached = section.end;
			if (!own.records.isEmpty) section.pages.push(await this.#keep(section, own));
			section.ended ||= ended;
			if (brokenOffAt !== undefined) this.#breakOff(section, brokenOffAt);
			this.#split();
			this.#wakeWaiters();
		}
	}

	/**
	 * The first one is one page ahead at most; the others, as far as the store has room, which the
	 * last ones must not take from those before them.
	 */
	#mayGoOn(section: Section): boolean {
		if (section === this.#sections[0]) return section.pages.length === 0;
		const open = this.#openSections;
		const share = 1 - Math.max(open.indexOf(section) - 1, 0) / open.length;
		const room = this.#store.capacity * share - this.#stored;
		return room >= open.length * this.#pageLength;
	}

	get #openSections(): Section[] {
		return this.#sections.filter(({ ended }) => !ended);
	}

	async #keep(section: Section, page: Page): Promise<() => Promise<Page>> {
		if (section !== this.#sections[0] || section.pages.length > 0) return await this.#put(page);
		return () => Promise.resolve(page);
	}

	/**
	 * The returned function outlives the page by far, so it must not keep any of it. It cannot: the store
	 * releases the page's text.
	 */
	async #put(page: Page): Promise<() => Promise<Page>> {
		const { query, requestId, date, startedAt, hasMore, lastId } = page;
		const known = { query, requestId, date, startedAt, hasMore, lastId };
		const { count, length, text } = page.records;
		this.#stored += length;
		const stored = await this.#store.put(text, page.records.releaseTables());
		return async () => {
			const taken = await stored.take();
			this.#stored -= length;
			const records = Records.restore(taken.text, taken.tables, count);
			return { ...known, readAt: this.#feed.client.clock.at(startedAt), records };
		};
	}

	/** Splits sections as long as another one pays. */
	#split(): void {
		for (;;) {
			const open = this.#openSections;
			const { concurrency } = this.#feed.client;
			// Together with what is read after all of them, no more than two a request at a time.
			const enough = open.length >= concurrency || this.#splits >= 2 * concurrency - 2;
			if (enough || this.#stopped) return;
			const longest = open.reduce<Section | undefined>(
				(one, other) => (one && expectedPages(one) >= expectedPages(other) ? one : other),
				undefined,
			);
			if (!longest || !isWorthReadingAhead(longest)) return;
			const { reached, msPerPage, end } = longest;
			const middle = wholeSecond((reached + msPerPage + end) / 2);
			this.#splits++;
			longest.end = middle;
			// Without an end: an answer that says that there is nothing more then means the feed's.
			const sequential = new SequentialPages(
				this.#feed,
				this.#query,
				{ after: middle },
				this.#warn,
			);
			this.#open(
				{ sequential, end, reached: middle, msPerPage },
				this.#sections.indexOf(longest) + 1,
			);
		}
	}

	/** Lets everyone who waits look again. */
	#wakeWaiters(): void {
		const { resolve } = this.#changed;
		this.#changed = deferred();
		resolve();
	}
}

function isWorthReadingAhead(rest: Rest): boolean {
	return (
		expectedPages(rest) >= WORTH_READING_AHEAD && rest.end - rest.reached >= SHORTEST_INTERVAL_MS
	);
}

function expectedPages({ end, reached, msPerPage }: Rest): number {
	return (end - reached) / msPerPage;
}

/**
 * A page without what lies behind the end of its section. The next section delivers that.
 *
 * An unreadable record after the newest activity lies behind the end as well. Taken here, it would get
 * a place before its real one, and the next section would deliver it again.
 */
function cut(page: Page, end: Instant): Page {
	const { records } = page;
	const last = newestUpTo(end);
	const isWithin = (records.newest ?? -Infinity) <= last;
	return { ...page, records: isWithin ? records : records.upTo(last), hasMore: true };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
	let resolve: (() => void) | undefined;
	const promise = new Promise<void>((resolved) => (resolve = resolved));
	return { promise, resolve: () => resolve?.() };
}
