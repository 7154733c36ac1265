import { bothFailures, describeFailure } from '../core';
import * as actions from '@actions/core';
import type { Batch, Checkpoint } from '../core';
import {
	CheckpointNotSaved,
	type Delivered,
	type Ledger,
	type StartingPoint,
} from './ledgers/ledger';
import { newRecords } from './summary/markdown';
import type { Progress } from './progress';
import type { Sink } from './sinks/sink';
import { Tally } from './summary/tally';

/** What a run has delivered so far. */
export class Delivery {
	readonly tally = new Tally();
	/** How many records that cannot be read as activities were delivered. */
	unreadable = 0;
	/** How many activities of own requests were left out. */
	skipped = 0;
	/** The last batch; its checkpoint covers everything delivered. */
	last: Delivered | undefined;
	/** What kept the run from going on, where that is neither the feed's end nor a limit. */
	failure: unknown;
	/** Why the checkpoint is not saved, if it should have been. */
	notSaved: CheckpointNotSaved | undefined;

	constructor(readonly start: StartingPoint) {}

	/** How many records of all kinds. */
	get count(): number {
		return this.tally.count + this.unreadable;
	}

	/** Takes note of a batch that every sink has taken. */
	add(batch: Delivered): void {
		this.tally.add(batch.activities);
		this.unreadable += batch.unreadable.length;
		this.skipped += batch.skipped.length;
		this.last = batch;
	}
}

/** What a run is made of. */
export interface Pipeline {
	readonly ledger: Ledger;
	readonly sinks: readonly Sink[];
	/** Reads what is new since a checkpoint; so many records are delivered already. */
	readonly read: (checkpoint: Checkpoint | undefined, delivered: number) => AsyncIterable<Batch>;
	readonly progress: Progress;
}

/**
 * A run from the checkpoint to the checkpoint. This is the only place with its order: every sink takes
 * a batch before the next one is asked for, the sinks are closed, and the ledger is closed last, when
 * everything that the checkpoint calls delivered is safe.
 *
 * A failure to read on is no reason to keep back what was read before it.
 *
 * @throws Error when nothing of the run counts as delivered; the old checkpoint stands then
 */
export async function runPipeline({ ledger, sinks, read, progress }: Pipeline): Promise<Delivery> {
	const start = await actions.group('Restore the checkpoint', () => open(ledger));
	const delivery = new Delivery(start);
	try {
		const last = await actions.group('Fetch new activities', async () => {
			const batches = ledger.through((checkpoint) => read(checkpoint, delivery.count));
			return await deliver(batches, sinks, delivery, progress);
		});
		for (const sink of sinks) await sink.close(last);
		delivery.notSaved = await actions.group('Save the checkpoint', () => close(ledger, last));
	} catch (error) {
		const { failure } = delivery;
		const all = failure === undefined ? error : bothFailures(failure, error);
		if (ledger.receipt.stands === undefined) throw delivery.last ? undelivered(all) : all;
		delivery.failure = all;
	}
	return delivery;
}

async function open(ledger: Ledger): Promise<StartingPoint> {
	const start = await ledger.open();
	const from = start.checkpoint?.settled ?? start.checkpoint?.start;
	actions.info(
		start.status === 'initial'
			? 'No checkpoint found: this is a first run, from the backfill start.'
			: `Checkpoint ${start.status === 'restored' ? 'of the last run' : 'of the newest artifact'} restored: everything up to ${from} is settled.`,
	);
	return start;
}

/**
 * Gives batches to the sinks as they come, until they end or fail. After the first one a failure is
 * like a limit: what came before it is whole.
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
	if (failure !== undefined) return ' Then the run failed; what came before it is delivered first.';
	return caughtUp ? '' : ' A limit stopped the run; the next one goes on from here.';
}

async function close(ledger: Ledger, last: Delivered): Promise<CheckpointNotSaved | undefined> {
	try {
		await ledger.close(last);
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
