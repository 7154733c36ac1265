import type { Instant } from './instant';

/** A call that this package made itself. */
export interface OwnCall {
	/** The `request-id` of the answer. */
	readonly id: string;
	/** Server time of the request; `undefined` where nobody knows. */
	readonly at: Instant | undefined;
	/** When the answer came, by the platform's clock. */
	readonly answeredAt: number;
}

/** So many of the latest calls are kept: those of two days with a call each minute. */
const MAX_LATEST = 4096;

/**
 * The calls of one reader of the feed, by which it knows the activities that it causes itself. A
 * checkpoint keeps them too, but one that is not stored, as after a failure, takes them along.
 */
export class OwnCalls {
	/** In the order in which they were made. */
	readonly #latest = new Map<string, OwnCall>();
	#untaken: OwnCall[] = [];

	/** The latest calls, taken or not. */
	get latest(): readonly OwnCall[] {
		return [...this.#latest.values()];
	}

	/** Takes note of a call. */
	add(call: OwnCall): void {
		this.#untaken.push(call);
		this.#latest.set(call.id, call);
		if (this.#latest.size <= MAX_LATEST) return;
		const [oldest] = this.#latest.keys();
		if (oldest !== undefined) this.#latest.delete(oldest);
	}

	/** The call with a `request-id`, if it is one of the latest. */
	find(id: string): OwnCall | undefined {
		return this.#latest.get(id);
	}

	/** The calls since this was asked last. */
	take(): OwnCall[] {
		const taken = this.#untaken;
		this.#untaken = [];
		return taken;
	}
}
