import { type IDataObject, type IPollFunctions, NodeOperationError } from 'n8n-workflow';
import { Activity, COMPLIANCE_API_ACCESSED, list } from '../../../core';
import { toItem } from '../shared/item';
import { logOf, now, openFeed } from '../shared/transport';
import { readTriggerSettings } from './parameters';

/** The sample is looked for among so many of the newest activities. */
const SAMPLE_SIZE = 100;

/**
 * What a manual run shows: the newest activity that the filters let through, as an item. It reads no
 * checkpoint and leaves none.
 *
 * @throws NodeOperationError when there is none
 * @throws UserError for settings that cannot work, and when the API refuses
 */
export async function readSample(context: IPollFunctions): Promise<IDataObject> {
	const { warning: warn } = logOf(context);
	const { filters, shape } = readTriggerSettings(context, warn);
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
	// Tests like this one leave such activities, and they would show nothing else.
	const telling = activities.find(({ type }) => type !== COMPLIANCE_API_ACCESSED);
	const shown = telling ?? activities[0] ?? newest[0];
	if (!shown) {
		throw new NodeOperationError(
			context.getNode(),
			'The feed holds no activity that passes the filters',
			{
				description:
					'Loosen the filters, or do in Claude what you want to be told of: the activity appears within a minute.',
			},
		);
	}
	return toItem(shown, shape);
}
