import { readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { DateTime } from 'luxon';
import type { IDataObject, INodeParameters, INodeProperties } from 'n8n-workflow';
import { defaultWatches, isAtLeast, toEcs } from '../../core';
import { AnthropicCompliance } from '../../nodes/AnthropicCompliance/AnthropicCompliance.node';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node';
import { HOSTILE_STRINGS } from '../simulators/activity-feed/hostile-strings';
import { DAY, GetManyBench, MINUTE, SECOND, time, TriggerBench } from './harness';

interface Node {
	name: string;
	type: string;
	parameters: INodeParameters;
	credentials?: object;
	retryOnFail?: boolean;
	maxTries?: number;
	waitBetweenTries?: number;
}

interface Workflow {
	nodes: Node[];
	connections: Record<string, { main: { node: string }[][] }>;
}

const PACKAGE = 'n8n-nodes-anthropic-compliance';
const TRIGGER = `${PACKAGE}.anthropicComplianceTrigger`;
const GET_MANY = `${PACKAGE}.anthropicCompliance`;
const FOLDER = 'docs/examples';

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const read = (file: string) => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Workflow;

function nodeIn(file: string, wanted: string): Node {
	const found = read(file).nodes.find(({ name, type }) => name === wanted || type === wanted);
	if (!found) throw new Error(`${file} has no ${wanted}.`);
	return found;
}

/** The parameters that are our own: n8n adds the poll times. */
function withoutPollTimes(parameters: INodeParameters): INodeParameters {
	return Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'pollTimes'));
}

/** The values of an expression in a workflow, for each of these items. */
function evaluated(expression: unknown, items: IDataObject[]): unknown[] {
	const bench = new GetManyBench({ parameters: { from: expression as string } });
	const context = bench.installation.executeContext(items.map((json) => ({ json })));
	return items.map((_, index) => context.getNodeParameter('from', index));
}

/** The expression with which an example writes a line for each item. */
function lineIn(file: string): string {
	const { parameters } = nodeIn(file, 'n8n-nodes-base.set');
	const { assignments } = parameters as unknown as {
		assignments: { assignments: [{ value: string }] };
	};
	return assignments.assignments[0].value;
}

describe.each(files)('the example %s', (file) => {
	const { nodes } = read(file);

	test('holds no credential of others: n8n would refuse to fetch a test event', () => {
		const foreign = nodes.filter(({ type }) => !type.startsWith(PACKAGE));
		expect(foreign.filter(({ credentials }) => credentials)).toEqual([]);
	});

	test('tries again where a node talks to another system', () => {
		const talking = nodes.filter(
			({ type }) => type === GET_MANY || /\.(slack|postgres|googleSheets|httpRequest)$/.test(type),
		);
		expect(talking.length).toBeGreaterThan(0);
		for (const node of talking) {
			// The most that n8n allows.
			expect(node).toMatchObject({ retryOnFail: true, maxTries: 5, waitBetweenTries: 5000 });
		}
	});

	test('uses parameters that our nodes have', () => {
		const descriptions = new Map([
			[TRIGGER, new AnthropicComplianceTrigger().description.properties],
			[GET_MANY, new AnthropicCompliance().description.properties],
		]);
		for (const { type, parameters } of nodes) {
			const properties = descriptions.get(type);
			if (!properties) continue;
			const own = withoutPollTimes(parameters);
			expect(Object.keys(own)).toEqual(named(properties, own));
			for (const [name, value] of Object.entries(own)) {
				const { type: kind, options } = properties.find((each) => each.name === name)!;
				if (kind !== 'collection') continue;
				expect(Object.keys(value as object)).toEqual(
					named(options as INodeProperties[], value as object),
				);
			}
		}
	});

	/** The names of the values that the panel has. */
	function named(properties: INodeProperties[], values: object): string[] {
		const known = new Set(properties.map(({ name }) => name));
		return Object.keys(values).filter((name) => known.has(name));
	}
});

describe('a destination that takes an activity twice without harm', () => {
	test.each([
		['store-in-postgres.json', { options: { skipOnConflict: true } }],
		['read-a-missed-interval-again.json', { options: { skipOnConflict: true } }],
		['append-to-google-sheets.json', { operation: 'appendOrUpdate' }],
	])('is that of %s', (file, parameters) => {
		const { nodes } = read(file);
		const stores = nodes.filter(({ parameters: { columns } }) => columns !== undefined);
		expect(stores).toHaveLength(1);
		expect(stores[0]?.parameters).toMatchObject({
			...parameters,
			columns: { matchingColumns: ['id'] },
		});
	});

	test.each([
		'store-in-postgres.json',
		'append-to-google-sheets.json',
		'store-in-elasticsearch.json',
		'send-to-splunk.json',
	])('gets them until they have arrived: %s', (file) =>
		expect(nodeIn(file, TRIGGER).parameters).toMatchObject({
			options: { deliver: 'untilSuccess' },
		}),
	);
});

/** What the trigger of an example delivers of these records and of an unreadable one, as its next node writes it. */
async function linesWith(file: string, unreadable: string, ...records: object[]) {
	const parameters = withoutPollTimes(nodeIn(file, TRIGGER).parameters);
	const bench = await new TriggerBench({ parameters }).publish();
	time.pass(MINUTE);
	const rows = records.map((record, i) =>
		bench.feed.add(
			{
				type: 'claude_chat_created',
				created_at: instantAt(bench.now - 30 * SECOND + i),
				...record,
			},
			{ visibleAt: bench.now },
		),
	);
	bench.unreadable(SECOND, unreadable);
	await bench.poll();
	return { rows, items: bench.items, lines: evaluated(lineIn(file), bench.items) as string[] };
}

/** An instant in UTC, as the API writes it. */
const instantAt = (ms: number) => new Date(ms).toISOString();

describe('the documents for Elasticsearch', () => {
	test('are those of the format, each after its action, whatever users write', async () => {
		const records = HOSTILE_STRINGS.map((domain) => ({ type: 'org_domain_removed', domain }));
		const { rows, lines } = await linesWith('store-in-elasticsearch.json', '{"id":7}', ...records);
		expect(lines).toHaveLength(rows.length + 1);
		for (const [i, { id, json }] of rows.entries()) {
			const [action, document, ...others] = lines[i]!.split('\n').map(
				(text) => JSON.parse(text) as unknown,
			);
			expect(others).toEqual([]);
			expect(action).toEqual({ create: { _id: id } });
			expect(document).toEqual({
				...(JSON.parse(JSON.stringify(toEcs(json, false))) as object),
				labels: { severity: 'high' },
				tags: ['domain-boundary-changed'],
			});
		}
	});

	test('hold the text of an unreadable record, under an id of its own', async () => {
		const { items, lines } = await linesWith('store-in-elasticsearch.json', '{"id":7}');
		expect(lines).toEqual([
			`{"create":{"_id":"${String(items[0]?.id)}"}}\n{"unreadable":"{\\"id\\":7}"}`,
		]);
	});
});

describe('the events for Splunk', () => {
	test('are the texts of the records, with their times in seconds', async () => {
		const records = HOSTILE_STRINGS.map((domain) => ({ type: 'org_domain_removed', domain }));
		const { rows, lines } = await linesWith('send-to-splunk.json', '{"id":7}', ...records);
		expect(lines).toEqual([
			...rows.map(({ createdAt, json }) => {
				const sourcetype = '"sourcetype":"anthropic:compliance:activity"';
				return `{"time":${createdAt / 1000},${sourcetype},"event":${json}}`;
			}),
			'{"sourcetype":"anthropic:compliance:unreadable","event":"{\\"id\\":7}"}',
		]);
	});

	test.each([
		['2026-02-28T23:59:60.5Z', 1_772_323_199.5],
		['2026-02-28t23:59:59.1234567z', 1_772_323_199.123],
		['2026-03-01T05:29:59+05:30', 1_772_323_199],
	])('have a time for %s', (text, seconds) => {
		const [line] = evaluated(lineIn('send-to-splunk.json'), [{ time: text, rawJson: '{}' }]) as [
			string,
		];
		expect(JSON.parse(line)).toMatchObject({ time: seconds, event: {} });
	});
});

describe('the daily digest', () => {
	const file = 'daily-digest.json';
	const timezone = 'Asia/Kathmandu';
	/** The present is noon in UTC, so the last midnight there was 17 h 45 min ago. */
	const MIDNIGHT = 17 * 60 * MINUTE + 45 * MINUTE;
	let bench: GetManyBench;

	beforeEach(() => {
		const { parameters } = nodeIn(file, GET_MANY);
		bench = new GetManyBench({ parameters, timezone });
	});

	/** The message about what is in the feed. */
	async function digest(): Promise<string> {
		const found = await bench.execute();
		// n8n returns an empty item in the place of none, because the node is set to.
		expect(nodeIn(file, GET_MANY)).toMatchObject({ alwaysOutputData: true });
		const items = found.length > 0 ? found : [{ json: {} }];
		const { jsCode } = nodeIn(file, 'n8n-nodes-base.code').parameters;
		const [{ json }] = runInNewContext(`(() => {${String(jsCode)}})()`, {
			$input: { all: () => items },
			$today: DateTime.fromMillis(bench.now, { zone: timezone }).startOf('day'),
		}) as [{ json: { text: string } }];
		return json.text;
	}

	const someone = { type: 'user_actor', email_address: 'a@example.com' };

	test('counts yesterday in the time zone of the workflow, by severity, category and watch', async () => {
		bench.happened(MIDNIGHT + DAY + 1, { type: 'org_sso_toggled', enabled: false });
		bench.happened(MIDNIGHT + DAY, { type: 'org_sso_toggled', enabled: false, actor: someone });
		for (let count = 0; count < 12; count++) bench.happened(MIDNIGHT + 3 * SECOND);
		bench.happened(MIDNIGHT + 2 * SECOND, { type: 'compliance_api_accessed', request_id: 'req_x' });
		for (const ago of [SECOND, 1]) {
			bench.happened(MIDNIGHT + ago, { type: 'admin_api_key_deleted', actor: someone });
		}
		bench.happened(MIDNIGHT, { type: 'org_sso_toggled', enabled: false });
		expect((await digest()).split('\n')).toEqual([
			':newspaper: *Claude on 2026-02-28: 15 activities.*',
			'*Severity:* high 1 · medium 2 · low 12',
			'*Category:* chat 12 · credential 2 · identity 1',
			'*Set off a watch:* 3',
			'• `high` · `sso-disabled` · 1 · `a@example.com`',
			'• `medium` · `admin-api-key-deleted` · 2 · `a@example.com`',
		]);
	});

	test('says when nothing happened', async () => {
		bench.happened(MIDNIGHT);
		expect(await digest()).toBe(':newspaper: *Claude on 2026-02-28: nothing happened.*');
	});

	test('says how many records cannot be read', async () => {
		bench.unreadable(MIDNIGHT + MINUTE, '{"id":7}');
		expect((await digest()).split('\n')).toEqual([
			':newspaper: *Claude on 2026-02-28: 0 activities.*',
			'*Unreadable records:* 1. This execution has them.',
		]);
	});

	test('names three of those who set off a watch, and lets none become a link or a new line', async () => {
		for (const text of HOSTILE_STRINGS) {
			bench.happened(MIDNIGHT + MINUTE, {
				type: 'org_ip_restriction_deleted',
				actor: { type: 'user_actor', email_address: text },
			});
		}
		const [, ...lines] = (await digest()).split('\n');
		const watches = lines.filter((line) => line.startsWith('•'));
		expect(watches.length).toBeGreaterThan(0);
		for (const line of watches) {
			expect(line).toMatch(/^• `high` · `[\w-]+` · \d+ · `[^`<>]*`(, `[^`<>]*`){2} and \d+ more$/u);
		}
		expect(lines).toHaveLength(3 + watches.length);
	});
});

describe('the alert on sensitive activity', () => {
	const file = 'alert-on-sensitive-activity.json';
	const expression = lineIn(file);

	/** The lines for these records, of those that the trigger lets through. */
	async function linesOf(...records: Record<string, unknown>[]): Promise<string[]> {
		const parameters = withoutPollTimes(nodeIn(file, TRIGGER).parameters);
		const bench = await new TriggerBench({ parameters }).publish();
		time.pass(MINUTE);
		records.forEach((record, i) => bench.happened((records.length - i) * SECOND, record));
		await bench.poll();
		return evaluated(expression, bench.items) as string[];
	}

	test('says that single sign-on is off, how bad that is and which watch says so', async () => {
		const [line, ...others] = await linesOf(
			{ type: 'org_sso_toggled', enabled: true },
			{ type: 'org_sso_toggled', enabled: false },
		);
		expect(line).toMatch(/^• `high` · `sso-disabled` · `Organization SSO Toggled` · `off` · /);
		expect(others).toEqual([]);
	});

	test.each([
		['sign-ins that fail in a burst', 'sso_login_failed', 5, 'authentication-failures'],
		['many chats that are deleted', 'claude_chat_deleted', 30, 'many-chats-deleted'],
	])('says in one line that there are %s', async (_, type, count, watch) => {
		const actor = { type: 'user_actor', user_id: 'user_1' };
		const lines = await linesOf(...Array.from({ length: count }, () => ({ type, actor })));
		expect(lines).toEqual([expect.stringContaining(`• \`medium\` · \`${watch}\` · `)]);
	});

	test('says which key, and what it may do', async () => {
		const [line] = await linesOf({
			type: 'admin_api_key_created',
			admin_api_key_id: 'admin_api_key_01',
			scopes: ['read:compliance_activities'],
			actor: { type: 'user_actor', email_address: 'a@example.com', user_agent: 'curl/8' },
		});
		expect(line).toContain(
			'`scopes: ["read:compliance_activities"]` · `admin_api_key_01` · `a@example.com`',
		);
		expect(line).not.toContain('curl');
	});

	test.each([
		['role_assignment_granted', { role: 'owner', target_id: 'user_2' }, 'role: owner'],
		['org_ip_restriction_updated', {}, 'Organization IP Restriction Updated'],
		['org_domain_removed', {}, 'Organization Domain Removed'],
		['org_domain_verified', {}, 'Organization Domain Verified'],
		[
			'platform_workspace_inference_data_retention_disabled',
			{},
			'Platform Workspace Inference Data Retention Disabled',
		],
	])('knows %s', async (type, fields, said) => {
		const [line] = await linesOf({ type, ...fields });
		expect(line).toContain(`\`${said}\``);
	});

	test('leaves out the others', async () => {
		const role = { type: 'role_assignment_granted', role: 'chat_project:owner' };
		expect(await linesOf({ type: 'claude_chat_created' }, role)).toEqual([]);
	});

	test('has the watches of medium severity and more', () => {
		const { filters } = nodeIn(file, TRIGGER).parameters;
		const wanted = defaultWatches.filter(({ severity }) => isAtLeast(severity, 'medium'));
		expect(filters).toEqual({ watches: wanted.map(({ id }) => id).sort() });
	});

	test('lets no field become a link, a mention or a new line', async () => {
		const records = HOSTILE_STRINGS.map((text) => ({
			type: 'org_domain_removed',
			domain: text,
			actor: { type: 'user_actor', email_address: text },
		}));
		const lines = await linesOf(...records);
		expect(lines).toHaveLength(records.length);
		for (const line of lines) {
			expect(line).toMatch(/^• `[^`<>\n\r\u2028\u2029]*`( · `[^`<>\n\r\u2028\u2029]*`){8}$/);
		}
	});
});

test('the alert on readers says what they asked for', async () => {
	const file = 'watch-compliance-readers.json';
	const settings = withoutPollTimes(nodeIn(file, TRIGGER).parameters);
	const bench = await new TriggerBench({ parameters: settings }).publish();
	time.pass(MINUTE);
	bench.happened(SECOND, {
		type: 'compliance_api_accessed',
		actor: { type: 'api_actor', api_key_id: 'apikey_1' },
		request_id: 'req_x',
		request_method: 'GET',
		status_code: 200,
		url: 'https://api.anthropic.com/v1/compliance/activities',
	});
	await bench.poll();
	expect(evaluated(lineIn(file), bench.items)).toEqual([
		expect.stringContaining(
			'• `apikey_1` · `–` · `GET https://api.anthropic.com/v1/compliance/activities` · `200` · ',
		),
	]);
});

test('the text for Slack in docs/n8n.md has each field between backticks', async () => {
	const page = readFileSync('docs/n8n.md', 'utf8');
	const [, expression] = /^```\n(\{\{ \[\$json\.severity.*)\n```$/m.exec(page) ?? [];
	const bench = await new TriggerBench({
		parameters: { filters: { minimumSeverity: 'high' } },
	}).publish();
	time.pass(MINUTE);
	HOSTILE_STRINGS.forEach((text, i) =>
		bench.happened((HOSTILE_STRINGS.length - i) * SECOND, {
			type: 'org_ip_restriction_deleted',
			actor: { type: 'user_actor', email_address: text },
		}),
	);
	await bench.poll();
	const texts = evaluated(`=${expression}`, bench.items);
	expect(texts).toHaveLength(HOSTILE_STRINGS.length);
	for (const text of texts) {
		expect(text).toMatch(
			/^`high` · `ip-restriction-deleted` · `Organization IP Restriction Deleted`/,
		);
		expect(text).toMatch(/^`[^`<>\n\r\u2028\u2029]*`( · `[^`<>\n\r\u2028\u2029]*`){6}$/);
	}
});

describe('reading a missed interval again', () => {
	const file = 'read-a-missed-interval-again.json';

	test('starts each night, and by hand', () => {
		const { nodes, connections } = read(file);
		for (const type of ['scheduleTrigger', 'manualTrigger']) {
			const { name } = nodes.find((each) => each.type === `n8n-nodes-base.${type}`)!;
			expect(connections[name]?.main[0]?.[0]?.node).toBe(nodeIn(file, GET_MANY).name);
		}
	});

	test('reads all of yesterday in the time zone of the workflow, with the reads of others', async () => {
		const { parameters } = nodeIn(file, GET_MANY);
		const bench = new GetManyBench({ parameters, timezone: 'Asia/Kathmandu' });
		// The present is noon in UTC, so the last midnight there was 17 h 45 min ago.
		const midnight = 17 * 60 * MINUTE + 45 * MINUTE;
		bench.happened(midnight + DAY + 1);
		const first = bench.happened(midnight + DAY);
		const request = { type: 'compliance_api_accessed', request_id: 'req_x' };
		const readByOthers = bench.happened(midnight + 12 * 60 * MINUTE, request);
		const last = bench.happened(midnight + 1);
		bench.happened(midnight);
		const output = await bench.execute();
		expect(output.map(({ json }) => json.id)).toEqual([first, readByOthers, last]);
		expect(output[0]?.json).toHaveProperty('rawJson');
	});
});

describe('the error workflow', () => {
	const { parameters } = nodeIn('report-failed-workflows.json', 'n8n-nodes-base.code');
	const HOUR = 60 * MINUTE;

	/** n8n, which saves static data as JSON after each execution. */
	class ErrorWorkflow {
		#saved = '{}';

		/** The failures that are reported, and how many were left out before each. */
		fails(at: number, message: string, id = 'workflow-1'): [message: string, leftOut: number][] {
			const failure = { workflow: { id }, execution: { error: { message } } };
			const staticData = JSON.parse(this.#saved) as object;
			const output = runInNewContext(`(() => {${String(parameters.jsCode)}})()`, {
				$input: { all: () => [{ json: failure }] },
				$getWorkflowStaticData: () => staticData,
				Date: { now: () => at },
			}) as { json: typeof failure & { leftOut: number } }[];
			this.#saved = JSON.stringify(staticData);
			return output.map(({ json }) => [json.execution.error.message, json.leftOut]);
		}
	}

	test('is quiet for an hour after the first alert, and then tells how much it left out', () => {
		const workflow = new ErrorWorkflow();
		const start = 1_770_000_000_000;
		expect(workflow.fails(start, 'one')).toEqual([['one', 0]]);
		expect(workflow.fails(start + MINUTE, 'two')).toEqual([]);
		expect(workflow.fails(start + HOUR - 1, 'three')).toEqual([]);
		expect(workflow.fails(start + HOUR, 'four')).toEqual([['four', 2]]);
		expect(workflow.fails(start + HOUR + MINUTE, 'five')).toEqual([]);
	});

	test('is quiet about that workflow only', () => {
		const workflow = new ErrorWorkflow();
		expect(workflow.fails(0, 'one')).toHaveLength(1);
		expect(workflow.fails(0, 'other', 'workflow-2')).toHaveLength(1);
	});

	test('always names what the trigger goes on without', () => {
		const workflow = new ErrorWorkflow();
		const notice =
			'The workflow has not succeeded with 1 activity. The trigger goes on without them.';
		expect(workflow.fails(0, 'one')).toHaveLength(1);
		expect(workflow.fails(MINUTE, notice)).toEqual([[notice, 0]]);
	});

	test('always tells that an outage is over', async () => {
		const bench = await new TriggerBench().publish();
		bench.network.down = true;
		const failure = (await bench.failure()) as Error;
		bench.network.down = false;
		const over = (await bench.poll()) as unknown as Error;
		const workflow = new ErrorWorkflow();
		expect(workflow.fails(0, failure.message)).toHaveLength(1);
		expect(workflow.fails(MINUTE, over.message)).toEqual([[over.message, 0]]);
		expect(workflow.fails(2 * MINUTE, failure.message)).toEqual([]);
	});
});
