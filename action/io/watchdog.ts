import type { Timeouts } from './http-rules';

const THE_END = 'the end of the answer';

/** Aborts a request that takes too long. */
export class Watchdog {
	readonly #controller = new AbortController();
	#timer: NodeJS.Timeout | undefined;
	#bodyTimer: NodeJS.Timeout | undefined;
	#wholeTimer: NodeJS.Timeout | undefined;
	/** Why it aborted the request. */
	complaint: Error | undefined;

	constructor(private readonly timeouts: Timeouts) {}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Starts the timeout for the whole answer, beside the other timeouts. */
	expectWhole(ms: number): void {
		this.#wholeTimer = setTimeout(() => this.#abort(THE_END, ms), ms);
	}

	/** Starts the timeout for the beginning of the answer. */
	expectAnswer(): void {
		this.#expect('an answer', this.timeouts.answer);
	}

	/** Starts the timeouts for the body. */
	expectBody(): void {
		const { body } = this.timeouts;
		this.#bodyTimer = setTimeout(() => this.#abort(THE_END, body), body);
		this.expectMore();
	}

	/** Restarts the timeout for the next part of the body. */
	expectMore(): void {
		this.#expect('more of the answer', this.timeouts.silence);
	}

	/** Stops all timeouts but that for the whole answer. */
	rest(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#bodyTimer);
	}

	/** Stops all timeouts. */
	end(): void {
		this.rest();
		clearTimeout(this.#wholeTimer);
	}

	#expect(what: string, ms: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#abort(what, ms), ms);
	}

	#abort(what: string, ms: number): void {
		this.complaint = new Error(
			`${what} did not arrive within ${Number((ms / 1000).toPrecision(3))} s`,
		);
		this.#controller.abort();
	}
}
