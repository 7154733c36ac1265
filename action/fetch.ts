import { setTimeout as sleep } from 'node:timers/promises';
import * as actions from '@actions/core';
import { type Batch, type Checkpoint, Feed, sync } from '../core';
import { monotonicNow } from './clock';
import type { DayFiles } from './day-files';
import { complianceHttp } from './http';
import type { Inputs } from './inputs';
import { PageFiles } from './page-files';
import { Progress } from './progress';
import { newActivities } from './summary';
import { Tally } from './tally';

/** A batch that is ready to be delivered. */
export type Delivered = Omit<Batch, 'known'>;

/** What a run has delivered so far: it stands even if the run fails later. */
export class Delivery {
	readonly tally = new Tally();
	/** How many activities of own calls were left out. */
	skipped = 0;
	/** The last batch; its checkpoint covers everything delivered. */
	last: Delivered | undefined;
}

/** The Activity Feed that the inputs name. */
export function openFeed({
	baseUrl,
	accessKey,
	rateLimitShare,
}: Pick<Inputs, 'baseUrl' | 'accessKey' | 'rateLimitShare'>): Feed {
	return new Feed({
		baseUrl,
		rateLimitShare,
		http: complianceHttp(accessKey),
		now: monotonicNow,
		sleep: (ms, signal) => sleep(ms, undefined, { signal }),
		log,
	});
}

/**
 * What is new since a checkpoint, within the limits that the inputs set.
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
		for await (const batch of sync({
			feed,
			checkpoint,
			filters: inputs.filters,
			backfillStart: inputs.backfillStart,
			overlap: inputs.overlap,
			pageSize: inputs.pageSize,
			skipOwnRequests: !inputs.includeOwnRequests,
			maxActivities: inputs.maxActivities,
			store,
			until: monotonicNow() + inputs.timeLimit - (Date.now() - startedAt),
			now: startedAt,
			log,
		})) {
			yield batch;
			if (Date.now() - startedAt >= inputs.timeLimit) return;
		}
	} finally {
		await store.close();
	}
}

/**
 * Writes batches to the sinks as they come, until they end.
 *
 * @param delivery is told of each batch that is written
 * @returns the last batch
 */
export async function deliver(
	batches: AsyncIterable<Delivered>,
	sinks: readonly DayFiles[],
	delivery: Delivery,
	inputs: Inputs,
	startedAt: number,
): Promise<Delivered> {
	const progress = new Progress(startedAt, inputs.timeLimit, actions.info);
	const { tally } = delivery;
	for await (const batch of batches) {
		for (const sink of sinks) await sink.write(batch.activities);
		tally.add(batch.activities);
		delivery.skipped += batch.skipped.length;
		delivery.last = batch;
		progress.add(batch, Date.now());
	}
	for (const sink of sinks) await sink.close();
	const { last } = delivery;
	if (!last) throw new Error('The feed gave no answer.');
	const stopped = last.caughtUp ? '' : ' A limit stopped the run; the next one goes on from here.';
	actions.info(`${newActivities(tally.count)}.${stopped}`);
	return last;
}

const log = { info: actions.info, warning: actions.warning };
