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
