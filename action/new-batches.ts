import { type Batch, type Checkpoint, type Feed, sync, UserError, type Watcher } from '../core';
import type { Inputs } from './inputs';
import { free } from './io/free';
import { PageFiles } from './io/page-files';
import { workflowLog } from './workflow-log';

/**
 * Reads the activities that are new since a checkpoint, within the limits of the inputs.
 *
 * @param startedAt when the run began, in milliseconds since the epoch
 * @throws UserError as `sync` does; the message says what follows for the next run
 */
export async function* newBatches(
	feed: Feed,
	inputs: Inputs,
	startedAt: number,
	checkpoint: Checkpoint | undefined,
	watcher: Watcher | undefined,
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
			watcher,
			store,
			reclaim: free,
			until: startedAt + inputs.timeLimit,
			now: startedAt,
			log: workflowLog,
		});
	} catch (error) {
		throw error instanceof UserError && error.resumable
			? error.followedBy('Nothing is lost; the next run continues from the same place.')
			: error;
	} finally {
		await store.close();
	}
}
