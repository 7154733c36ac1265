import * as actions from '@actions/core';
import { ApiClient, type Batch, type Checkpoint, Feed, sync } from '../core';
import type { FeedInputs } from './feed-inputs';
import { complianceHttp } from './io/http';
import type { Inputs } from './inputs';
import type { Pace } from './io/pace';
import { PageFiles } from './io/page-files';

/** The Activity Feed at the address in the inputs. */
export function openFeed(
	{ baseUrl, accessKey, rateLimitShare }: FeedInputs,
	{ now, sleep }: Pace,
): Feed {
	return new Feed(
		new ApiClient({
			baseUrl,
			accessKey,
			rateLimitShare,
			http: complianceHttp(accessKey),
			now,
			sleep,
			log,
		}),
	);
}

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
			until: startedAt + inputs.timeLimit,
			now: startedAt,
			log,
		});
	} finally {
		await store.close();
	}
}

const log = { info: actions.info, warning: actions.warning };
