import type { INodeProperties } from 'n8n-workflow';
import { getMany, getManyDescription } from './getAll';
import type { Operation } from './operation';

/** What can be done with activities, as the panel shows it. */
export const activityDescription: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'getAll',
		displayOptions: { show: { resource: ['activity'] } },
		options: [
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'Read a period of the feed, for instance one that was missed',
				action: 'Get many activities',
			},
		],
	},
	...getManyDescription,
];

/** What each of them does. */
export const activityOperations: Readonly<Record<string, Operation>> = { getAll: getMany };
