import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import {
	type Batch,
	type Checkpoint,
	type Feed,
	OutOfTime,
	parseCheckpoint,
	sync,
} from '../../../core';
import { toItem, toldOfUnreadable } from '../shared/item';
import { logOf, openFeed } from '../shared/transport';
import type { TriggerMemory } from './memory';
import { readTriggerSettings, type TriggerSettings } from './parameters';
import type { PollTime } from './poll-time';

/** With so little of its room left, another request would mostly bring what the next poll reads. */
const LITTLE_ROOM = 0.05;

/** What n8n keeps for the node between polls. */
export interface StaticData {
	checkpoint?: Checkpoint;
	/** The Backfill Start Date as it was typed: only another text starts anew, not another time zone. */
	backfillStartDate?: string | null;
}

/** What a poll has brought. */
export interface PollResult {
	readonly items: readonly IDataObject[];
	/** What has changed. */
	readonly state: StaticData;
	/** What has ended the poll, if it was a failure. */
	readonly failure?: unknown;
	/** Whether it had read something before. */
	readonly gotOn: boolean;
}

/** The result of a poll that failed before it had read anything. */
export function onlyFailure(failure: unknown): PollResult {
	return { items: [], state: {}, failure, gotOn: false };
}

/**
 * Reads what is new, for as long as the poll has time and room. A failure after the first batch is part
 * of the result, since what was read before it counts.
 *
 * @param from the checkpoint to go on from, as JSON
 * @throws UserError for settings or a key that cannot work
 */
export async function readNews(
	context: IPollFunctions,
	stored: StaticData,
	from: string | undefined,
	memory: TriggerMemory,
	time: PollTime,
): Promise<PollResult> {
	const log = logOf(context);
	const warning = (message: string) => {
		if (memory.isNews(message)) log.warning(message);
	};
	const settings = readTriggerSettings(context, warning);
	const feed = await openFeed(context, time.deadline, memory.requests, { ...log, warning });

	const items: IDataObject[] = [];
	let unreadable = 0;
	let full = false;
	let last: Batch | undefined;
	let failure: unknown;
	try {
		for await (const batch of sync({
			...settings,
			feed,
			checkpoint: from && parseCheckpoint(from),
			backfillStart: await backfillStart(context, settings, stored, feed, memory, time),
			until: time.until,
			outOfTime: (error) => (failure = error),
			now: Date.now(),
			log,
		})) {
			for (const record of [...batch.activities, ...batch.unreadable]) {
				items.push(toItem(record, settings.shape));
			}
			unreadable += batch.unreadable.length;
			last = batch;
			full = settings.maxActivities - items.length < settings.maxActivities * LITTLE_ROOM;
			if (full) break;
		}
	} catch (error) {
		failure = error;
	}
	if (!last) return onlyFailure(failure);
	// Who gets on as fast as the API allows does well.
	const throttled = failure instanceof OutOfTime && failure.code === 'rate-limited';
	if (throttled && items.length > 0) failure = undefined;
	if (unreadable > 0) log.warning(toldOfUnreadable(unreadable));
	if (failure === undefined) {
		memory.headway.note(last, full ? 'room' : 'time', settings.overlap, log);
	}
	const { start } = settings;
	const backfillStartDate = start.at === 'date' ? start.text : null;
	const state = { checkpoint: last.checkpoint, backfillStartDate };
	return { items, state, failure, gotOn: true };
}

/** Where the first sync starts; `undefined` leaves it to the default, or to the checkpoint. */
async function backfillStart(
	context: IPollFunctions,
	{ start }: TriggerSettings,
	stored: StaticData,
	feed: Feed,
	memory: TriggerMemory,
	time: PollTime,
): Promise<number | undefined> {
	if (start.at === 'date') {
		const goesOn = stored.checkpoint && stored.backfillStartDate === start.text;
		return goesOn ? undefined : start.instant;
	}
	if (start.at === '90DaysBack' || stored.checkpoint) return undefined;
	if (context.getActivationMode() === 'activate') memory.start = undefined;
	return (memory.start ??= await feed.present(time.until));
}
