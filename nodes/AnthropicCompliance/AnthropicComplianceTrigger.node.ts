import {
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { testCredential } from './shared/credential-test';
import { triggerDescription } from './trigger/parameters';
import { poll } from './trigger/poll';

/** Starts a workflow with the new activities of the Activity Feed. */
export class AnthropicComplianceTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Anthropic Compliance Trigger',
		name: 'anthropicComplianceTrigger',
		icon: { light: 'file:anthropicCompliance.svg', dark: 'file:anthropicCompliance.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: 'New Activities',
		description:
			'Starts the workflow when the Activity Feed of the Compliance API has new activities',
		defaults: { name: 'Anthropic Compliance Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'anthropicComplianceApi', required: true, testedBy: 'anthropicComplianceApiTest' },
		],
		properties: triggerDescription,
	};

	methods = { credentialTest: { anthropicComplianceApiTest: testCredential } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
