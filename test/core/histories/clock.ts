interface Waiting {
	readonly at: number;
	readonly resolve: () => void;
}

/** Work that has not ended, but waits for nothing. */
export class Standstill extends Error {}

/**
 * The model's time, in milliseconds since the epoch. It does not move while code runs. When all code
 * waits, it jumps to the next event.
 */
export class Clock {
	/** The next event is the last element. */
	readonly #waiting: Waiting[] = [];

	/** @param now may have a fraction */
	constructor(public now: number) {}

	/** Resolves after so many milliseconds. */
	wait(ms: number): Promise<void> {
		const at = this.now + ms;
		return new Promise((resolve) => {
			let place = this.#waiting.length;
			while (place > 0 && this.#waiting[place - 1]!.at <= at) place--;
			this.#waiting.splice(place, 0, { at, resolve });
		});
	}

	/**
	 * Lets time pass until the work has ended.
	 *
	 * @param over whether to stop waiting for it
	 * @returns `undefined` if it has not ended
	 * @throws Standstill if nothing is left to wait for
	 */
	async during<T>(work: Promise<T>, over: () => boolean): Promise<T | undefined> {
		let done = false;
		const settle = () => void (done = true);
		work.then(settle, settle);
		for (;;) {
			// Before this resolves, all promises continue that need no time to pass.
			await new Promise<void>((resolve) => void setImmediate(resolve));
			if (done) return await work;
			if (over()) return undefined;
			const next = this.#waiting.pop();
			if (!next) throw new Standstill('a run waits for nothing');
			this.now = Math.max(this.now, next.at);
			next.resolve();
		}
	}
}
