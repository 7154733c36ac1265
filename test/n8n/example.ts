import { readFileSync } from 'node:fs';
import { PACKAGE } from './package-under-test';
import { CREDENTIAL_TYPE, POLL_TIMES, type Workflow, type WorkflowNode } from './workflow';

/** The folder of the example workflows. */
export const EXAMPLES = 'docs/examples';

/** The credentials that nodes of others need, by the type of node. The examples leave them out. */
const FOREIGN_CREDENTIALS: ReadonlyMap<string, string> = new Map([
	['n8n-nodes-base.googleSheets', 'googleSheetsOAuth2Api'],
	['n8n-nodes-base.postgres', 'postgres'],
	['n8n-nodes-base.slack', 'slackApi'],
]);

/** The workflow in a file of the examples. */
export function exampleWorkflow(file: string): Workflow {
	return JSON.parse(readFileSync(`${EXAMPLES}/${file}`, 'utf8')) as Workflow;
}

/** The type of the credential that a node needs; `undefined` if it needs none. */
export function credentialTypeOf({ type, parameters }: WorkflowNode): string | undefined {
	if (type.startsWith(`${PACKAGE}.`)) return CREDENTIAL_TYPE;
	if (type !== 'n8n-nodes-base.httpRequest') return FOREIGN_CREDENTIALS.get(type);
	const { authentication, genericAuthType, nodeCredentialType } = parameters;
	return String(authentication === 'genericCredentialType' ? genericAuthType : nodeCredentialType);
}

/**
 * An example that sends something over HTTP, as a user sets it up. Its trigger polls every five seconds, and
 * its nodes try again at once.
 *
 * @param origin takes the place of the address in the example
 * @param credentials n8n's ids of the credentials, by their types
 */
export function sendingWorkflow(
	file: string,
	origin: string,
	credentials: Record<string, string>,
): Workflow {
	const workflow = exampleWorkflow(file);
	for (const node of workflow.nodes) {
		const type = credentialTypeOf(node);
		if (type !== undefined) node.credentials = { [type]: { id: credentials[type]!, name: type } };
		if ('pollTimes' in node.parameters) node.parameters.pollTimes = POLL_TIMES;
		const { url } = node.parameters;
		if (typeof url === 'string')
			node.parameters.url = origin + new URL(url).pathname + new URL(url).search;
		// n8n reads 0 as its default, a second.
		if (node.retryOnFail) node.waitBetweenTries = 1;
	}
	return workflow;
}
