import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { type Feed, list, type Order } from '../../core';
import { now } from './compliance-feed';
import { toItem } from './item';
import { readFilters, readInteger, readMoment, readPageSize, readShape } from './settings';

/** Large enough to be quick, and small enough for any version of the API. */
const DEFAULT_PAGE_SIZE = 1000;

/**
 * The activities that one input item asks for, as n8n items.
 *
 * @throws ComplianceError for settings that cannot work, and when the API refuses
 */
export async function* getMany(
	context: IExecuteFunctions,
	feed: Feed,
	index: number,
): AsyncGenerator<IDataObject, void, undefined> {
	const read = (name: string, fallback?: unknown): unknown =>
		context.getNodeParameter(name, index, fallback);
	const options = read('options', {}) as IDataObject;
	const shape = readShape(options);
	const limit = read('returnAll', false) ? Infinity : readInteger('Limit', read('limit', 50), 1);
	let count = 0;
	for await (const activity of list({
		feed,
		filters: readFilters(context, read),
		order: (options.order ?? 'desc') as Order,
		from: readMoment(context, 'From', read('from', ''))?.toMillis(),
		to: readMoment(context, 'To', read('to', ''))?.toMillis(),
		pageSize: readPageSize(options, Math.min(limit, DEFAULT_PAGE_SIZE)),
		now,
	})) {
		yield toItem(activity, shape);
		if (++count === limit) return;
	}
}
