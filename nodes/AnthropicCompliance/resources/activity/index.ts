import type { INodeProperties } from 'n8n-workflow';
import { getMany, getManyDescription } from './getAll';
import type { Operation } from './operation';

/** The operations on activities with their parameters, as the panel shows them. */
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
				description: 'Read an interval of the feed, such as one that was missed',
				action: 'Get many activities',
			},
		],
	},
	...getManyDescription,
];

/** The code of each operation, by its value in the panel. */
export const activityOperations: Readonly<Record<string, Operation>> = { getAll: getMany };
