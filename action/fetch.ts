import { setTimeout as sleep } from 'node:timers/promises';
import * as actions from '@actions/core';
import { type Batch, type Checkpoint, Feed, sync } from '../core';
import { monotonicNow } from './clock';
import { complianceHttp } from './http';
import type { Inputs } from './inputs';
import type { OutputFiles } from './output-files';
import { PageFiles } from './page-files';
import { Progress } from './progress';
import { newRecords } from './summary';
import { Tally } from './tally';

/** A batch that is ready to be delivered. */
export type Delivered = Omit<Batch, 'known'>;

/** What a run has delivered so far: it stands even if the run fails later. */
export class Delivery {
	readonly tally = new Tally();
	/** How many records that cannot be read as activities were delivered. */
	unreadable = 0;
	/** How many activities of own calls were left out. */
	skipped = 0;
	/** The last batch; its checkpoint covers everything delivered. */
	last: Delivered | undefined;
	/** Why there were no more batches than these, where that is neither the feed's end nor a limit. */
	failure: unknown;

	/** Takes note of a batch that is written. */
	add(batch: Delivered): void {
		this.tally.add(batch.activities);
		this.unreadable += batch.unreadable.length;
		this.skipped += batch.skipped.length;
		this.last = batch;
	}
}

/** The Activity Feed that the inputs name. */
export function openFeed({
	baseUrl,
	accessKey,
	rateLimitShare,
}: Pick<Inputs, 'baseUrl' | 'accessKey' | 'rateLimitShare'>): Feed {
	return new Feed({
		baseUrl,
		accessKey,
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
		yield* sync({
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
		});
	} finally {
		await store.close();
	}
}

/**
 * Writes batches to the sinks as they come, until they end or fail. After the first one a failure is
 * like a limit: what came before it is whole.
 *
 * @param delivery is told of each batch that is written, and of the failure
 * @returns the last batch
 * @throws Error what the first batch failed for, or the closing of the sinks
 */
export async function deliver(
	batches: AsyncIterable<Delivered>,
	sinks: readonly OutputFiles[],
	delivery: Delivery,
	inputs: Inputs,
	startedAt: number,
): Promise<Delivered> {
	const progress = new Progress(startedAt, inputs.timeLimit, actions.info);
	try {
		for await (const batch of batches) {
			for (const sink of sinks) await sink.write(batch);
			delivery.add(batch);
			progress.add(batch, Date.now());
		}
	} catch (error) {
		if (!delivery.last) throw error;
		delivery.failure = error;
	}
	for (const sink of sinks) await sink.close();
	const { last, tally, unreadable, failure } = delivery;
	if (!last) throw new Error('The feed gave no answer.');
	actions.info(`${newRecords(tally.count, unreadable)}.${endOf(last, failure)}`);
	return last;
}

function endOf({ caughtUp }: Delivered, failure: unknown): string {
	if (failure !== undefined) return ' Then the run failed; what came before it is delivered first.';
	return caughtUp ? '' : ' A limit stopped the run; the next one goes on from here.';
}

const log = { info: actions.info, warning: actions.warning };
