import * as actions from '@actions/core';
import { describeFailure } from '../core';
import { SECRETS } from './inputs';
import { remainderOfStep } from './job-end';
import { CheckpointNotSaved } from './ledgers/checkpoint-not-saved';
import { save } from './ledgers/saving';
import { unsaved } from './report';
import { runStep } from './step';
import { writeSummary } from './summary/summary';

/**
 * The end of a job in which every step has succeeded: saves the checkpoint that the step left. A run that
 * could not read further fails the job after that.
 */
export async function completeJob(): Promise<void> {
	await runStep(SECRETS, async (run) => {
		const remainder = remainderOfStep();
		if (!remainder) return;
		const { required, failure } = remainder;
		try {
			const saving = await remainder.take();
			actions.info('Every step has succeeded, so the checkpoint is saved.');
			await save(saving, run);
		} catch (error) {
			await writeSummary(
				'The checkpoint is **not saved**, so the next run delivers the same activities again.\n',
			);
			const isPlain = error instanceof CheckpointNotSaved;
			const reason = isPlain ? unsaved(error) : describeFailure(error);
			if (failure) throw new Error(`${failure.message} ${reason}`, { cause: error });
			if (required || !isPlain) throw isPlain ? new Error(reason, { cause: error }) : error;
			actions.warning(reason);
			return;
		}
		if (failure) throw new Error(`${failure.message} ${failure.remains}`);
	});
}
