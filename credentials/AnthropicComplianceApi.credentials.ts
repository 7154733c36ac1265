import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

/** The key for the Compliance API, sent in the header `x-api-key`. */
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
				'A Compliance Access Key (sk-ant-api01-…) of Claude Enterprise, or an Admin API key (sk-ant-admin01-…) of the Claude Console made after the Compliance API was enabled. Either needs the scope read:compliance_activities. A key for models (sk-ant-api03-…) does not work.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.anthropic.com',
			description: 'Where the key is sent to. Change it only to go through a gateway of your own.',
		},
	];
	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'x-api-key': '={{$credentials.apiKey.trim()}}' } },
	};
	/**
	 * n8n tells failures apart by status only, and knows no advice. Errors are therefore let through, and
	 * told apart by their body. Rules are tried from the first on.
	 */
	test: ICredentialTestRequest = {
		request: {
			// As in the nodes, an empty one means the public API, and http is for this machine only.
			baseURL:
				'={{($credentials.baseUrl.trim() || "https://api.anthropic.com").replace(/\\/+$/, "").replace(/^http:\\/\\/(?!(localhost|127[.]|\\[::1\\]))/i, "https://")}}',
			url: '/v1/compliance/activities?limit=1',
			headers: { 'anthropic-version': '2023-06-01' },
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			timeout: 30_000,
		},
		rules: [
			refusal(
				'error.type',
				'authentication_error',
				'The key is not accepted, since it is invalid, revoked or expired: check that all of it was copied, or create a new one. A key for models (sk-ant-api03-…) does not work here.',
			),
			refusal(
				'error.type',
				'permission_error',
				'The key lacks a scope: create a key with read:compliance_activities, or read:org_audit; the scopes of a key cannot be changed.',
			),
			refusal(
				'error.type',
				'not_found_error',
				'There is no Activity Feed at this address: check the base URL, and that the Compliance API is enabled for the organization.',
			),
			refusal(
				'error.type',
				'rate_limit_error',
				"The organization's requests to the API are used up for now: try again in a minute.",
			),
			refusal(
				'type',
				'error',
				'The API is unavailable or refused the request: try again, and look at the status page of Anthropic if it stays so.',
			),
			// Whatever else answers, such as a proxy's login page, is not the feed.
			refusal(
				'has_more',
				undefined,
				'The answer is not from the Activity Feed: check the base URL and what stands between n8n and the API.',
			),
		],
	};
}

function refusal(key: string, value: unknown, message: string) {
	return { type: 'responseSuccessBody', properties: { key, value, message } } as const;
}
