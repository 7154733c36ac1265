import type { IPollFunctions } from 'n8n-workflow';
import { RequestLog } from '../../../core';
import { nodeKeyOf } from '../shared/transport';
import { Headway } from './headway';
import type { Flight } from './in-flight';
import { Outage } from './outage';
import type { StaticData } from './static-data';

/** A poll that is running. */
export interface Turn {
	/** When it must be over, by the clock of `now`. */
	readonly end: number;
}

/** A batch that the trigger has given to n8n. */
export interface HandedOver {
	/** When, by the clock of `now`. */
	readonly at: number;
	/** The checkpoint before the batch, as JSON. */
	readonly from: string | undefined;
}

/** What this process remembers of a trigger from poll to poll. n8n does not store it. */
export class TriggerMemory {
	/** The poll that is running: n8n may start another one before it ends. */
	turn: Turn | undefined;
	/** The last batch that n8n had to store together with its checkpoint. */
	handedOver: HandedOver | undefined;
	/** The last batch whose execution the trigger waits for, or has waited for. */
	flight: Flight<StaticData> | undefined;
	/** When the try was handed over whose failure was logged last. */
	loggedTry: number | undefined;
	/** The instant that "Now" means until there is a checkpoint: n8n does not always store the first one. */
	start: number | undefined;
	/** Kept here too, because a checkpoint that is not stored, as after a failure, would lose them. */
	readonly requests = new RequestLog();
	readonly outage = new Outage();
	readonly headway = new Headway();
	/** The warnings that n8n's log needs once, not at each poll. */
	readonly warnings = new Set<string>();
}

const memories = new Map<string, TriggerMemory>();

/** The memory of the trigger that polls. */
export function memoryOf(context: IPollFunctions): TriggerMemory {
	const key = nodeKeyOf(context);
	const memory = memories.get(key) ?? new TriggerMemory();
	memories.set(key, memory);
	return memory;
}
