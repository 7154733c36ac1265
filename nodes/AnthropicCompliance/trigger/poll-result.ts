import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import {
	Activity,
	type Batch,
	type Feed,
	type Instant,
	OutOfTime,
	parseCheckpoint,
	sync,
} from '../../../core';
import { toItem, unreadableNotice } from '../shared/item';
import { passes } from '../shared/local-filters';
import { feedOf, logOf, openClient, withoutRepeats } from '../shared/transport';
import { watchedIn, watcher } from '../shared/watched-record';
import type { End } from './headway';
import type { TriggerMemory } from './memory';
import type { TriggerSettings } from './parameters';
import type { PollTime } from './poll-time';
import type { StaticData } from './static-data';

/** With less than this share of Max Activities left, another request would mostly read what does not fit any more. */
const LITTLE_ROOM = 0.05;

/** What a poll has read. */
export interface PollResult {
	readonly items: readonly IDataObject[];
	/** How many records were read: those of the items, and those that the local filters drop. */
	readonly read: number;
	/** What n8n has to save. */
	readonly state: StaticData;
	/** The failure that ended the poll, if one did. */
	readonly failure?: unknown;
	/** The last batch that was read before; `undefined` if none was. */
	readonly last?: Batch | undefined;
	/** Why the reading ended, if not for a failure. */
	readonly end?: End;
	/** When the first and the last activity of the items happened; `undefined` if no item has a time. */
	readonly period?: readonly [Instant, Instant] | undefined;
}

/** The result of a poll that failed before it had read anything. */
export function onlyFailure(failure: unknown): PollResult {
	return { items: [], read: 0, state: {}, failure };
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
	settings: TriggerSettings,
	stored: StaticData,
	from: string | undefined,
	memory: TriggerMemory,
	time: PollTime,
): Promise<PollResult> {
	const log = logOf(context);
	const once = withoutRepeats(log, memory.warnings);
	const client = await openClient(context, once, time.deadline, memory.requests);
	const feed = feedOf(context, client);

	const items: IDataObject[] = [];
	let period: [Instant, Instant] | undefined;
	let read = 0;
	let unreadable = 0;
	let full = false;
	let last: Batch | undefined;
	let failure: unknown;
	try {
		for await (const batch of sync({
			...settings,
			feed,
			watcher,
			checkpoint: from && parseCheckpoint(from),
			backfillStart: await backfillStart(context, settings, stored, feed, memory, time),
			until: time.until,
			outOfTime: (error) => (failure = error),
			now: Date.now(),
			log,
		})) {
			for (const watched of watchedIn(batch)) {
				read++;
				if (!passes(watched, settings.localFilters)) continue;
				items.push(toItem(watched, settings.shape));
				if (watched.record instanceof Activity) period = around(period, watched.record);
			}
			unreadable += batch.unreadable.length;
			last = batch;
			full = settings.maxActivities - read < settings.maxActivities * LITTLE_ROOM;
			if (full) break;
		}
	} catch (error) {
		failure = error;
	}
	if (!last) return onlyFailure(failure);
	// A poll that reads as fast as the API allows has not failed.
	if (isThrottling(failure) && read > 0) failure = undefined;
	if (unreadable > 0) log.warning(unreadableNotice(unreadable));
	const { start } = settings;
	const backfillStartDate = start.at === 'date' ? start.text : null;
	const state = { checkpoint: last.checkpoint, backfillStartDate };
	return { items, read, state, failure, last, end: full ? 'room' : 'time', period };
}

/** Whether a failure only says that the API allows no more requests for now. */
export function isThrottling(failure: unknown): boolean {
	return failure instanceof OutOfTime && failure.code === 'rate-limited';
}

/** The period with this activity in it, too. */
function around(
	period: [Instant, Instant] | undefined,
	{ createdAt }: Activity,
): [Instant, Instant] {
	const [first, last] = period ?? [createdAt, createdAt];
	return [createdAt < first ? createdAt : first, createdAt > last ? createdAt : last];
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
