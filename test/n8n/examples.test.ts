import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { N8n } from './n8n';
import { credentialTypeOf, exampleWorkflow, EXAMPLES } from './example';
import { PACKAGE } from './package-under-test';
import { Scene } from './scene';
import { until } from './until';
import { CREDENTIAL_TYPE, type Workflow } from './workflow';

const WEBHOOK = 'fail-now';

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
		const workflow = exampleWorkflow(file);
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

	test('the error workflow reports a failure, and is then quiet', async () => {
		const reports = exampleWorkflow('report-failed-workflows.json');
		reports.nodes = reports.nodes.filter(({ type }) => !type.endsWith('.slack'));
		delete reports.connections['Write the Message'];
		const errorWorkflow = await n8n.editor.createWorkflow(reports);
		await n8n.editor.publish(errorWorkflow);
		const failing = await n8n.editor.createWorkflow(failingWorkflow(errorWorkflow));
		await n8n.editor.publish(failing);
		for (let count = 1; count <= 3; count++) {
			await fetch(`${n8n.url}/webhook/${WEBHOOK}`);
			await until(
				'the failure was handled',
				() =>
					n8n.database.executions(errorWorkflow).filter(({ status }) => status === 'success')
						.length === count,
			);
		}
		expect(n8n.database.staticData(errorWorkflow)).toEqual({
			global: { [failing]: { at: expect.any(Number), leftOut: 2 } },
		});
		await n8n.editor.unpublish(failing);
		await n8n.editor.unpublish(errorWorkflow);
	});

	/** Adds the credentials, as a user must in an imported workflow. Services other than the feed get invented ones. */
	async function withCredentials(workflow: Workflow): Promise<Workflow> {
		for (const node of workflow.nodes) {
			const type = credentialTypeOf(node);
			if (type === undefined) continue;
			const id =
				type === CREDENTIAL_TYPE ? scene.credentialId : await n8n.editor.createCredential(type, {});
			node.credentials = { [type]: { id, name: type } };
		}
		return workflow;
	}
});

/** A workflow that fails whenever its webhook is called. */
function failingWorkflow(errorWorkflow: string): Workflow {
	return {
		name: 'Failing',
		nodes: [
			{
				id: 'a8a7e9a4-3f0c-4d0c-9a55-5a6d7b6f0c01',
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				parameters: { path: WEBHOOK },
				webhookId: WEBHOOK,
			},
			{
				id: 'a8a7e9a4-3f0c-4d0c-9a55-5a6d7b6f0c02',
				name: 'Fail',
				type: 'n8n-nodes-base.stopAndError',
				typeVersion: 1,
				position: [200, 0],
				parameters: { errorMessage: 'It failed.' },
			},
		],
		connections: { Webhook: { main: [[{ node: 'Fail', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1', errorWorkflow },
	};
}

function examples(): string[] {
	return readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
}
