import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { type Feed, list } from '../../core';
import { now } from './compliance-feed';
import { toItem } from './item';
import { readGetManySettings } from './settings';

/**
 * The activities that one input item asks for, as n8n items.
 *
 * @param warn is told of activity types that the catalogue lacks
 * @throws ComplianceError for settings that cannot work, and when the API refuses
 */
export async function* getMany(
	context: IExecuteFunctions,
	feed: Feed,
	index: number,
	warn: (message: string) => void,
): AsyncGenerator<IDataObject, void, undefined> {
	const { limit, shape, ...query } = readGetManySettings(context, index, warn);
	let count = 0;
	for await (const activity of list({ ...query, feed, now })) {
		yield toItem(activity, shape);
		if (++count === limit) return;
	}
}
