interface Waiting {
	readonly at: number;
	readonly resolve: () => void;
}

/** Work that is not done, and does not wait for anything either. */
export class Standstill extends Error {}

/**
 * The model's time, in milliseconds since the epoch. It stands still while anybody computes, and
 * jumps to whatever is due next when all wait.
 */
export class Clock {
	/** The one that is due next comes last. */
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
	 * Lets time pass until the work is done.
	 *
	 * @param over says when to give up on it
	 * @returns `undefined` when it has been given up
	 * @throws Standstill when nobody waits for anything
	 */
	async during<T>(work: Promise<T>, over: () => boolean): Promise<T | undefined> {
		let done = false;
		const settle = () => void (done = true);
		work.then(settle, settle);
		for (;;) {
			// All promises that can go on without time passing do so before this resolves.
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
