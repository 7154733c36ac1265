import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { toEcs } from '../../core';
import type { Destination } from '../simulators/destinations/destination';
import { Elasticsearch } from '../simulators/destinations/elasticsearch';
import { Slack } from '../simulators/destinations/slack';
import { Splunk } from '../simulators/destinations/splunk';
import { sendingWorkflow } from './example';
import { N8n } from './n8n';
import { Scene } from './scene';
import { until } from './until';
import { CREDENTIAL_TYPE, type Workflow } from './workflow';

const DAY = 24 * 60 * 60_000;

/** How often n8n's nodes try, as the examples set it. */
const TRIES = 5;

describe('an example whose destination is down', () => {
	let n8n: N8n;
	let elasticsearch: Elasticsearch;
	let splunk: Splunk;
	let slack: Slack;
	let scene: Scene | undefined;

	beforeAll(async () => {
		elasticsearch = await new Elasticsearch().open();
		splunk = await new Splunk().open();
		slack = await new Slack().open();
		// All of them have the same certificate.
		const NODE_EXTRA_CA_CERTS = slack.environment.CURL_CA_BUNDLE!;
		n8n = await N8n.start({ environment: { NODE_EXTRA_CA_CERTS } });
	});
	afterEach(async () => {
		await scene?.close();
		scene = undefined;
	});
	afterAll(async () => {
		await n8n.close();
		for (const destination of [elasticsearch, splunk, slack]) await destination.close();
	});

	/** Opens a scene whose workflow is an example with a trigger. */
	async function open(file: string, origin: string, authorization: string): Promise<Scene> {
		const data = { name: 'Authorization', value: authorization };
		const httpHeaderAuth = await n8n.editor.createCredential('httpHeaderAuth', data);
		scene = await Scene.open(n8n, (id) =>
			sendingWorkflow(file, origin, { [CREDENTIAL_TYPE]: id, httpHeaderAuth }),
		);
		return scene;
	}

	/** Fills the feed, and lets the workflow run twice while the destination is down, and again when it is back. */
	async function surviveOutage(scene: Scene, destination: Destination): Promise<void> {
		scene.populate(1200);
		for (const [failed, outage] of (['hang-up', 503] as const).entries()) {
			destination.down = outage;
			await publishAgain(scene);
			await until('the execution has failed', () => failures(scene).length > failed);
		}
		expect(destination.held).toEqual([]);
		destination.down = undefined;
		await publishAgain(scene);
		await until('everything has arrived', () => destination.held.length >= 1200);
		await scene.polled(2);
		await scene.idle();
	}

	/** Publishes the workflow, so that it polls at once and does not wait for the next try. */
	async function publishAgain(scene: Scene): Promise<void> {
		if (scene.workflowId) await n8n.editor.unpublish(scene.workflowId);
		await scene.publish();
	}

	const failures = ({ executions }: Scene) =>
		executions.filter(({ status }) => status === 'error').map(({ error }) => error);

	test('stores everything in Elasticsearch, once, and nothing waits for a refused document', async () => {
		const scene = await open(
			'store-in-elasticsearch.json',
			elasticsearch.variables.ELASTICSEARCH_URL,
			`ApiKey ${elasticsearch.secrets.ELASTICSEARCH_API_KEY}`,
		);
		await surviveOutage(scene, elasticsearch);
		expect(documents()).toEqual(expected(scene));

		const before = failures(scene).length;
		elasticsearch.refuses = (text) => (text.includes('refused.example') ? 400 : undefined);
		const domains = ['one.example', 'refused.example', 'two.example'];
		const [one, , two] = domains.map((domain) =>
			scene.happen({ type: 'org_domain_removed', domain }),
		);
		await until('both others are stored', () => {
			return [one, two].every((row) => documents().has(row!.id));
		});
		await until('the execution has failed', () => failures(scene).length > before);
		expect(failures(scene).at(-1)).toMatch(/ not stored all activities .* statuses: .*400/);
		elasticsearch.refuses = () => undefined;
		await publishAgain(scene);
		await until('everything is stored', () => documents().size === scene.shown.length);
		expect(documents()).toEqual(expected(scene));
	});

	/** What Elasticsearch holds, by id. */
	function documents(): Map<string, unknown> {
		return new Map(
			[...elasticsearch.documents].map(([path, text]) => {
				expect(path).toMatch(/^logs-anthropic\.audit-compliance\//);
				// nodes/examples has what watches say.
				const event = JSON.parse(text) as Record<string, unknown>;
				expect(event.labels).toEqual({ severity: expect.any(String) });
				delete event.labels;
				delete event.tags;
				return [path.slice(path.indexOf('/') + 1), event];
			}),
		);
	}

	/** The documents of the feed's activities, by id. */
	function expected({ feed, shown }: Scene): Map<string, unknown> {
		const rows = new Map(feed.rows().map(({ id, json }) => [id, json]));
		return new Map(
			shown.map((id) => [id, JSON.parse(JSON.stringify(toEcs(rows.get(id)!, false))) as unknown]),
		);
	}

	test('sends everything to Splunk, as the API sent it', async () => {
		const scene = await open(
			'send-to-splunk.json',
			splunk.variables.SPLUNK_HEC_URL,
			`Splunk ${splunk.secrets.SPLUNK_HEC_TOKEN}`,
		);
		await surviveOutage(scene, splunk);
		const rows = new Map(scene.feed.rows().map((row) => [row.id, row]));
		const sent = scene.shown.map((id) => rows.get(id)!);
		expect(splunk.events).toEqual(
			sent.map(({ createdAt, json }) => ({
				time: createdAt / 1000,
				sourcetype: 'anthropic:compliance:activity',
				raw: json,
			})),
		);

		// An answer that does not say that the events are taken is a failure, even with the status 200.
		const before = failures(scene).length;
		for (const body of [[], { code: 9 }, 'busy']) {
			splunk.impostor = { status: 200, body };
			const { length } = failures(scene);
			scene.happen();
			await publishAgain(scene);
			await until('the execution has failed', () => failures(scene).length > length);
		}
		expect(failures(scene).slice(before)).toEqual([
			expect.stringContaining('Its code: none'),
			expect.stringContaining('Its code: 9'),
			expect.stringContaining('Its code: none'),
		]);
		splunk.impostor = undefined;
		await publishAgain(scene);
		await until('everything has arrived', () => splunk.held.length >= scene.shown.length);
		expect(splunk.held).toHaveLength(scene.shown.length);
	});

	describe('the daily digest', () => {
		/** Publishes the digest, with a webhook in the place of its schedule, and begins an execution. */
		async function begin(change: (workflow: Workflow) => void = () => undefined): Promise<string> {
			const data = { accessToken: slack.secrets.SLACK_TOKEN };
			const slackApi = await n8n.editor.createCredential('slackApi', data);
			scene = await Scene.open(n8n);
			const workflow = sendingWorkflow('daily-digest.json', slack.variables.SLACK_URL, {
				[CREDENTIAL_TYPE]: scene.credentialId,
				slackApi,
			});
			for (const node of workflow.nodes) {
				if (node.type.endsWith('.wait')) node.parameters = { amount: 1, unit: 'seconds' };
				if (!node.type.endsWith('.scheduleTrigger')) continue;
				const path = `digest-${workflows++}`;
				Object.assign(node, {
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					parameters: { path },
					webhookId: path,
				});
			}
			change(workflow);
			scene.workflowId = await n8n.editor.createWorkflow(workflow);
			expect(await n8n.editor.publish(scene.workflowId)).toMatchObject({ status: 'published' });
			return `${n8n.url}/webhook/digest-${workflows - 1}`;
		}
		let workflows = 0;

		const ended = (scene: Scene) =>
			until('the execution has ended', () =>
				scene.executions.find(({ status }) => status === 'success' || status === 'error'),
			);

		test('arrives once, when Slack is back', async () => {
			const webhook = await begin();
			const yesterday = new Date(Date.now() - DAY).toISOString().slice(0, 10);
			for (let hour = 10; hour < 15; hour++) {
				scene!.happen({ created_at: `${yesterday}T${hour}:00:00Z` });
			}
			scene!.happen({
				type: 'org_sso_toggled',
				enabled: false,
				created_at: `${yesterday}T12:00:00Z`,
			});
			slack.down = 'hang-up';
			await fetch(webhook);
			await until('it has tried', () => slack.requests.length >= TRIES);
			slack.down = 503;
			await until('it has waited, and tried again', () => slack.requests.length > TRIES);
			expect(slack.held).toEqual([]);
			slack.down = undefined;
			expect(await ended(scene!)).toMatchObject({ status: 'success' });
			expect(slack.held).toEqual([
				[
					`:newspaper: *Claude on ${yesterday}: 6 activities.*`,
					'*Severity:* high 1 · low 5',
					'*Category:* chat 5 · identity 1',
					'*Set off a watch:* 1',
					'• `high` · `sso-disabled` · 1 · `someone@example.com`',
				].join('\n'),
			]);
		});

		test('says that nothing happened', async () => {
			slack.held.length = 0;
			await fetch(await begin());
			expect(await ended(scene!)).toMatchObject({ status: 'success' });
			expect(slack.held).toEqual([
				expect.stringMatching(/^:newspaper: \*Claude on [\d-]{10}: nothing happened\.\*$/),
			]);
		});

		test('fails when Slack refuses it', async () => {
			const webhook = await begin(({ nodes }) => {
				const { parameters } = nodes.find(({ name }) => name === 'Post the Digest')!;
				parameters.jsonBody = String(parameters.jsonBody).replace('#security-alerts', '#nowhere');
			});
			await fetch(webhook);
			expect(await ended(scene!)).toMatchObject({
				status: 'error',
				error: 'Slack has not taken the digest: channel_not_found.',
			});
		});

		test('fails when Slack stays away', async () => {
			const before = slack.requests.length;
			const webhook = await begin();
			slack.down = 503;
			await fetch(webhook);
			expect(await ended(scene!)).toMatchObject({
				status: 'error',
				error: 'Slack has not taken the digest: there was no usable answer.',
			});
			slack.down = undefined;
			expect(slack.requests.length - before).toBe(13 * TRIES);
		});
	});
});
