import type { Timeouts } from './http-rules';

const THE_END = 'the end of the answer';

/** Aborts a request that keeps its caller waiting. */
export class Watchdog {
	readonly #controller = new AbortController();
	#timer: NodeJS.Timeout | undefined;
	#bodyTimer: NodeJS.Timeout | undefined;
	#wholeTimer: NodeJS.Timeout | undefined;
	/** What it aborted the request for. */
	complaint: Error | undefined;

	constructor(private readonly timeouts: Timeouts) {}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Starts to wait for all of the answer, whatever else is waited for. */
	expectWhole(ms: number): void {
		this.#wholeTimer = setTimeout(() => this.#abort(THE_END, ms), ms);
	}

	/** Starts to wait for the answer to begin. */
	expectAnswer(): void {
		this.#expect('an answer', this.timeouts.answer);
	}

	/** Starts to wait for the body. */
	expectBody(): void {
		const { body } = this.timeouts;
		this.#bodyTimer = setTimeout(() => this.#abort(THE_END, body), body);
		this.expectMore();
	}

	/** Starts to wait for the next part of the body, and no longer for the one before. */
	expectMore(): void {
		this.#expect('more of the answer', this.timeouts.silence);
	}

	/** Waits for nothing for now, but for all of the answer. */
	rest(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#bodyTimer);
	}

	/** Waits for nothing any more. */
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
