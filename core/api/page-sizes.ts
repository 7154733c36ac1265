/** Smaller pages would mostly make more requests. */
const LEAST = 100;
/** So many pages have to come, with more behind them, before larger ones are tried. */
const PAGES_TO_GROW = 4;
const MOST_PAGES_TO_GROW = 256;

/**
 * Which page sizes work. The API, or a gateway in front of it, may be too slow for large pages or
 * refuse them; then the client requests smaller pages. It tries larger ones again after some pages,
 * and after more and more pages if that fails.
 *
 * Sizes are activities a page.
 */
export class PageSizes {
	/** Larger ones are refused, whatever they hold. */
	#cap = Infinity;
	/** The largest that comes through, as far as is known. */
	#known = Infinity;
	/** The largest that is worth a try. */
	#next = Infinity;
	/** From this size on, the last page asked for did not come in time. */
	#doubted = Infinity;
	/** Pages of the largest size that have come since it changed. */
	#pages = 0;
	#pagesToGrow = PAGES_TO_GROW;
	/** Whether the largest size has been tried successfully after a smaller one. */
	#grown = false;

	/** @param least no smaller pages are asked for */
	constructor(private readonly least = LEAST) {}

	/** What to begin with where pages of a size are wanted. */
	known(wanted: number): number {
		return Math.min(wanted, this.#cap, this.#known);
	}

	/** What to go on with: it may be a try. */
	next(wanted: number): number {
		return Math.min(wanted, this.#cap, this.#next);
	}

	/** Larger pages than these are never asked for again. */
	cap(size: number): void {
		this.#cap = size;
	}

	/**
	 * Takes note of a page that has come.
	 *
	 * @param hasMore only a page that was cut for its size shows that the size comes through
	 */
	came(size: number, hasMore: boolean): void {
		if (size >= this.#doubted) this.#doubted = Infinity;
		if (!hasMore || size < this.#known || size > this.#next) return;
		if (size > this.#known) {
			this.#known = size;
			this.#pages = 0;
			this.#grown = true;
		}
		if (++this.#pages < this.#pagesToGrow) return;
		if (this.#grown) this.#pagesToGrow = PAGES_TO_GROW;
		this.#next = 2 * this.#known;
	}

	/**
	 * Takes note of a page that did not come since it is too large.
	 *
	 * @returns whether there is a smaller size to ask for
	 */
	tooLarge(size: number): boolean {
		// Another request has found out already.
		if (size > this.#next) return true;
		const tried = size > this.#known;
		if (!tried && size <= this.least) return false;
		if (tried || this.#grown) {
			this.#pagesToGrow = Math.min(2 * this.#pagesToGrow, MOST_PAGES_TO_GROW);
		}
		if (!tried) this.#known = Math.max(Math.floor(size / 2), this.least);
		this.#next = this.#known;
		this.#pages = 0;
		this.#grown = false;
		return true;
	}

	/**
	 * Takes note of a page that did not come in time. That may have other reasons, so a size is given up
	 * only if it happens again, or was a try.
	 *
	 * @param again whether the same page did not come in time before
	 * @returns whether there is a smaller size to ask for
	 */
	tooSlow(size: number, again: boolean): boolean {
		const telling = again || size >= this.#doubted || size > this.#known;
		const smaller = telling && this.tooLarge(size);
		this.#doubted = Math.min(size, this.#known);
		return smaller;
	}
}
