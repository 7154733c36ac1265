export interface Timeouts {
	/** How long an answer may take to begin, in milliseconds, connecting and sending included. */
	readonly answer: number;
	/** How long the body may stop arriving, in milliseconds. */
	readonly silence: number;
	/** How long all of it may take, in milliseconds. */
	readonly total: number;
}

/** Aborts a request that keeps its caller waiting. */
export class Watchdog {
	readonly #controller = new AbortController();
	readonly #timeouts: Timeouts;
	#timer: NodeJS.Timeout | undefined;
	/** What it aborted the request for. */
	complaint: Error | undefined;
	readonly #last: NodeJS.Timeout;

	constructor(timeouts: Timeouts) {
		this.#timeouts = timeouts;
		const { total } = timeouts;
		this.#last = setTimeout(() => this.#abort('the end of the answer', total), total);
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Starts to wait for the answer to begin. */
	expectAnswer(): void {
		this.#expect('an answer', this.#timeouts.answer);
	}

	/** Starts to wait for the next part of the answer, and no longer for the one before. */
	expectMore(): void {
		this.#expect('more of the answer', this.#timeouts.silence);
	}

	#expect(what: string, ms: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#abort(what, ms), ms);
	}

	#abort(what: string, ms: number): void {
		this.complaint = new Error(`${what} did not arrive within ${ms / 1000} s`);
		this.#controller.abort();
	}

	rest(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#last);
	}
}
