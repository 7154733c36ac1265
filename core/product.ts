/** How the product names itself to the API. `version` is kept in step with package.json by a test. */
export const product = { name: 'n8n-nodes-anthropic-compliance', version: '0.1.0' } as const;
