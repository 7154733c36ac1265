import { type Checkpoint, parseCheckpoint } from '../../../core';
import type { Keeping } from './history';

/** Stores activities and the checkpoint, and notices faults in them. */
export class Sink {
	/** Keys of all rows that have been delivered. */
	readonly delivered = new Set<string>();
	/** Keys of rows that were delivered again, although a checkpoint knew them. */
	readonly repeated: string[] = [];
	/** Keys of rows that the stored checkpoint knows. */
	readonly #kept = new Set<string>();
	/** Keys of rows delivered since it was stored. */
	#pending = new Set<string>();
	#unsaved: Checkpoint | undefined;
	#text: string | undefined;

	constructor(private readonly keeping: Keeping) {}

	/** The checkpoint after it was stored and read back. */
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

	/** Notes that a run has succeeded. */
	end(): void {
		this.#save();
	}

	/** Notes that a run has failed. */
	fail(): void {
		if (this.keeping.afterFailure) this.#save();
		else this.die();
	}

	/** Notes that a run has died, so a checkpoint that is not saved yet is lost. */
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
