import { type Checkpoint, parseCheckpoint } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import type { JobEnd } from '../job-end';
import { identityOf, readCheckpointFile } from './checkpoint-file';
import { PlainLedger, type StartingPoint } from './ledger';
import type { Saving } from './saving';

/** Keeps the checkpoint in a file that outlives the run. */
export class FileLedger extends PlainLedger {
	/** What the file held when the run started. */
	#before: string | null = null;

	/**
	 * @param file absolute path
	 * @param jobEnd as in `PlainLedger`
	 */
	constructor(
		private readonly file: string,
		run: WorkflowRun,
		jobEnd: JobEnd | undefined,
	) {
		super(run, { place: 'file', file }, jobEnd);
	}

	protected async restore(): Promise<StartingPoint> {
		const text = await readCheckpointFile(this.file);
		this.#before = identityOf(text);
		if (text === undefined) return { status: 'initial', checkpoint: undefined };
		return { status: 'restored', checkpoint: parseCheckpoint(text) };
	}

	protected saving(checkpoint: Checkpoint): Saving {
		return { place: 'file', file: this.file, checkpoint, before: this.#before };
	}
}
