import { type IDataObject, type IPollFunctions, NodeOperationError } from 'n8n-workflow';
import { Activity, COMPLIANCE_API_ACCESSED, list } from '../../../core';
import { USUAL_PAGE_SIZE } from '../shared/descriptions';
import { toItem } from '../shared/item';
import { dropsSome, passes } from '../shared/local-filters';
import { feedOf, logOf, now, openClient } from '../shared/transport';
import { type WatchedRecord, watchingInOrder } from '../shared/watched-record';
import { canWait } from './hand-over';
import type { TriggerMemory } from './memory';
import { readTriggerSettings } from './parameters';

/** How many of the newest activities the sample is chosen from, if all of them pass. */
const SAMPLE_SIZE = 100;

/**
 * Reads what a manual run shows: the newest activity that passes the filters, as an item. It neither
 * reads nor writes the checkpoint.
 *
 * If the filters that the API does not know let nothing through of a page, it is the newest activity all
 * the same: whoever builds a workflow needs an example, and may wait for months for a real one.
 *
 * @throws NodeOperationError if no activity passes the filters that the API knows
 * @throws UserError for settings that cannot work, or when the API refuses
 */
export async function readSample(
	context: IPollFunctions,
	memory: TriggerMemory,
): Promise<IDataObject> {
	const { warning: warn } = logOf(context);
	const { filters, localFilters, shape, deliver } = readTriggerSettings(context, warn);
	if (deliver === 'untilSuccess') canWait(context, memory);
	const size = dropsSome(localFilters) ? USUAL_PAGE_SIZE : SAMPLE_SIZE;
	const client = await openClient(context);
	const newest = [];
	for await (const record of list({
		feed: feedOf(context, client),
		filters,
		order: 'desc',
		pageSize: size,
		now,
		warn,
	})) {
		if (newest.push(record) === size) break;
	}
	// Thresholds count in the order of time.
	const watched = newest.reverse().map(watchingInOrder(client)).reverse();
	const passing = watched.filter((each) => passes(each, localFilters));
	const shown = mostTelling(passing) ?? mostTelling(watched) ?? watched[0];
	if (!shown) {
		throw new NodeOperationError(
			context.getNode(),
			'The feed holds no activity that passes the filters',
			{
				description:
					'Loosen the filters, or do in Claude what you want to see: the activity appears within a minute.',
			},
		);
	}
	return toItem(shown, shape);
}

/** The newest activity, if possible of people: each test adds another one to the feed, and later tests would show it. */
function mostTelling(watched: readonly WatchedRecord[]): WatchedRecord | undefined {
	const activities = watched.filter(({ record }) => record instanceof Activity);
	return (
		activities.find(({ record }) => (record as Activity).type !== COMPLIANCE_API_ACCESSED) ??
		activities[0]
	);
}
