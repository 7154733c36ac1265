import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { utcDay } from '../../core';

export class AnthropicCompliance implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Anthropic Compliance',
		name: 'anthropicCompliance',
		icon: {
			light: 'file:anthropicCompliance.svg',
			dark: 'file:anthropicCompliance.dark.svg',
		},
		group: ['input'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: "Read your organization's audit log of Claude",
		defaults: { name: 'Anthropic Compliance' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'anthropicComplianceApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'Activity', value: 'activity' }],
				default: 'activity',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['activity'] } },
				options: [
					{
						name: 'Get Many',
						value: 'getAll',
						description: 'Get many activities',
						action: 'Get many activities',
					},
				],
				default: 'getAll',
			},
		],
	};

	execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const day = utcDay(0);
		const items = this.getInputData().map((_, item) => ({ json: { day }, pairedItem: { item } }));
		return Promise.resolve([items]);
	}
}
