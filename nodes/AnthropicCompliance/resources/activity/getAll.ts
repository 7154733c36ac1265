import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { type Feed, list, Unreadable } from '../../../../core';
import { now } from '../../shared/transport';
import { toItem, toldOfUnreadable } from '../../shared/item';
import { readGetManySettings } from '../../shared/settings';

/**
 * The activities that one input item asks for, as n8n items.
 *
 * @param warn is told of activity types that the catalogue lacks, and of what is odd in the feed
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
	let unreadable = 0;
	for await (const record of list({ ...query, feed, now, warn })) {
		if (record instanceof Unreadable) unreadable++;
		yield toItem(record, shape);
		if (++count === limit) break;
	}
	if (unreadable > 0) warn(toldOfUnreadable(unreadable));
}
