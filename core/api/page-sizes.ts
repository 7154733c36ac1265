/** Smaller pages would mostly make more requests. */
const LEAST = 100;
/** How many pages that do not end the feed must arrive before larger ones are tried. */
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
	/** Larger pages are refused, whatever they hold. */
	#cap = Infinity;
	/** The largest size that is known to arrive. */
	#known = Infinity;
	/** The largest size that is worth a try. */
	#next = Infinity;
	/** From this size on, the last requested page did not arrive in time. */
	#doubted = Infinity;
	/** How many pages of the largest size have arrived since it changed. */
	#pages = 0;
	#pagesToGrow = PAGES_TO_GROW;
	/** Whether the largest size has been tried successfully after a smaller one. */
	#grown = false;

	/** @param least the smallest size to ask for */
	constructor(private readonly least = LEAST) {}

	/** The size to begin with, given the wanted size. */
	known(wanted: number): number {
		return Math.min(wanted, this.#cap, this.#known);
	}

	/** The size to continue with. It may be a try. */
	next(wanted: number): number {
		return Math.min(wanted, this.#cap, this.#next);
	}

	/** Larger pages than these are never asked for again. */
	cap(size: number): void {
		this.#cap = size;
	}

	/**
	 * Notes a page that has arrived.
	 *
	 * @param hasMore only a full page shows that its size arrives
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
	 * Notes a page that did not arrive because it is too large.
	 *
	 * @returns whether there is a smaller size to ask for
	 */
	tooLarge(size: number): boolean {
		// Another request has already found out.
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
	 * Notes a page that did not arrive in time. That may have other reasons, so the size is reduced
	 * only if it happens again, or if the size was a try.
	 *
	 * @param again whether the same page has already failed to arrive in time
	 * @returns whether there is a smaller size to ask for
	 */
	tooSlow(size: number, again: boolean): boolean {
		const conclusive = again || size >= this.#doubted || size > this.#known;
		const smaller = conclusive && this.tooLarge(size);
		this.#doubted = Math.min(size, this.#known);
		return smaller;
	}
}
