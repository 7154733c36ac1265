import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const read = (file: string) => readFileSync(file, 'utf8');

test.each([
	['the catalogue, with the list it is made from', 'scripts/generate-catalogue.mjs'],
	['the tables of the README, with action.yml', 'scripts/generate-readme-tables.mjs'],
])('%s', (_, script) => {
	const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
	expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('the inputs that the Action reads, with action.yml', () => {
	const { inputs } = parse(read('action.yml')) as { inputs: Record<string, unknown> };
	const uses = [...read('action/inputs.ts').matchAll(/(?:get|read)\w+\(\s*'([a-z-]+)'/g)];
	expect(new Set(uses.map(([, name]) => name))).toEqual(new Set(Object.keys(inputs)));
});

test('the workflow in the README, with the inputs, outputs and defaults of action.yml', () => {
	const [, workflow = ''] = /```yaml\n(name: Audit trail[^]*?)```/.exec(read('README.md')) ?? [];
	const { inputs, outputs } = parse(read('action.yml')) as Record<string, object>;
	const { jobs } = parse(workflow) as {
		jobs: Record<string, { steps: { with?: object; id?: string }[] }>;
	};
	const step = jobs.sync?.steps.find(({ id }) => id === 'compliance');
	for (const name of Object.keys(step?.with ?? {})) expect(inputs).toHaveProperty([name]);
	const used = [...workflow.matchAll(/steps\.compliance\.outputs\.([a-z-]+)/g)];
	expect(used.length).toBeGreaterThan(0);
	for (const [, name = ''] of used) expect(outputs).toHaveProperty([name]);
});

test('every dependency, with docs/dependencies.md', () => {
	const { devDependencies } = JSON.parse(read('package.json')) as {
		devDependencies: Record<string, string>;
	};
	const documented = read('docs/dependencies.md');
	for (const [name, version] of Object.entries(devDependencies)) {
		expect(documented).toContain(name.startsWith('@types/') ? '`@types/*`' : `\`${name}\``);
		expect(version).toMatch(/^\d/);
	}
});

test('what the n8n lint lets pass, with what n8n never loads', () => {
	const exempt = JSON.parse(read('eslint-suppressions.json')) as Record<string, object>;
	for (const [file, rules] of Object.entries(exempt)) {
		expect(file).toMatch(/^(action|test)\//);
		for (const rule of Object.keys(rules)) expect(rule).toMatch(/^@n8n\/community-nodes\//);
	}
});

test('the lock file, with the binaries of every platform', () => {
	const { packages } = JSON.parse(read('package-lock.json')) as {
		packages: Record<string, { optionalDependencies?: Record<string, string> }>;
	};
	// npm ci refuses a lock file that lacks one, even one of another platform.
	const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
	for (const { optionalDependencies = {} } of Object.values(packages)) {
		for (const name of Object.keys(optionalDependencies)) expect(locked).toContain(name);
	}
});

test('every link in the documentation, with a file', () => {
	const documents = [
		'README.md',
		'CONTRIBUTING.md',
		'SECURITY.md',
		'docs/archive.md',
		'docs/checkpoint.md',
		'docs/n8n.md',
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

test('the example workflows, with the catalogue and the list of them', () => {
	const catalogue = JSON.parse(read('core/catalogue/activity-types.json')) as { types: object };
	const known = Object.keys(catalogue.types);
	const listed = read('docs/examples/README.md');
	const files = readdirSync('docs/examples').filter((file) => file.endsWith('.json'));
	expect(files.length).toBeGreaterThan(0);
	for (const file of files) {
		expect(listed).toContain(`](${file})`);
		const { nodes } = JSON.parse(read(`docs/examples/${file}`)) as {
			nodes: { parameters: { filters?: Record<string, string[]> } }[];
		};
		for (const { parameters } of nodes) {
			for (const type of Object.values(parameters.filters ?? {}).flat()) {
				expect(known).toContain(type);
			}
		}
	}
});
