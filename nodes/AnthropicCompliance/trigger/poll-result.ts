import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import {
	type Batch,
	type Checkpoint,
	type Feed,
	OutOfTime,
	parseCheckpoint,
	sync,
} from '../../../core';
import { toItem, unreadableNotice } from '../shared/item';
import { feedOf, logOf, openClient } from '../shared/transport';
import type { TriggerMemory } from './memory';
import { readTriggerSettings, type TriggerSettings } from './parameters';
import type { PollTime } from './poll-time';

/** With less than this share of Max Activities left, another request would mostly read what does not fit any more. */
const LITTLE_ROOM = 0.05;

/** What n8n saves for the node between polls. */
export interface StaticData {
	checkpoint?: Checkpoint;
	/** The Backfill Start Date as the user typed it. Another text starts over; another time zone does not. */
	backfillStartDate?: string | null;
}

/** What a poll has read. */
export interface PollResult {
	readonly items: readonly IDataObject[];
	/** What n8n has to save. */
	readonly state: StaticData;
	/** The failure that ended the poll, if one did. */
	readonly failure?: unknown;
	/** Whether the poll had read something before. */
	readonly madeProgress: boolean;
}

/** The result of a poll that failed before it had read anything. */
export function onlyFailure(failure: unknown): PollResult {
	return { items: [], state: {}, failure, madeProgress: false };
}

/**
 * Reads new activities for as long as the poll has time and room. A failure after the first batch is part
 * of the result, because the batches before it are delivered.
 *
 * @param from the checkpoint to continue from, as JSON
 * @throws UserError for settings or a key that cannot work
 */
export async function readNewActivities(
	context: IPollFunctions,
	stored: StaticData,
	from: string | undefined,
	memory: TriggerMemory,
	time: PollTime,
): Promise<PollResult> {
	const log = logOf(context);
	const warning = (message: string) => {
		if (memory.isNewMessage(message)) log.warning(message);
	};
	const settings = readTriggerSettings(context, warning);
	const client = await openClient(context, { ...log, warning }, time.deadline, memory.requests);
	const feed = feedOf(context, client);

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
	// A poll that reads as fast as the API allows has not failed.
	const throttled = failure instanceof OutOfTime && failure.code === 'rate-limited';
	if (throttled && items.length > 0) failure = undefined;
	if (unreadable > 0) log.warning(unreadableNotice(unreadable));
	if (failure === undefined) {
		memory.headway.note(last, full ? 'room' : 'time', settings.overlap, log);
	}
	const { start } = settings;
	const backfillStartDate = start.at === 'date' ? start.text : null;
	const state = { checkpoint: last.checkpoint, backfillStartDate };
	return { items, state, failure, madeProgress: true };
}

/** Where the first sync starts; `undefined` means the checkpoint, or the default of `sync`. */
async function backfillStart(
	context: IPollFunctions,
	{ start }: TriggerSettings,
	stored: StaticData,
	feed: Feed,
	memory: TriggerMemory,
	time: PollTime,
): Promise<number | undefined> {
	if (start.at === 'date') {
		const continues = stored.checkpoint && stored.backfillStartDate === start.text;
		return continues ? undefined : start.instant;
	}
	if (start.at === '90DaysBack' || stored.checkpoint) return undefined;
	if (context.getActivationMode() === 'activate') memory.start = undefined;
	return (memory.start ??= await feed.present(time.until));
}
