import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';

/** A place to which activities are delivered. */
export interface Sink {
	/** Writes a batch. It need not be durable before `close`. */
	write(batch: Delivered): Promise<void>;
	/** Makes everything that was written durable. */
	close(last: Delivered): Promise<void>;
	readonly receipt: Receipt;
}
