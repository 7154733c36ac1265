import type { Checkpoint } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import { saveToFile } from './checkpoint-file';
import type { CachePlace, FilePlace } from './place';

/**
 * A checkpoint and the place where it is to be saved. It is plain JSON, so that the step can write it down
 * for the end of the job.
 */
export type Saving = CacheSaving | FileSaving;

export interface CacheSaving extends CachePlace {
	readonly checkpoint: Checkpoint;
	/** Where the run started. */
	readonly start: Checkpoint;
}

export interface FileSaving extends FilePlace {
	readonly checkpoint: Checkpoint;
	/** Fingerprint of what the file held when the run started; `null` when there was no file. */
	readonly before: string | null;
}

/**
 * Saves a checkpoint.
 *
 * @throws CheckpointNotSaved
 * @throws UserError `invalid-setting` when something else has saved another one there since the run started
 */
export async function save(saving: Saving, run: WorkflowRun): Promise<void> {
	if (saving.place === 'file') {
		return await saveToFile(saving);
	}
	const { CheckpointEntries } = await import('./checkpoint-entries');
	const { prefix, checkpoint, start } = saving;
	await new CheckpointEntries(prefix, run).save(checkpoint, start);
}
