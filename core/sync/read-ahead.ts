import type { Activity } from '../activity/activity';
import type { Answer, Feed, Patience, Selection } from '../api/feed';
import { justBefore, newestUpTo } from './frontier';
import { type Instant, wholeSecond } from '../instant';
import { parsePage } from '../api/page';
import type { PageStore } from './page-store';
import { Walk } from './walk';

/** A range is worth reading ahead, and splitting, when so many pages are expected in it. */
const WORTH_READING_AHEAD = 3;
/** A shorter range is not: at each border, what lies within a few seconds of it is read twice. */
const SHORTEST_RANGE_MS = 60_000;
/** No estimate from the pages read so far is trusted beyond so many pages. */
const MAX_EXPECTED_PAGES = 10_000;

export interface ReadAheadOptions {
	readonly feed: Feed;
	/** What to ask for, but for the range. */
	readonly query: Selection;
	readonly store: PageStore;
	/** The walk so far. */
	readonly walk: Walk;
	/** The page that it has read last, which is not the last one there is. */
	readonly last: Answer;
	/** Reads up to this second at most: everything up to it is settled when it is read now. */
	readonly horizon: Instant;
	/** When to wait no longer for what may pass, on the feed's clock. */
	readonly until: number | undefined;
	/** Is told of what is odd, but does no harm. */
	readonly warn: (message: string) => void;
}

/** What a slice still has to read. */
interface Plan {
	readonly walk: Walk;
	/** The last second that is its own. */
	end: Instant;
	/** The `created_at` it has come to. */
	reached: Instant;
	/** The time that a page covers, as far as is known. */
	span: number;
}

/** A part of the range that one walk reads, and its pages that nobody has taken yet. */
interface Slice extends Plan {
	readonly pages: (() => Promise<Answer>)[];
	readonly abortion: AbortController;
	ended: boolean;
	/** Where the feed had nothing more to show, before the slice's end. */
	brokenOffAt: Instant | undefined;
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
 * Next to a border, activities may come from both sides, since the API may show a time more coarsely
 * than it compares it.
 */
export class ReadAhead {
	/** In feed order; the pages of the first one are given now. */
	readonly #slices: Slice[] = [];
	readonly #readers: Promise<void>[] = [];
	readonly #feed: Feed;
	readonly #query: Selection;
	readonly #store: PageStore;
	readonly #until: number | undefined;
	readonly #warn: (message: string) => void;
	/** The length of a page, as far as is known, in bytes. */
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
	static begin(options: ReadAheadOptions): ReadAhead | undefined {
		const { last, horizon, store } = options;
		const from = last.activities[0]?.createdAt ?? horizon;
		const reached = newestOf(last.activities) ?? horizon;
		const span = Math.max(reached - from, (horizon - reached) / MAX_EXPECTED_PAGES, 1);
		const capacity = Math.floor(store.capacity / last.body.length);
		const end = wholeSecond(Math.min(horizon, reached + span * capacity));
		const plan = { walk: options.walk, end, reached, span };
		return isWorthReadingAhead(plan) ? new ReadAhead(options, plan) : undefined;
	}

	/** Up to here all pages are given once `next` has none. */
	end: Instant;

	private constructor({ feed, query, store, until, warn, last }: ReadAheadOptions, plan: Plan) {
		this.end = plan.end;
		this.#feed = feed;
		this.#query = query;
		this.#store = store;
		this.#until = until;
		this.#warn = warn;
		this.#pageLength = last.body.length;
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
			if (slice.brokenOffAt !== undefined) {
				this.end = justBefore(slice.brokenOffAt);
				return undefined;
			}
			if (slice.ended) {
				this.#slices.shift();
				this.#tell();
			} else await this.#changed.promise;
		}
	}

	/**
	 * Stops reading; what waits in the store is of no use any more.
	 *
	 * @param grace as in `Reading.close`
	 */
	async close(grace: number): Promise<void> {
		this.#end(0);
		const ended = Promise.all(this.#readers);
		if (grace > 0) {
			const over = new AbortController();
			const pause = this.#feed.pause(grace, over.signal).catch(() => undefined);
			await Promise.race([ended, pause]);
			over.abort();
		}
		for (const { abortion } of this.#slices) abortion.abort();
		this.#tell();
		await ended;
	}

	#open(plan: Plan, place: number): void {
		const abortion = new AbortController();
		const state = { ended: false, brokenOffAt: undefined, failure: undefined };
		const slice: Slice = { ...plan, ...state, pages: [], abortion };
		this.#slices.splice(place, 0, slice);
		this.#readers.push(this.#read(slice).catch((error: unknown) => this.#fail(slice, error)));
	}

	/** What lies before it may still be given; nothing behind it ever will be. */
	#fail(slice: Slice, error: unknown): void {
		if (slice.abortion.signal.aborted) return;
		slice.failure = error as Error;
		this.#stopAt(slice);
	}

	/**
	 * Where a slice ends before its end, the feed is over, or one answer was wrong: whoever reads on by
	 * itself from there finds out. What the slices behind it have read must not stand for what may be
	 * missing before it.
	 */
	#breakOff(slice: Slice, at: Instant): void {
		slice.brokenOffAt = at;
		this.#stopAt(slice);
	}

	/** Ends a slice and all behind it; none is opened any more. */
	#stopAt(slice: Slice): void {
		this.#stopped = true;
		this.#end(this.#slices.indexOf(slice));
	}

	/** Lets the slices from a place on make no further request. */
	#end(place: number): void {
		for (const slice of this.#slices.slice(place)) slice.ended = true;
		this.#tell();
	}

	async #read(slice: Slice): Promise<void> {
		const patience: Patience = { until: this.#until, signal: slice.abortion.signal };
		while (!slice.ended) {
			while (!slice.ended && !this.#mayGoOn(slice)) await this.#changed.promise;
			if (slice.ended) return;
			const answer = await slice.walk.next(patience);
			const { activities } = answer;
			const newest = newestOf(activities);
			if (newest !== undefined) {
				slice.span = Math.max((slice.span + newest - slice.reached) / 2, 1);
				if (newest > slice.reached) slice.reached = newest;
			}
			if (slice.ended) return;
			const whole = slice.reached > newestUpTo(slice.end);
			const brokenOffAt = whole || answer.hasMore ? undefined : slice.reached;
			const ended = whole || brokenOffAt !== undefined;
			const page = cut(answer, slice.end);
			// Nothing is left to split off while the page is being stored.
			if (ended) slice.reached = slice.end;
			if (!isEmpty(page)) slice.pages.push(await this.#keep(slice, page));
			slice.ended ||= ended;
			if (brokenOffAt !== undefined) this.#breakOff(slice, brokenOffAt);
			this.#split();
			this.#tell();
		}
	}

	/**
	 * The first one is one page ahead at most; the others, as far as the store has room, which the
	 * last ones must not take from those before them.
	 */
	#mayGoOn(slice: Slice): boolean {
		if (slice === this.#slices[0]) return slice.pages.length === 0;
		const open = this.#openSlices;
		const share = 1 - Math.max(open.indexOf(slice) - 1, 0) / open.length;
		const room = this.#store.capacity * share - this.#stored;
		return room >= open.length * this.#pageLength;
	}

	get #openSlices(): Slice[] {
		return this.#slices.filter(({ ended }) => !ended);
	}

	async #keep(slice: Slice, page: Answer): Promise<() => Promise<Answer>> {
		if (slice !== this.#slices[0] || slice.pages.length > 0) return await this.#put(slice, page);
		return () => Promise.resolve(page);
	}

	/** What this returns outlives the page by long, so it must not hold on to any of it. */
	async #put({ end }: Slice, page: Answer): Promise<() => Promise<Answer>> {
		const { query, requestId, date, startedAt } = page;
		const { length } = page.body;
		this.#stored += length;
		const stored = await this.#store.put(page.body);
		return async () => {
			const body = await stored.take();
			this.#stored -= length;
			const readAt = this.#feed.clock.at(startedAt);
			const known = { body, query, requestId, date, readAt, startedAt };
			return cut({ ...parsePage(body, requestId), ...known }, end);
		};
	}

	/** Splits slices as long as another one pays. */
	#split(): void {
		for (;;) {
			const open = this.#openSlices;
			const { concurrency } = this.#feed;
			// Together with the walk that comes after all of them, no more than two a request at a time.
			const enough = open.length >= concurrency || this.#splits >= 2 * concurrency - 2;
			if (enough || this.#stopped) return;
			const longest = open.reduce<Slice | undefined>(
				(one, other) => (one && expectedPages(one) >= expectedPages(other) ? one : other),
				undefined,
			);
			if (!longest || !isWorthReadingAhead(longest)) return;
			const { reached, span, end } = longest;
			const middle = wholeSecond((reached + span + end) / 2);
			this.#splits++;
			longest.end = middle;
			// Without an end: an answer that says that there is nothing more then means the feed's.
			const walk = new Walk(this.#feed, this.#query, { after: middle }, this.#warn);
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

function isWorthReadingAhead(plan: Plan): boolean {
	return expectedPages(plan) >= WORTH_READING_AHEAD && plan.end - plan.reached >= SHORTEST_RANGE_MS;
}

function expectedPages({ end, reached, span }: Plan): number {
	return (end - reached) / span;
}

/**
 * A page without what lies behind the end of its slice; there is always more to come after it. What
 * cannot be read stays, wherever it belongs.
 */
function cut(answer: Answer, end: Instant): Answer {
	const { activities } = answer;
	const last = newestUpTo(end);
	const whole = (newestOf(activities) ?? -Infinity) <= last;
	return {
		...answer,
		activities: whole ? activities : activities.filter(({ createdAt }) => createdAt <= last),
		hasMore: true,
	};
}

function isEmpty({ activities, unreadable }: Answer): boolean {
	return activities.length === 0 && unreadable.length === 0;
}

/** The newest is the last one, or one of those that are a little out of order. */
function newestOf(activities: readonly Activity[]): Instant | undefined {
	let newest: Instant | undefined;
	for (const { createdAt } of activities) {
		if (newest === undefined || createdAt > newest) newest = createdAt;
	}
	return newest;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
	let resolve: (() => void) | undefined;
	const promise = new Promise<void>((resolved) => (resolve = resolved));
	return { promise, resolve: () => resolve?.() };
}
