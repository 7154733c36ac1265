/** A call that this package made itself. */
export interface OwnCall {
	/** The `request-id` of the answer. */
	readonly id: string;
	/** Server time of the answer, in milliseconds since the epoch. */
	readonly at: number;
}

/** So many of the latest calls are kept: those of two days with a call each minute. */
const MAX_LATEST = 4096;

/**
 * The calls of one reader of the feed, by which it knows the activities that it causes itself. A
 * checkpoint keeps them too, but one that is not stored, as after a failure, takes them along.
 */
export class OwnCalls {
	readonly #latest: OwnCall[] = [];
	#untaken: OwnCall[] = [];

	/** The latest calls, taken or not. */
	get latest(): readonly OwnCall[] {
		return this.#latest;
	}

	/** Takes note of a call. */
	add(call: OwnCall): void {
		this.#untaken.push(call);
		if (this.#latest.push(call) > MAX_LATEST) this.#latest.shift();
	}

	/** The calls since this was asked last. */
	take(): OwnCall[] {
		const taken = this.#untaken;
		this.#untaken = [];
		return taken;
	}
}
