import {
	adoptOwnRequests,
	type Checkpoint,
	parseCheckpoint,
	rewindCheckpoint,
} from '../../../core';
import type { DeliveryNote } from './in-flight';

/** What n8n saves for the node between polls. */
export interface StaticData {
	checkpoint?: Checkpoint;
	/** The Backfill Start Date as the user typed it. Another text starts over; another time zone does not. */
	backfillStartDate?: string | null;
	/** The batch in flight; absent if there is none, and none has failed before. */
	delivery?: DeliveryNote;
}

/**
 * Gives n8n what it has to save. It notices only whole values that are replaced.
 *
 * @param state with a delivery that is idle or missing, none is saved
 */
export function keep(staticData: StaticData, { delivery, ...state }: StaticData): void {
	Object.assign(staticData, state);
	if (delivery && (delivery.attempt > 0 || delivery.size > 0)) staticData.delivery = delivery;
	else if (staticData.delivery) delete staticData.delivery;
}

/**
 * What n8n has to save so that the next poll reads the same activities again. The requests made since
 * are added, because their activities are no news.
 *
 * @param from the checkpoint that the activities were read from, as JSON
 * @param next what n8n has to save once they have arrived
 */
export function stateBefore(from: string | undefined, next: StaticData): StaticData {
	const { checkpoint } = next;
	if (!checkpoint) throw new Error('Nothing has been read.');
	const last = from === undefined ? undefined : parseCheckpoint(from);
	// A sync that starts over must start there again, even if it started relative to the present.
	const startedOver = last?.backfillStart !== checkpoint.backfillStart;
	const start = last && !startedOver ? last : rewindCheckpoint(checkpoint);
	return { ...next, checkpoint: adoptOwnRequests(start, checkpoint) };
}
