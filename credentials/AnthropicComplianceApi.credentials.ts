import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

export class AnthropicComplianceApi implements ICredentialType {
	name = 'anthropicComplianceApi';

	displayName = 'Anthropic Compliance API';

	icon: Icon = {
		light: 'file:../nodes/AnthropicCompliance/anthropicCompliance.svg',
		dark: 'file:../nodes/AnthropicCompliance/anthropicCompliance.dark.svg',
	};

	documentationUrl =
		'https://www.npmjs.com/package/n8n-nodes-anthropic-compliance?activeTab=readme';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Key',
			name: 'accessKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.anthropic.com',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'x-api-key': '={{$credentials.accessKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: '/v1/compliance/activities',
			qs: { limit: 1 },
		},
	};
}
