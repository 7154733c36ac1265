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

/** What a run has delivered. */
export interface Fetched {
	readonly tally: Tally;
	readonly skipped: number;
	/** The last batch; its checkpoint covers everything delivered. */
	readonly last: Batch;
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

/** Writes batches to the sinks as they come, until they end. */
export async function deliver(
	batches: AsyncIterable<Batch>,
	sinks: readonly DayFiles[],
	inputs: Inputs,
	startedAt: number,
): Promise<Fetched> {
	const progress = new Progress(startedAt, inputs.timeLimit, actions.info);
	const tally = new Tally();
	let skipped = 0;
	let last: Batch | undefined;
	for await (const batch of batches) {
		for (const sink of sinks) await sink.write(batch.activities);
		tally.add(batch.activities);
		skipped += batch.skipped.length;
		last = batch;
		progress.add(batch, Date.now());
	}
	for (const sink of sinks) await sink.close();
	if (!last) throw new Error('The feed gave no answer.');
	const stopped = last.caughtUp ? '' : ' A limit stopped the run; the next one goes on from here.';
	actions.info(`${newActivities(tally.count)}.${stopped}`);
	return { tally, skipped, last };
}

const log = { info: actions.info, warning: actions.warning };
