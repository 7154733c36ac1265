import { DAY_MS, dayNumber } from '../core';
import type { FreshBatch } from './fresh-batch';

const MAX_ACTIVITIES = 50_000;
/** At most so many bytes of activities, or one page, wait in memory. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A commit changes at most about so many days: each day is a file, and GitHub limits requests. */
const MAX_DAYS = 100;
/**
 * A run that finds only own requests commits when the last commit is so old, in milliseconds. The
 * reading of quiet runs is still recorded: the next commit holds these requests, and its coverage begins
 * where the previous coverage ended.
 */
const QUIET_COMMIT_INTERVAL_MS = DAY_MS;

/** The batches that wait for the same commit, with running sums of what they hold. */
export class PendingBatches {
	readonly #batches: FreshBatch[] = [];
	readonly #days = new Set<number>();
	#records = 0;
	#bytes = 0;
	#own = 0;
	#changed = 0;

	/** @param most how many records fill a commit */
	constructor(private readonly most = MAX_ACTIVITIES) {}

	/** Adds the next batch of the run. */
	add(batch: FreshBatch): void {
		const { activities, unreadable, own, changed } = batch;
		this.#batches.push(batch);
		this.#records += activities.length + unreadable.length;
		this.#own += own;
		this.#changed += changed.length;
		for (const { length, createdAt } of activities) {
			this.#bytes += length;
			this.#days.add(dayNumber(createdAt));
		}
		for (const { json } of unreadable) this.#bytes += json.length;
	}

	/** All of them, in the order of the run. */
	get batches(): readonly FreshBatch[] {
		return this.#batches;
	}

	/** The one that was added last. */
	get last(): FreshBatch | undefined {
		return this.#batches.at(-1);
	}

	/** Whether they fill a commit. */
	get fillCommit(): boolean {
		return this.#records >= this.most || this.#bytes >= MAX_BYTES || this.#days.size >= MAX_DAYS;
	}

	/**
	 * Whether they are worth a commit.
	 *
	 * @param lastCommit when the archive had its last commit, in milliseconds since the epoch
	 */
	deserveCommit(lastCommit: number | undefined): boolean {
		if (this.#records > this.#own || this.#changed > 0) return true;
		const readAt = this.last?.source.readAt ?? 0;
		// The clock of the last commit may have been ahead.
		return Math.abs(readAt - (lastCommit ?? -Infinity)) >= QUIET_COMMIT_INTERVAL_MS;
	}
}
