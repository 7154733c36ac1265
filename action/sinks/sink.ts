import type { Checkpoint } from '../../core';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';

/** A place to which activities are delivered. */
export interface Sink {
	/** Writes a batch. It need not be durable before `close`. */
	write(batch: Delivered): Promise<void>;
	/**
	 * Makes everything that was written durable.
	 *
	 * @param start the checkpoint that the run started from; `undefined` when it started at the backfill start
	 */
	close(last: Delivered, start: Checkpoint | undefined): Promise<void>;
	readonly receipt: Receipt;
}
