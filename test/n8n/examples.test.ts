import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { N8n } from './n8n';
import { PACKAGE } from './package-under-test';
import { Scene } from './scene';
import { until } from './until';
import { CREDENTIAL_TYPE, type Workflow } from './workflow';

const EXAMPLES = 'docs/examples';

/** The credentials that nodes of others need, by the type of node. The examples leave them out. */
const FOREIGN_CREDENTIALS: ReadonlyMap<string, string> = new Map([
	['n8n-nodes-base.googleSheets', 'googleSheetsOAuth2Api'],
	['n8n-nodes-base.postgres', 'postgres'],
	['n8n-nodes-base.slack', 'slackApi'],
]);

describe('the example workflows', () => {
	let n8n: N8n;
	let scene: Scene;

	beforeAll(async () => {
		n8n = await N8n.start();
		scene = await Scene.open(n8n);
	});
	afterAll(async () => {
		await scene.close();
		await n8n.close();
	});

	test.each(examples())('%s can be imported, and published or run', async (file) => {
		const workflow = JSON.parse(readFileSync(`${EXAMPLES}/${file}`, 'utf8')) as Workflow;
		const id = await n8n.editor.createWorkflow(await withCredentials(workflow));
		const ours = workflow.nodes.find(({ type }) => type.startsWith(`${PACKAGE}.`));
		const asked = scene.feed.requests.length;

		if (ours?.type === `${PACKAGE}.anthropicCompliance`) {
			await n8n.editor.executeStep(id, ours.name);
			await until('the run has ended', () =>
				n8n.database.executions(id).some(({ status }) => status === 'success'),
			);
		} else {
			expect(await n8n.editor.publish(id)).toMatchObject({ status: 'published' });
			await n8n.editor.unpublish(id);
		}
		if (ours) expect(scene.feed.requests.length).toBeGreaterThan(asked);
	});

	/** Adds the credentials, as a user must in an imported workflow. Services other than the feed get invented ones. */
	async function withCredentials(workflow: Workflow): Promise<Workflow> {
		for (const node of workflow.nodes) {
			const type = node.type.startsWith(`${PACKAGE}.`)
				? CREDENTIAL_TYPE
				: FOREIGN_CREDENTIALS.get(node.type);
			if (type === undefined) continue;
			const id =
				type === CREDENTIAL_TYPE ? scene.credentialId : await n8n.editor.createCredential(type, {});
			node.credentials = { [type]: { id, name: type } };
		}
		return workflow;
	}
});

function examples(): string[] {
	return readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
}
