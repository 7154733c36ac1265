/**
 * How far a walk has settled the feed: the rule that decides what the next run need not read again.
 *
 * All instants are milliseconds since the epoch, on the server's clock.
 */
export class Frontier {
	/** The newest `created_at` passed, and the newest one strictly before it. */
	#passed: number | undefined;
	#before: number | undefined;
	#final = false;

	/** @param overlap how long after its `created_at` an activity may still appear, in milliseconds */
	constructor(private readonly overlap: number) {}

	/** The newest `created_at` passed in this walk. */
	get passed(): number | undefined {
		return this.#passed;
	}

	/** Takes note of an activity that has been read, in feed order. */
	pass(createdAt: number): void {
		if (createdAt === this.#passed) return;
		this.#before = this.#passed;
		this.#passed = createdAt;
	}

	/**
	 * What is settled after a batch.
	 *
	 * A page is the truth only about what was older than the overlap when it was read: later arrivals
	 * may still come in behind it. So the first page that reaches into the overlap fixes the frontier
	 * for the rest of the walk; a later page's clock says nothing about what an earlier page read.
	 *
	 * @param readAt server time of the page's request
	 * @param atEnd whether the feed had nothing more
	 * @returns the instant up to which everything is settled; `undefined` when nothing new is
	 */
	settle(readAt: number, atEnd: boolean): number | undefined {
		if (this.#final) return undefined;
		const horizon = readAt - this.overlap;
		if (atEnd || (this.#passed !== undefined && this.#passed > horizon)) {
			this.#final = true;
			return horizon;
		}
		// The newest instant itself may have more activities on the next page.
		return this.#before;
	}
}
