import {
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import type { Feed } from '../../core';
import { logOf, openFeed } from './shared/transport';
import { testCredential } from './shared/credential-test';
import { getMany } from './resources/activity/getAll';
import { toNodeError } from './shared/errors';
import {
	filters,
	includeRawJson,
	organizationIds,
	pageSize,
	simplify,
} from './shared/descriptions';

const getManyParameters: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
	{
		displayName: 'From',
		name: 'from',
		type: 'dateTime',
		default: '',
		placeholder: 'e.g. 2026-01-31T00:00:00Z',
		description:
			'Only activities not older than this. ISO 8601; a date is the whole day. Without an offset it is in the time zone of the workflow.',
	},
	{
		displayName: 'To',
		name: 'to',
		type: 'dateTime',
		default: '',
		placeholder: 'e.g. 2026-01-31',
		description:
			'Only activities not newer than this. ISO 8601; a date is the whole day. Without an offset it is in the time zone of the workflow.',
	},
	organizationIds,
	filters,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			includeRawJson,
			{
				displayName: 'Order',
				name: 'order',
				type: 'options',
				default: 'desc',
				description:
					'Which activities come first, and which are returned if there are more than Limit',
				options: [
					{ name: 'Newest First', value: 'desc' },
					{ name: 'Oldest First', value: 'asc' },
				],
			},
			pageSize,
			simplify,
		],
	},
];

/** Reads activities that are in the feed already. */
export class AnthropicCompliance implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Anthropic Compliance',
		name: 'anthropicCompliance',
		icon: { light: 'file:anthropicCompliance.svg', dark: 'file:anthropicCompliance.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Reads the Activity Feed of the Compliance API: who did what in Claude, and when',
		defaults: { name: 'Anthropic Compliance' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'anthropicComplianceApi', required: true, testedBy: 'anthropicComplianceApiTest' },
		],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'activity',
				options: [{ name: 'Activity', value: 'activity' }],
			},
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
			...getManyParameters.map(forGetMany),
		],
	};

	methods = { credentialTest: { anthropicComplianceApiTest: testCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		let results: INodeExecutionData[] = [];
		let feed: Feed | undefined;
		const warnings = new Set<string>();
		for (let index = 0; index < this.getInputData().length; index++) {
			const pairedItem = { item: index };
			try {
				feed ??= await openFeed(this);
				const activities: INodeExecutionData[] = [];
				for await (const json of getMany(this, feed, index, (warning) => warnings.add(warning))) {
					activities.push({ json, pairedItem });
				}
				results = results.concat(activities);
			} catch (cause) {
				const nodeError = toNodeError(this.getNode(), cause, { itemIndex: index });
				if (!this.continueOnFail()) throw nodeError;
				// By these names, n8n knows the item for a failed one.
				const { message: error, description: details } = nodeError;
				results.push({ json: { error, details } as IDataObject, pairedItem });
			}
		}
		for (const warning of warnings) logOf(this).warning(warning);
		return [results];
	}
}

function forGetMany(property: INodeProperties): INodeProperties {
	const show = { resource: ['activity'], operation: ['getAll'], ...property.displayOptions?.show };
	return { ...property, displayOptions: { show } };
}
