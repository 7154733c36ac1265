import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ACCESS_KEY } from '../test/simulators/activity-feed/keys';
import { N8n } from '../test/n8n/n8n';
import { PostgresExample } from '../test/n8n/postgres-example';
import { PostgreSql } from '../test/n8n/postgresql';
import { until } from '../test/n8n/until';
import { CREDENTIAL_TYPE } from '../test/n8n/workflow';
import type { Server } from './api/server-process';
import { measuring, type Usage } from './measure';

/** How many items an execution gets: the trigger's default. */
const BATCH = 5000;
const LONGEST_MS = 45 * 60_000;
const TRIGGER_PARAMETERS = {
	pollTimes: { item: [{ mode: 'everyMinute' }] },
	options: { deliver: 'untilSuccess' },
};

/** What it took n8n to get all activities into a table. */
export interface HandOver extends Usage {
	/** From the start of the first execution until the last row is there. */
	readonly wallMs: number;
	/** Bytes of n8n's own database, which keeps the executions with their items. */
	readonly databaseSize: number;
}

export interface HandOvers {
	readonly trigger: HandOver;
	readonly codeNode: HandOver;
}

/**
 * Measures a backfill in a real n8n: the trigger waits for each execution of the example that stores
 * activities in Postgres. It is compared with n8n alone: a Code node hands the same items over to the
 * same Postgres node.
 *
 * @param server has `count` activities
 * @throws Error when n8n fails, or an activity is missing in the end
 */
export async function measureHandOvers(
	server: Server,
	count: number,
	say: (line: string) => void,
): Promise<HandOvers> {
	await server.under({ latency: 0, requestsPerMinute: null });
	const directory = mkdtempSync(path.join(tmpdir(), 'hand-over-'));
	const postgresql = await PostgreSql.start();
	try {
		const filled = new PostgresExample(postgresql, 'trigger');
		say('  the trigger');
		const trigger = await measured(directory, say, async (n8n) => {
			await publishTrigger(n8n, filled, server.url);
			return () => untilStored(filled, count);
		});
		writeBatches(filled, directory);
		const again = new PostgresExample(postgresql, 'code_node');
		say('  a Code node');
		const codeNode = await measured(directory, say, async (n8n) => {
			const url = await publishCodeNode(n8n, again, directory);
			return async () => {
				for (let batch = 0; batch * BATCH < count; batch++) await call(`${url}?batch=${batch}`);
				await untilStored(again, count);
			};
		});
		return { trigger, codeNode };
	} finally {
		await postgresql.close();
		rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
	}
}

/**
 * Measures work in a new n8n.
 *
 * @param prepare returns the work, of which the time is measured
 */
async function measured(
	directory: string,
	say: (line: string) => void,
	prepare: (n8n: N8n) => Promise<() => Promise<void>>,
): Promise<HandOver> {
	const { through, usage } = measuring(directory);
	// The Code node reads the items from files.
	const environment = { NODE_FUNCTION_ALLOW_BUILTIN: 'fs' };
	const n8n = await N8n.start({ say, through, environment });
	try {
		const work = await prepare(n8n);
		const started = performance.now();
		await work();
		const wallMs = performance.now() - started;
		await n8n.stop();
		return { ...usage(), wallMs, databaseSize: n8n.databaseSize };
	} finally {
		await n8n.close();
	}
}

async function publishTrigger({ editor }: N8n, example: PostgresExample, baseUrl: string) {
	const credential = { apiKey: ACCESS_KEY, baseUrl };
	const anthropicComplianceApi = await editor.createCredential(CREDENTIAL_TYPE, credential);
	const postgres = await editor.createCredential('postgres', example.credential);
	const workflow = example.workflow({ anthropicComplianceApi, postgres }, TRIGGER_PARAMETERS);
	await editor.publish(await editor.createWorkflow(workflow));
}

/** Publishes a workflow that stores the batch that a call names, and returns the address to call. */
async function publishCodeNode(n8n: N8n, example: PostgresExample, directory: string) {
	const postgres = await n8n.editor.createCredential('postgres', example.credential);
	const workflow = example.storing({ postgres }, [
		{
			id: 'webhook',
			name: 'Webhook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2,
			position: [0, 0],
			parameters: { path: 'batch', responseMode: 'lastNode', options: {} },
		},
		{
			id: 'code',
			name: 'Code',
			type: 'n8n-nodes-base.code',
			typeVersion: 2,
			position: [200, 0],
			parameters: {
				jsCode: `const file = ${JSON.stringify(directory)} + '/' + $json.query.batch + '.json';
return JSON.parse(require('fs').readFileSync(file, 'utf8')).map((json) => ({ json }));`,
			},
		},
	]);
	await n8n.editor.publish(await n8n.editor.createWorkflow(workflow));
	return `${n8n.url}/webhook/batch`;
}

/** Writes the items that the table was filled with to files, one for each batch. */
function writeBatches(example: PostgresExample, directory: string): void {
	const items = example.items();
	for (let batch = 0; batch * BATCH < items.length; batch++) {
		const part = items.slice(batch * BATCH, (batch + 1) * BATCH);
		writeFileSync(path.join(directory, `${batch}.json`), JSON.stringify(part));
	}
}

async function call(url: string): Promise<void> {
	const response = await fetch(url);
	if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
	await response.arrayBuffer();
}

async function untilStored(example: PostgresExample, count: number): Promise<void> {
	await until(`${count} rows are stored`, () => example.count() >= count, LONGEST_MS);
}
