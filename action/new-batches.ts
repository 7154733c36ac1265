import { type Batch, type Checkpoint, type Feed, sync } from '../core';
import type { Inputs } from './inputs';
import { free } from './io/free';
import { PageFiles } from './io/page-files';
import { workflowLog } from './workflow-log';

/**
 * Reads the activities that are new since a checkpoint, within the limits of the inputs.
 *
 * @param startedAt when the run began, in milliseconds since the epoch
 */
export async function* newBatches(
	feed: Feed,
	inputs: Inputs,
	startedAt: number,
	checkpoint: Checkpoint | undefined,
): AsyncGenerator<Batch, void, undefined> {
	const store = await PageFiles.open();
	try {
		yield* sync({
			feed,
			checkpoint,
			filters: inputs.filters,
			backfillStart: inputs.backfillStart,
			overlap: inputs.overlap,
			pageSize: inputs.pageSize,
			includeOwnRequests: inputs.includeOwnRequests,
			maxActivities: inputs.maxActivities,
			store,
			reclaim: free,
			until: startedAt + inputs.timeLimit,
			now: startedAt,
			log: workflowLog,
		});
	} finally {
		await store.close();
	}
}
