import * as actions from '@actions/core';
import { type Batch, bothFailures, type Checkpoint, describeFailure } from '../core';
import { CheckpointNotSaved } from './ledgers/checkpoint-not-saved';
import type { Delivered, Ledger, StartingPoint } from './ledgers/ledger';
import { newRecords } from './markdown';
import type { Progress } from './progress';
import type { Sink } from './sinks/sink';
import { AlertTally } from './summary/alerts';
import { Tally } from './summary/tally';

/** What a run has delivered so far. */
export class Delivery {
	readonly tally = new Tally();
	readonly alerts = new AlertTally();
	/** How many unreadable records were delivered. */
	unreadable = 0;
	/** How many activities of own requests were left out. */
	leftOut = 0;
	/** The last batch; its checkpoint covers everything delivered. */
	last: Delivered | undefined;
	/** Why the run stopped early, other than for a limit. */
	failure: unknown;
	/** Why the checkpoint could not be saved. */
	notSaved: CheckpointNotSaved | undefined;

	constructor(readonly start: StartingPoint) {}

	/** The number of activities and unreadable records together. */
	get count(): number {
		return this.tally.count + this.unreadable;
	}

	/** Counts a batch that every sink has written. */
	add(batch: Delivered): void {
		this.tally.add(batch.activities);
		this.alerts.add(batch.alerts);
		this.unreadable += batch.unreadable.length;
		this.leftOut += batch.leftOut.length;
		this.last = batch;
	}
}

/** The parts of a run. */
export interface Pipeline {
	readonly ledger: Ledger;
	readonly sinks: readonly Sink[];
	/** Reads what is new since a checkpoint; `delivered` is the number of records delivered before. */
	readonly read: (checkpoint: Checkpoint | undefined, delivered: number) => AsyncIterable<Batch>;
	readonly progress: Progress;
}

/**
 * Runs the sync from the old checkpoint to the new one. Only this function knows the order: every sink
 * writes a batch before the next batch is read. Then the sinks are closed. The ledger is closed last,
 * when everything that the checkpoint calls delivered is safe.
 *
 * When reading fails, the batches read before the failure are still delivered.
 *
 * @throws Error when nothing of the run counts as delivered; the old checkpoint is then still valid
 */
export async function runPipeline({ ledger, sinks, read, progress }: Pipeline): Promise<Delivery> {
	const start = await actions.group('Restore the checkpoint', () => open(ledger));
	const delivery = new Delivery(start);
	try {
		const last = await actions.group('Fetch new activities', async () => {
			const batches = ledger.through((checkpoint) => read(checkpoint, delivery.count));
			return await deliver(batches, sinks, delivery, progress);
		});
		for (const sink of sinks) await sink.close(last, start.checkpoint);
		delivery.notSaved = await actions.group('Save the checkpoint', () =>
			close(ledger, last, delivery.count > 0),
		);
	} catch (error) {
		const { failure } = delivery;
		const all = failure === undefined ? error : bothFailures(failure, error);
		if (ledger.receipt.secured === undefined) throw delivery.last ? undelivered(all) : all;
		delivery.failure = all;
	}
	return delivery;
}

async function open(ledger: Ledger): Promise<StartingPoint> {
	const start = await ledger.open();
	// Not `settled`, which may be later: filters that change apply from the frontier on.
	const from = start.checkpoint?.frontier ?? start.checkpoint?.start;
	actions.info(
		start.status === 'initial'
			? 'No checkpoint found: this is the first run, and it starts at the backfill start.'
			: `Checkpoint ${start.status === 'restored' ? 'of the last run' : 'of the newest artifact'} restored: everything up to ${from} is settled.`,
	);
	return start;
}

/**
 * Writes batches to the sinks until the batches end or reading fails. A failure after the first batch
 * works like a limit: the batches before it are complete.
 */
async function deliver(
	batches: AsyncIterable<Delivered>,
	sinks: readonly Sink[],
	delivery: Delivery,
	progress: Progress,
): Promise<Delivered> {
	try {
		for await (const batch of batches) {
			for (const sink of sinks) await sink.write(batch);
			delivery.add(batch);
			progress.add(batch);
		}
	} catch (error) {
		if (!delivery.last) throw error;
		delivery.failure = error;
	}
	const { last, tally, unreadable, failure } = delivery;
	if (!last) throw new Error('The feed gave no answer.');
	actions.info(`${newRecords(tally.count, unreadable)}.${endNote(last, failure)}`);
	return last;
}

function endNote({ caughtUp }: Delivered, failure: unknown): string {
	if (failure !== undefined) return ' Then the run failed; what it read before is delivered first.';
	return caughtUp ? '' : ' A limit stopped the run; the next run continues from here.';
}

async function close(
	ledger: Ledger,
	last: Delivered,
	hasNews: boolean,
): Promise<CheckpointNotSaved | undefined> {
	try {
		await ledger.close(last, hasNews);
		return undefined;
	} catch (error) {
		if (error instanceof CheckpointNotSaved) return error;
		throw error;
	}
}

function undelivered(error: unknown): Error {
	const consequence = 'Nothing of this run counts as delivered; the next run delivers it.';
	return new Error(`${describeFailure(error)} ${consequence}`, { cause: error });
}
