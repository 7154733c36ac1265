import { type Checkpoint, parseCheckpoint } from '../../../core';
import type { Keeping } from './history';

/** Where activities and the checkpoint go, and what it finds wrong with them. */
export class Sink {
	/** Keys of all rows that have been delivered. */
	readonly delivered = new Set<string>();
	/** Keys of rows that have been delivered again, though a checkpoint knew them. */
	readonly repeated: string[] = [];
	/** Those that the stored checkpoint knows. */
	readonly #kept = new Set<string>();
	/** Those delivered since it was stored. */
	#pending = new Set<string>();
	#unsaved: Checkpoint | undefined;
	#text: string | undefined;

	constructor(private readonly keeping: Keeping) {}

	/** The checkpoint as it comes back from where it was stored. */
	get checkpoint(): Checkpoint | undefined {
		return this.#text === undefined ? undefined : parseCheckpoint(this.#text);
	}

	/** The length of the stored checkpoint, in characters. */
	get length(): number {
		return this.#text?.length ?? 0;
	}

	/** Stores a batch: the rows that it holds, and its checkpoint. */
	store(keys: readonly string[], checkpoint: Checkpoint): void {
		for (const key of keys) {
			if (this.#kept.has(key) || this.#pending.has(key)) this.repeated.push(key);
			this.#pending.add(key);
			this.delivered.add(key);
		}
		this.#unsaved = checkpoint;
		if (this.keeping.atomic) this.#save();
	}

	/** A run has ended in good order. */
	end(): void {
		this.#save();
	}

	/** A run has failed. */
	fail(): void {
		if (this.keeping.afterFailure) this.#save();
		else this.die();
	}

	/** A run has died: the checkpoint of what has not been saved is gone. */
	die(): void {
		this.#pending = new Set();
		this.#unsaved = undefined;
	}

	#save(): void {
		if (!this.#unsaved) return;
		this.#text = JSON.stringify(this.#unsaved);
		this.#unsaved = undefined;
		for (const key of this.#pending) this.#kept.add(key);
		this.#pending.clear();
	}
}
