import type { IPollFunctions } from 'n8n-workflow';
import { RequestLog } from '../../../core';
import { placeOf } from '../shared/transport';
import { Headway } from './headway';
import { Outage } from './outage';

/** A poll that is under way. */
export interface Turn {
	/** When it must be over, by the clock it began with. */
	readonly end: number;
}

/** A batch in n8n's hands. */
export interface HandedOver {
	readonly at: number;
	/** The checkpoint before it, as JSON. */
	readonly from: string | undefined;
}

/** What this process knows of a trigger from poll to poll, whatever n8n stores. */
export class TriggerMemory {
	/** n8n may start a poll before the last one has ended. */
	turn: Turn | undefined;
	/** The last batch that n8n was given to store with its checkpoint. */
	handedOver: HandedOver | undefined;
	/** Where "Now" is, until there is a checkpoint: n8n does not always store the first one. */
	start: number | undefined;
	/** A checkpoint that is not stored, as after a failure, would take them along. */
	readonly requests = new RequestLog();
	readonly outage = new Outage();
	readonly headway = new Headway();
	readonly #told = new Set<string>();

	/** Whether a message is new: what stays as it is need not be said at each poll. */
	isNews(message: string): boolean {
		if (this.#told.has(message)) return false;
		this.#told.add(message);
		return true;
	}
}

const memories = new Map<string, TriggerMemory>();

/** What this process knows of the trigger that polls. */
export function memoryOf(context: IPollFunctions): TriggerMemory {
	const place = placeOf(context);
	const memory = memories.get(place) ?? new TriggerMemory();
	memories.set(place, memory);
	return memory;
}
