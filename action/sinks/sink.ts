import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';

/** A place that activities go to. */
export interface Sink {
	/** Takes a batch; it need not be safe before `close`. */
	write(batch: Delivered): Promise<void>;
	/** Makes everything that was written safe. */
	close(last: Delivered): Promise<void>;
	readonly receipt: Receipt;
}
