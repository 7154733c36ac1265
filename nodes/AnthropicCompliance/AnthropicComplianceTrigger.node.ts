import {
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	NodeConnectionTypes,
} from 'n8n-workflow';

export class AnthropicComplianceTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Anthropic Compliance Trigger',
		name: 'anthropicComplianceTrigger',
		icon: {
			light: 'file:anthropicCompliance.svg',
			dark: 'file:anthropicCompliance.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: 'New activity',
		description:
			"Starts the workflow for each new activity in your organization's audit log of Claude",
		defaults: { name: 'Anthropic Compliance Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'anthropicComplianceApi', required: true }],
		properties: [],
	};

	poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return Promise.resolve(null);
	}
}
