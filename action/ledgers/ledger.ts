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
export type Delivered = Omit<Batch, 'known'>;

/** Reads what is new since a checkpoint. */
export type Read = (checkpoint: Checkpoint | undefined) => AsyncIterable<Batch>;

/** Holds the checkpoint between runs. */
export interface Ledger {
	/** @throws UserError when there is a checkpoint, but it cannot be used */
	open(): Promise<StartingPoint>;
	/** What is new, batch by batch, each as soon as its checkpoint may be trusted. */
	through(read: Read): AsyncIterable<Delivered>;
	/**
	 * Keeps the checkpoint of the last batch, once everything up to it is delivered.
	 *
	 * @throws CheckpointNotSaved
	 */
	close(last: Delivered): Promise<void>;
	readonly receipt: LedgerReceipt;
}

export interface LedgerReceipt extends Receipt {
	/** What became of the checkpoint, when it was not refused. */
	readonly fate: string;
	/** What stays of a run that fails once it has read something. */
	readonly kept: string;
	/** What counts as delivered already, whatever fails from here on; `undefined` when nothing does. */
	readonly stands: string | undefined;
}

/** The checkpoint could not be saved; the message says why, as far as that is known. */
export class CheckpointNotSaved extends Error {
	override readonly name = 'CheckpointNotSaved';
}

/** A ledger that keeps the checkpoint apart from the activities: nothing counts until it is closed. */
export abstract class PlainLedger implements Ledger {
	readonly receipt: LedgerReceipt = {
		outputs: {},
		facts: [],
		fate: 'saved',
		kept: 'What it had read is delivered',
		stands: undefined,
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
