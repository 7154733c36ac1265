import * as actions from '@actions/core';
import type { Batch, Checkpoint } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import type { JobEnd } from '../job-end';
import type { Receipt } from '../outputs';
import type { CheckpointPlace } from './place';
import { save, type Saving } from './saving';

/** Where a run starts from. */
export interface StartingPoint {
	/**
	 * `restored`: from the last run's checkpoint; `fallback`: from the one in the newest artifact;
	 * `initial`: from the backfill start.
	 */
	readonly status: 'restored' | 'fallback' | 'initial';
	/** `undefined` when `initial`. */
	readonly checkpoint: Checkpoint | undefined;
}

/** A batch that may be delivered. */
export type Delivered = Omit<Batch, 'known' | 'keep'>;

/** Reads what is new since a checkpoint. */
export type Read = (checkpoint: Checkpoint | undefined) => AsyncIterable<Batch>;

/** Holds the checkpoint between runs. */
export interface Ledger {
	/** @throws UserError when there is a checkpoint, but it cannot be used */
	open(): Promise<StartingPoint>;
	/** The new activities in batches. A batch comes as soon as its checkpoint may be trusted. */
	through(read: Read): AsyncIterable<Delivered>;
	/**
	 * Saves the checkpoint of the last batch, after everything up to it is delivered. Or leaves it to the end
	 * of the job.
	 *
	 * @param hasNews whether the run delivered anything
	 * @throws CheckpointNotSaved
	 */
	close(last: Delivered, hasNews: boolean): Promise<void>;
	readonly receipt: LedgerReceipt;
}

export interface LedgerReceipt extends Receipt {
	/** What happened to the checkpoint, unless saving it failed. */
	readonly fate: string;
	/** Where the next run starts, unless saving the checkpoint failed. */
	readonly next: string;
	/** What remains of a run that fails after it read something. */
	readonly kept: string;
	/** What counts as delivered even if the rest of the run fails; `undefined` when nothing does. */
	readonly secured: string | undefined;
}

/** How the next run goes on from a checkpoint that is saved. */
export const CONTINUES = 'the next run continues from there';

/** A ledger that keeps the checkpoint apart from the activities: nothing counts as delivered until it is closed. */
export abstract class PlainLedger implements Ledger {
	#fate = 'saved';
	#checkpoint: Checkpoint | undefined;

	/** @param jobEnd saves the checkpoint; without it, the step does */
	constructor(
		private readonly run: WorkflowRun,
		private readonly place: CheckpointPlace,
		private readonly jobEnd: JobEnd | undefined,
	) {}

	get receipt(): LedgerReceipt {
		const awaited = this.jobEnd?.awaited ?? false;
		return {
			outputs: awaited ? { 'checkpoint-saved': 'at-job-end' } : {},
			facts: [],
			fate: this.#fate,
			next: awaited
				? 'once every step of this job has succeeded, the next run continues from there; otherwise it delivers the same activities again'
				: CONTINUES,
			kept: 'Everything it had read is delivered',
			secured: undefined,
		};
	}

	async open(): Promise<StartingPoint> {
		await this.jobEnd?.requireFree(this.place);
		const start = await this.restore();
		this.#checkpoint = start.checkpoint;
		return start;
	}

	through(read: Read): AsyncIterable<Delivered> {
		return read(this.#checkpoint);
	}

	/** A run with nothing new leaves nothing for later steps to lose, so it never waits for them. */
	async close({ checkpoint }: Delivered, hasNews: boolean): Promise<void> {
		const saving = this.saving(checkpoint);
		if (this.jobEnd && hasNews) {
			await this.jobEnd.postpone(saving);
			this.#fate = 'saved at the end of the job, if every step succeeds (`save-checkpoint: job`)';
			actions.info(
				'The checkpoint is saved at the end of the job, if every step succeeds (save-checkpoint: job). If a step fails or the job is cancelled, the next run delivers the same activities again.',
			);
			return;
		}
		await save(saving, this.run);
		if (this.jobEnd) {
			this.#fate = 'saved at once, because there is nothing new';
			actions.info('There is nothing new, so the checkpoint is saved at once.');
			return;
		}
		this.#fate = 'saved at the end of this step (`save-checkpoint: step`)';
		actions.info(
			'The checkpoint is saved, whatever later steps do with the activities (save-checkpoint: step).',
		);
	}

	/** As `Ledger.open`. */
	protected abstract restore(): Promise<StartingPoint>;
	/** What is to be saved. */
	protected abstract saving(checkpoint: Checkpoint): Saving;
}
