import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { COMPLIANCE_API_ACCESSED, UserError, list, type Order, Unreadable } from '../../../../core';
import {
	fields,
	filters,
	includeRawJson,
	LEAST_PAGE_SIZE,
	organizationIds,
	output,
	pageSize,
	USUAL_PAGE_SIZE,
} from '../../shared/descriptions';
import { toItem, unreadableNotice } from '../../shared/item';
import { dropsSome, passes } from '../../shared/local-filters';
import {
	type ReadParameter,
	readBoolean,
	readInteger,
	readLocalFilters,
	readSettings,
	readTime,
	type Settings,
	type Warn,
} from '../../shared/settings';
import { feedOf, now } from '../../shared/transport';
import { watchingInOrder } from '../../shared/watched-record';
import type { Operation } from './operation';

const showOnlyForGetMany = { resource: ['activity'], operation: ['getAll'] };

const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
	// A model would fill its context with them.
	displayOptions: { show: showOnlyForGetMany, hide: { '@tool': [true] } },
};

const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	// Not "show if it is off": as a tool, the node has no Return All.
	displayOptions: { show: showOnlyForGetMany, hide: { returnAll: [true] } },
};

const from: INodeProperties = {
	displayName: 'From',
	name: 'from',
	type: 'dateTime',
	default: '',
	placeholder: 'e.g. 2026-01-31T00:00:00Z',
	description:
		'Only activities from this time on. ISO 8601; a date is the whole day. A time without an offset is in the time zone of the workflow.',
	displayOptions: { show: showOnlyForGetMany },
};

const to: INodeProperties = {
	displayName: 'To',
	name: 'to',
	type: 'dateTime',
	default: '',
	placeholder: 'e.g. 2026-01-31',
	description:
		'Only activities up to this time. ISO 8601; a date is the whole day. A time without an offset is in the time zone of the workflow.',
	displayOptions: { show: showOnlyForGetMany },
};

const order: INodeProperties = {
	displayName: 'Order',
	name: 'order',
	type: 'options',
	default: 'desc',
	description:
		'Which activities come first. If there are more than Limit, it also decides which ones are returned.',
	options: [
		{ name: 'Newest First', value: 'desc' },
		{ name: 'Oldest First', value: 'asc' },
	],
};

const leaveOutComplianceApiReads: INodeProperties = {
	displayName: 'Leave Out Compliance API Reads',
	name: 'leaveOutComplianceApiReads',
	type: 'boolean',
	default: true,
	description:
		'Whether to leave out compliance_api_accessed, the activity that each request to the Compliance API causes, such as each poll of a trigger. Then Limit counts only others. If a filter names this type, it comes anyway.',
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [fields, includeRawJson, leaveOutComplianceApiReads, order, output, pageSize],
	displayOptions: { show: showOnlyForGetMany },
};

/** The parameters of Get Many, in the panel's order. */
export const getManyDescription: INodeProperties[] = [
	returnAll,
	limit,
	from,
	to,
	{ ...organizationIds, displayOptions: { show: showOnlyForGetMany } },
	{ ...filters, displayOptions: { show: showOnlyForGetMany } },
	options,
];

/** Returns the activities that are in the feed now, by the parameters of one input item. */
export const getMany: Operation = async function* (context, client, index) {
	const warn = client.log.warning;
	const { most, shape, localFilters, ...query } = readGetManySettings(context, index, warn);
	let count = 0;
	let unreadable = 0;
	const watch = watchingInOrder(client);
	for await (const record of list({ ...query, feed: feedOf(context, client), now, warn })) {
		if (record instanceof Unreadable) unreadable++;
		const watched = watch(record);
		if (!passes(watched, localFilters)) continue;
		yield toItem(watched, shape);
		if (++count === most) break;
	}
	if (unreadable > 0) warn(unreadableNotice(unreadable));
};

interface GetManySettings extends Settings {
	/** The most activities to return. */
	readonly most: number;
	/** Milliseconds since the epoch; `undefined` is no bound. */
	readonly from: number | undefined;
	readonly to: number | undefined;
	readonly order: Order;
}

/** @throws UserError `invalid-setting` for the first setting that cannot be used */
function readGetManySettings(
	context: IExecuteFunctions,
	index: number,
	warn: Warn,
): GetManySettings {
	const read: ReadParameter = (property) =>
		context.getNodeParameter(property.name, index, property.default);
	const chosen = read(options) as IDataObject;
	const most = readBoolean(returnAll, read(returnAll)) ? Infinity : readInteger(limit, read(limit));
	const begin = readTime(context, from, read(from))?.from;
	const end = readTime(context, to, read(to))?.to;
	if (begin !== undefined && end !== undefined && begin > end) {
		throw new UserError('invalid-setting', 'From is later than To.', {
			remedy: 'Swap them, or leave one of them empty.',
		});
	}
	const leavesOut = readBoolean(leaveOutComplianceApiReads, chosen.leaveOutComplianceApiReads);
	// To find a few that pass, many have to be read.
	const wanted = dropsSome(readLocalFilters(read)) ? Infinity : most;
	const usual = Math.min(Math.max(wanted, LEAST_PAGE_SIZE), USUAL_PAGE_SIZE);
	return {
		...readSettings(read, chosen, usual, warn, leavesOut ? [COMPLIANCE_API_ACCESSED] : []),
		most,
		from: begin,
		to: end,
		order: (chosen.order ?? order.default) as Order,
	};
}
