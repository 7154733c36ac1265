import type { Batch, Checkpoint } from '../../core';
import type { Receipt } from '../outputs';

/** Where a run starts from. */
export interface StartingPoint {
	/**
	 * `restored`: from the last run's checkpoint; `fallback`: from the one in the newest artifact;
	 * `initial`: from the backfill start.
	 */
	readonly status: 'restored' | 'fallback' | 'initial';
	/** `undefined` when `initial`. */
	readonly checkpoint: Checkpoint | undefined;
}

/** A batch that may be delivered. */
export type Delivered = Omit<Batch, 'known' | 'keep'>;

/** Reads what is new since a checkpoint. */
export type Read = (checkpoint: Checkpoint | undefined) => AsyncIterable<Batch>;

/** Holds the checkpoint between runs. */
export interface Ledger {
	/** @throws UserError when there is a checkpoint, but it cannot be used */
	open(): Promise<StartingPoint>;
	/** The new activities in batches. A batch comes as soon as its checkpoint may be trusted. */
	through(read: Read): AsyncIterable<Delivered>;
	/**
	 * Saves the checkpoint of the last batch, after everything up to it is delivered.
	 *
	 * @throws CheckpointNotSaved
	 */
	close(last: Delivered): Promise<void>;
	readonly receipt: LedgerReceipt;
}

export interface LedgerReceipt extends Receipt {
	/** What happened to the checkpoint, unless saving it failed. */
	readonly fate: string;
	/** What remains of a run that fails after it read something. */
	readonly kept: string;
	/** What counts as delivered even if the rest of the run fails; `undefined` when nothing does. */
	readonly secured: string | undefined;
}

/** The checkpoint could not be saved; the message gives the reason, if it is known. */
export class CheckpointNotSaved extends Error {
	override readonly name = 'CheckpointNotSaved';
}

/** A ledger that keeps the checkpoint apart from the activities: nothing counts as delivered until it is closed. */
export abstract class PlainLedger implements Ledger {
	readonly receipt: LedgerReceipt = {
		outputs: {},
		facts: [],
		fate: 'saved',
		kept: 'Everything it had read is delivered',
		secured: undefined,
	};
	#checkpoint: Checkpoint | undefined;

	async open(): Promise<StartingPoint> {
		const start = await this.restore();
		this.#checkpoint = start.checkpoint;
		return start;
	}

	through(read: Read): AsyncIterable<Delivered> {
		return read(this.#checkpoint);
	}

	async close({ checkpoint }: Delivered): Promise<void> {
		await this.save(checkpoint);
	}

	/** As `Ledger.open`. */
	protected abstract restore(): Promise<StartingPoint>;
	/** @throws CheckpointNotSaved */
	protected abstract save(checkpoint: Checkpoint): Promise<void>;
}
