import { type Checkpoint, quote } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import { CacheFailure, type CacheEntry, EntryCache, type Texts } from './entry-cache';
import { CheckpointNotSaved } from './checkpoint-not-saved';
import { sharedPlace } from './place';

/** Where a run stopped, and where it started. */
const CHECKPOINT = 'checkpoint.json';
const START = 'start.json';

/** An entry of the Actions cache with a checkpoint. */
export interface CheckpointEntry {
	/** Where the run stopped, as JSON; empty when the entry lacks it. */
	readonly checkpoint: string;
	/** Where it started, in the same form. */
	readonly start: string;
	/** Whether this attempt wrote it. */
	readonly isOwn: boolean;
	/** Whether an attempt of this run wrote it. */
	readonly isOfRun: boolean;
}

/**
 * The entries of the Actions cache under one prefix. Entries are immutable, so each attempt of a run
 * writes a new entry.
 */
export class CheckpointEntries {
	readonly #entries = new EntryCache('.compliance-checkpoint-cache', [CHECKPOINT, START]);

	/** @param prefix what the keys begin with; must not contain a slash */
	constructor(
		readonly prefix: string,
		private readonly run: WorkflowRun,
	) {}

	/** The key of this attempt's entry. */
	get key(): string {
		return `${this.#keyOfRun}${this.run.attempt}`;
	}

	get #keyOfRun(): string {
		return `${this.prefix}/${this.run.id}-`;
	}

	/**
	 * The newest entry: in a re-run, of this run if there is one.
	 *
	 * @throws CacheFailure when the cache does not answer whether there is one
	 * @throws UserError `invalid-checkpoint` when something else created the entry
	 */
	async find(): Promise<CheckpointEntry | undefined> {
		const prefixes = [`${this.prefix}/`];
		if (this.run.attempt > 1) prefixes.unshift(this.#keyOfRun);
		const entry = await this.#entries.restore(this.key, prefixes);
		return entry && this.#read(entry);
	}

	/**
	 * Saves where this attempt stopped.
	 *
	 * @throws CheckpointNotSaved
	 * @throws UserError `invalid-setting` when another step, job or matrix leg has taken the key
	 */
	async save(checkpoint: Checkpoint, start: Checkpoint): Promise<void> {
		const failure = await this.upload(this.key, checkpoint, start);
		if (!failure) return;
		// Without an answer, the cache counts as not having the entry.
		if (await this.#entries.has(this.key).catch(() => false))
			throw sharedPlace({ place: 'cache', prefix: this.prefix });
		throw new CheckpointNotSaved(
			`the Actions cache did not store the entry ${this.key}: ${failure.message}`,
		);
	}

	/**
	 * @returns the cache's failure, if it did not store the entry
	 * @throws CheckpointNotSaved when the entry could not even be made
	 */
	async upload(
		key: string,
		checkpoint: Checkpoint,
		start: Checkpoint,
	): Promise<CacheFailure | undefined> {
		const texts: Texts = {
			[CHECKPOINT]: JSON.stringify(checkpoint),
			[START]: JSON.stringify(start),
		};
		try {
			await this.#entries.save(key, texts);
			return undefined;
		} catch (error) {
			if (error instanceof CacheFailure) return error;
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
	}

	#read({ key, texts }: CacheEntry): CheckpointEntry {
		return {
			checkpoint: texts[CHECKPOINT] ?? '',
			start: texts[START] ?? '',
			isOwn: key === this.key,
			isOfRun: key.startsWith(this.#keyOfRun),
		};
	}
}
