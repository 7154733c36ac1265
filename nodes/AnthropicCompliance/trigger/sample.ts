import { type IDataObject, type IPollFunctions, NodeOperationError } from 'n8n-workflow';
import { Activity, COMPLIANCE_API_ACCESSED, list } from '../../../core';
import { toItem } from '../shared/item';
import { logOf, now, openFeed } from '../shared/transport';
import { canWait } from './hand-over';
import type { TriggerMemory } from './memory';
import { readTriggerSettings } from './parameters';

/** How many of the newest activities the sample is chosen from. */
const SAMPLE_SIZE = 100;

/**
 * Reads what a manual run shows: the newest activity that passes the filters, as an item. It neither
 * reads nor writes the checkpoint.
 *
 * @throws NodeOperationError if no activity passes the filters
 * @throws UserError for settings that cannot work, or when the API refuses
 */
export async function readSample(
	context: IPollFunctions,
	memory: TriggerMemory,
): Promise<IDataObject> {
	const { warning: warn } = logOf(context);
	const { filters, shape, deliver } = readTriggerSettings(context, warn);
	if (deliver === 'untilSuccess') canWait(context, memory);
	const newest = [];
	for await (const record of list({
		feed: await openFeed(context),
		filters,
		order: 'desc',
		pageSize: SAMPLE_SIZE,
		now,
		warn,
	})) {
		if (newest.push(record) === SAMPLE_SIZE) break;
	}
	const activities = newest.filter((record) => record instanceof Activity);
	// Each test adds such an activity to the feed, so later tests would show nothing else.
	const preferred = activities.find(({ type }) => type !== COMPLIANCE_API_ACCESSED);
	const shown = preferred ?? activities[0] ?? newest[0];
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
