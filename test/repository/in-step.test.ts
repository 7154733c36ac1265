import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ms from 'ms';
import type { INodeProperties } from 'n8n-workflow';
import { parse } from 'yaml';
import {
	DEFAULT_OVERLAP_MS,
	defaultWatches,
	type FilterName,
	LEAST_OVERLAP_MS,
	LONGEST_OVERLAP_MS,
	MAX_PAGE_SIZE,
	NO_FILTERS,
} from '../../core';
import { parametersOfFilters } from '../../core/api/filters';
import { DEFAULT_BACKFILL_DAYS, DEFAULT_RATE_LIMIT_SHARE } from '../../core/settings/limits';
import { DEFAULT_BASE_URL } from '../../core/settings/base-url';
import { SECRETS } from '../../action/inputs';
import { OUTPUTS } from '../../action/outputs';
import { VERIFY_SECRETS } from '../../action/verify/inputs';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node';
import { parseQuery } from '../simulators/activity-feed/query';

const read = (file: string) => readFileSync(file, 'utf8');

test.each([
	['the catalogue agrees with the list that it comes from', 'scripts/generate-catalogue.mjs'],
	['the tables of inputs and outputs agree with the actions', 'scripts/generate-action-tables.mjs'],
])('%s', (_, script) => {
	const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
	expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

interface Metadata {
	inputs: Record<string, { default?: string; description: string }>;
	outputs: object;
}

const metadataOf = (folder: string) =>
	parse(read(path.posix.join(folder, 'action.yml'))) as Metadata;

test.each([
	['.', 'action/inputs.ts'],
	['action/verify', 'action/verify/inputs.ts'],
])('the inputs that the action in %s reads agree with its action.yml', (folder, module) => {
	const modules = [module, 'action/feed-inputs.ts'];
	const uses = [
		...modules
			.map(read)
			.join('\n')
			.matchAll(/(?:get|read)\w+\(\s*'([a-z-]+)'/g),
	];
	const offered = Object.keys(metadataOf(folder).inputs);
	expect(new Set(uses.map(([, name]) => name))).toEqual(new Set(offered));
});

test('the defaults and bounds that action.yml and the nodes name agree with the core', () => {
	const { inputs } = metadataOf('.');
	const share = `${DEFAULT_RATE_LIMIT_SHARE * 100}%`;
	const backfill = `${DEFAULT_BACKFILL_DAYS} days`;
	expect(inputs).toMatchObject({
		'base-url': { default: DEFAULT_BASE_URL },
		'backfill-start': { description: expect.stringContaining(backfill) },
		overlap: { default: ms(DEFAULT_OVERLAP_MS) },
		'page-size': {
			default: String(MAX_PAGE_SIZE),
			description: expect.stringContaining(`1 to ${MAX_PAGE_SIZE}`),
		},
		'rate-limit-share': { default: share },
	});
	for (const bound of [LEAST_OVERLAP_MS, LONGEST_OVERLAP_MS]) {
		expect(inputs.overlap?.description).toContain(`\`${ms(bound)}\``);
	}
	expect(metadataOf('action/verify').inputs).toMatchObject({
		'base-url': { default: DEFAULT_BASE_URL },
		'rate-limit-share': { default: share },
	});

	expect(new AnthropicComplianceApi().properties).toContainEqual(
		expect.objectContaining({ name: 'baseUrl', default: DEFAULT_BASE_URL }),
	);
	const { properties } = new AnthropicComplianceTrigger().description;
	const start = properties.find(({ name }) => name === 'backfillStartTime');
	const byDefault = start?.options?.find(
		({ name }) => name === `${DEFAULT_BACKFILL_DAYS} Days Back`,
	);
	expect(byDefault).toMatchObject({ description: expect.stringContaining(backfill) });
});

test('the outputs that the Action sets agree with its action.yml', () => {
	expect(Object.keys(metadataOf('.').outputs)).toEqual(expect.arrayContaining([...OUTPUTS]));
	expect(OUTPUTS).toHaveLength(Object.keys(metadataOf('.').outputs).length);
});

test.each([
	['.', SECRETS],
	['action/verify', VERIFY_SECRETS],
])(
	'every key and token that the action in %s takes is masked',
	(folder, masked: readonly string[]) => {
		const secret = Object.keys(metadataOf(folder).inputs).filter((name) =>
			/-(key|token)$/.test(name),
		);
		expect([...masked].sort()).toEqual(secret.sort());
	},
);

interface Workflow {
	permissions?: object;
	concurrency?: object;
	jobs: Record<
		string,
		{ 'timeout-minutes'?: number; steps: { id?: string; uses?: string; with?: object }[] }
	>;
}

/** The workflows for users to copy, by their place. */
const workflows: (readonly [place: string, text: string])[] = [
	...[...read('README.md').matchAll(/```yaml\n(name: (.+)\n[^]*?)```/g)].map(
		([, text = '', name]) => [`README.md, ${name}`, text] as const,
	),
	...readdirSync('docs/examples')
		.filter((file) => file.endsWith('.yml'))
		.map((file) => [`docs/examples/${file}`, read(`docs/examples/${file}`)] as const),
];

/** The folder of the action that a step uses; `undefined` for an action of somebody else. */
const ours = (uses = '') =>
	/^OWNER\/n8n-nodes-anthropic-compliance(?:\/(?<folder>[\w/-]+))?@v\d+\.\d+\.\d+$/.exec(uses);

describe.each(workflows)('the workflow in %s', (_, text) => {
	const workflow = parse(text) as Workflow;
	const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

	test('uses inputs and outputs that the action has', () => {
		const using = steps.filter(({ uses }) => ours(uses));
		expect(using.length).toBeGreaterThan(0);
		for (const { id, uses, with: inputs = {} } of using) {
			const action = metadataOf(ours(uses)?.groups?.folder ?? '.');
			for (const name of Object.keys(inputs)) expect(action.inputs).toHaveProperty([name]);
			for (const [, step, output = ''] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
				if (step === id) expect(action.outputs).toHaveProperty([output]);
			}
		}
	});

	test('says what its token may do and how long a job may take', () => {
		expect(workflow).toHaveProperty('permissions');
		for (const job of Object.values(workflow.jobs)) expect(job).toHaveProperty('timeout-minutes');
	});

	test('pins the version of every Action, and others by the hash of a commit', () => {
		for (const { uses } of steps) {
			if (uses === undefined || ours(uses)) continue;
			expect(uses).toMatch(/^(?!OWNER\/)[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
		}
	});
});

test('docs/n8n.md names each filter of the nodes', () => {
	const { properties } = new AnthropicComplianceTrigger().description;
	const collection = properties.find(({ name }) => name === 'filters');
	const filters = (collection?.options ?? []) as INodeProperties[];
	expect(filters.length).toBeGreaterThan(0);
	const rows = read('docs/n8n.md').match(/^\| \*\*Filters\*\*: .*? \|/gm) ?? [];
	const named = rows.flatMap((row) => row.replace(/^.*: | \|$/g, '').split(', '));
	expect(named.sort()).toEqual(filters.map(({ displayName }) => displayName).sort());
});

test('the simulated feed knows the parameter of each filter', () => {
	const values = {
		organizationIds: 'org_1',
		activityTypes: 'claude_chat_created',
		excludeActivityTypes: 'claude_chat_created',
		userIds: 'user_1',
	} satisfies Record<FilterName, string>;
	for (const [name, value] of Object.entries(values)) {
		const parameters = parametersOfFilters({ ...NO_FILTERS, [name]: [value] });
		expect(parameters).toHaveLength(1);
		expect(() => parseQuery(new URLSearchParams(parameters), new Set([value]))).not.toThrow();
	}
});

test('the list of examples names each workflow for GitHub', () => {
	const listed = read('docs/examples/README.md');
	const files = readdirSync('docs/examples').filter((file) => file.endsWith('.yml'));
	expect(files.length).toBeGreaterThan(0);
	for (const file of files) expect(listed).toContain(`](${file})`);
});

test.each(['threat-model', 'guarantees'])('docs/%s.md names only tests that exist', (page) => {
	const named = [...read(`docs/${page}.md`).matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];
	expect(named.length).toBeGreaterThan(15);
	for (const [, title = '', file = ''] of named) expect(read(file)).toContain(title);
});

test('docs/dependencies.md names every dependency', () => {
	const { devDependencies } = JSON.parse(read('package.json')) as {
		devDependencies: Record<string, string>;
	};
	const documented = read('docs/dependencies.md');
	for (const [name, version] of Object.entries(devDependencies)) {
		expect(documented).toContain(name.startsWith('@types/') ? '`@types/*`' : `\`${name}\``);
		expect(version).toMatch(/^\d/);
	}
});

test('the lock file has the binaries of every platform', () => {
	const { packages } = JSON.parse(read('package-lock.json')) as {
		packages: Record<string, { optionalDependencies?: Record<string, string> }>;
	};
	// npm ci refuses a lock file without the binary of any platform.
	const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
	for (const { optionalDependencies = {} } of Object.values(packages)) {
		for (const name of Object.keys(optionalDependencies)) expect(locked).toContain(name);
	}
});

test('every link in the documentation leads to a file', () => {
	const documents = [
		'README.md',
		'CONTRIBUTING.md',
		'SECURITY.md',
		...readdirSync('docs')
			.filter((file) => file.endsWith('.md'))
			.map((file) => `docs/${file}`),
		'docs/examples/README.md',
	];
	for (const document of documents) {
		for (const [, target = ''] of read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
			expect(() =>
				read(new URL(target, new URL(document, 'file:///')).pathname.slice(1)),
			).not.toThrow();
		}
	}
});

test('the list of examples names each workflow for n8n, and each uses types of the catalogue', () => {
	const catalogue = JSON.parse(read('core/activity/catalogue/activity-types.json')) as {
		types: object;
	};
	const known = Object.keys(catalogue.types);
	const watchIds = defaultWatches.map(({ id }) => id);
	const listed = read('docs/examples/README.md');
	const files = readdirSync('docs/examples').filter((file) => file.endsWith('.json'));
	expect(files.length).toBeGreaterThan(0);
	for (const file of files) {
		expect(listed).toContain(`](${file})`);
		const { nodes } = JSON.parse(read(`docs/examples/${file}`)) as {
			nodes: { parameters: { filters?: Record<string, string[]> } }[];
		};
		for (const { parameters } of nodes) {
			const { watches = [], ...types } = parameters.filters ?? {};
			for (const watch of watches) expect(watchIds).toContain(watch);
			for (const type of Object.values(types).flat()) {
				expect(known).toContain(type);
			}
		}
	}
});
