import type { IAuthenticate, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * The key for the Compliance API, which the header `x-api-key` carries. The nodes test it. A test here
 * would be an expression, which cannot use the core's check of where the key may be sent.
 */
export class AnthropicComplianceApi implements ICredentialType {
	name = 'anthropicComplianceApi';
	displayName = 'Anthropic Compliance API';
	icon = {
		light: 'file:../nodes/AnthropicCompliance/anthropicCompliance.svg',
		dark: 'file:../nodes/AnthropicCompliance/anthropicCompliance.dark.svg',
	} as const;
	documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-anthropic-compliance#set-up-the-key';
	properties: INodeProperties[] = [
		{
			displayName: 'Compliance Access Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk-ant-api01-…',
			hint: 'A Compliance Access Key (sk-ant-api01-…) or an Admin API key (sk-ant-admin01-…), with the scope read:compliance_activities',
			description:
				'A Compliance Access Key (sk-ant-api01-…) of Claude Enterprise, or an Admin API key (sk-ant-admin01-…) of the Claude Console that was created after the Compliance API was enabled. Either needs the scope read:compliance_activities. A key for models (sk-ant-api03-…) does not work.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.anthropic.com',
			description:
				'The address that the key is sent to. Change it only to go through your own gateway.',
		},
		// n8n adds this field to a credential that lacks it, and then allows all domains.
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'options',
			default: 'none',
			description:
				'Where HTTP Request nodes may send the key. The nodes of this package do not need it, so leave it at None.',
			options: [
				{
					name: 'All',
					value: 'all',
					description: 'Anywhere: anyone who may use it can send the key to any server',
				},
				{
					name: 'None',
					value: 'none',
					description: 'Nowhere: only the nodes of this package can use the key',
				},
				{
					name: 'Specific Domains',
					value: 'domains',
					description: 'Only to the domains that you list',
				},
			],
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: '',
			placeholder: 'e.g. api.anthropic.com',
			description:
				'Comma-separated, such as api.anthropic.com. The nodes of this package ignore it.',
			displayOptions: { show: { allowedHttpRequestDomains: ['domains'] } },
		},
	];
	/**
	 * Not an expression: n8n takes away what evaluates expressions when another poll of the workflow ends,
	 * while this one may still run.
	 */
	authenticate: IAuthenticate = (credentials, requestOptions) => {
		const { apiKey } = credentials as { apiKey: string };
		const headers = { ...requestOptions.headers, 'x-api-key': apiKey.trim() };
		return Promise.resolve({ ...requestOptions, headers });
	};
}
