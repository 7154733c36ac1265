import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import {
	appendFileSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = process.cwd();
const CREDENTIAL = 'credentials/AnthropicComplianceApi.credentials.ts';
const NODE = 'nodes/AnthropicCompliance/AnthropicCompliance.node';

/** The files that the build for n8n reads, and the files that are packed with it. */
const SOURCES = [
	'LICENSE',
	'README.md',
	'core',
	'credentials',
	'nodes',
	'package.json',
	'scripts',
	'tsconfig.json',
];

let workshop: string;
let checkout: string;
let tarball: string;
let scanner: ChildProcess;

/** `npm`, on every platform: on Windows it is a script, which needs a shell. */
async function npm(...args: string[]): Promise<void> {
	await run('npm', args, { cwd: checkout, shell: process.platform === 'win32' });
}

/** One scan at a time. */
async function scan(folder: string, patterns?: string[]): Promise<unknown> {
	scanner.send({ folder, patterns });
	const [result] = (await once(scanner, 'message')) as [unknown];
	return result;
}

const scanCheckout = (folder: string) => scan(folder);
const scanTarball = (folder: string) => scan(folder, ['**/*.js', 'package.json']);

/** A copy of a folder, for a test to change. */
function copyOf(folder: string): string {
	const copy = mkdtempSync(path.join(workshop, 'copy-'));
	cpSync(folder, copy, {
		recursive: true,
		filter: (source) => path.basename(source) !== 'node_modules',
	});
	return copy;
}

function filesOf(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
		.map((file) => file.replaceAll(path.sep, '/'))
		.sort();
}

/** Builds in a copy, so that no test depends on what `dist` happens to hold. */
beforeAll(async () => {
	workshop = mkdtempSync(path.join(tmpdir(), 'n8n-package-'));
	checkout = path.join(workshop, 'checkout');
	for (const source of SOURCES) {
		cpSync(path.join(root, source), path.join(checkout, source), { recursive: true });
	}
	symlinkSync(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'), 'junction');
	await npm('run', 'build:n8n');
	// Files of a real checkout that must not be in the package.
	cpSync(path.join(root, 'dist/action'), path.join(checkout, 'dist/action'), { recursive: true });
	for (const stray of ['dist/tsconfig.tsbuildinfo', 'docs/images/panel.png', 'test/a.test.js']) {
		mkdirSync(path.dirname(path.join(checkout, stray)), { recursive: true });
		writeFileSync(path.join(checkout, stray), '');
	}

	await npm('pack', '--pack-destination', '..');
	const packed = readdirSync(workshop).find((file) => file.endsWith('.tgz')) ?? '';
	await run('tar', ['-xzf', packed], { cwd: workshop });
	tarball = path.join(workshop, 'package');

	// With Jest's NODE_ENV, n8n's rules treat every file as one of their own fixtures.
	const env = { ...process.env, NODE_ENV: 'production' };
	scanner = fork(path.join(root, 'test/repository/scan.mjs'), {
		env,
		execArgv: [],
		silent: true,
	});
});

afterAll(() => {
	scanner.kill();
	rmSync(workshop, { recursive: true, force: true });
});

describe('n8n’s scan of the checkout', () => {
	it('passes', async () => {
		expect(await scanCheckout(root)).toEqual({ passed: true, report: '' });
	});

	it.each([
		[
			'a node that reads the environment',
			`${NODE}.ts`,
			'\nexport const home = process.env.HOME;\n',
		],
		['a credential that logs', CREDENTIAL, '\nconsole.log(1);\n'],
		['a node that brings a library', `${NODE}.ts`, "\nimport 'axios';\n"],
	])('refuses %s', async (_, file, code) => {
		const spoiled = copyOf(checkout);
		appendFileSync(path.join(spoiled, file), code);
		expect(await scanCheckout(spoiled)).toEqual({
			passed: false,
			report: expect.stringContaining(path.basename(file)),
		});
	});

	it('refuses a dependency', async () => {
		const spoiled = copyOf(checkout);
		const manifest = path.join(spoiled, 'package.json');
		const content = JSON.parse(readFileSync(manifest, 'utf8')) as object;
		writeFileSync(manifest, JSON.stringify({ ...content, dependencies: { ms: '2.1.3' } }));
		expect(await scanCheckout(spoiled)).toEqual({
			passed: false,
			report: expect.stringContaining('no-runtime-dependencies'),
		});
	});
});

describe('n8n’s scan of the package', () => {
	it('passes', async () => {
		expect(await scanTarball(tarball)).toEqual({ passed: true, report: '' });
	});

	it.each([
		['a core that reads the environment', 'dist/core/feed.js', '\nprocess.env.HOME;\n'],
		['a node that sets a timer', `dist/${NODE}.js`, '\nsetTimeout(() => {}, 1);\n'],
	])('refuses %s', async (_, file, code) => {
		const spoiled = copyOf(tarball);
		appendFileSync(path.join(spoiled, file), code);
		expect(await scanTarball(spoiled)).toEqual({
			passed: false,
			report: expect.stringContaining(path.basename(file)),
		});
	});
});

describe('the package', () => {
	const manifest = () =>
		JSON.parse(readFileSync(path.join(tarball, 'package.json'), 'utf8')) as {
			n8n: { nodes: string[]; credentials: string[] };
		};

	it('holds only what n8n needs', () => {
		const compiled = ['core', 'credentials', 'nodes'].flatMap((folder) =>
			filesOf(path.join(root, folder))
				.map((file) => `${folder}/${file}`)
				.filter((file) => /\.(ts|svg|node\.json)$/.test(file))
				.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`),
		);
		const expected = ['LICENSE', 'README.md', 'package.json', ...compiled];
		expect(filesOf(tarball)).toEqual(expected.sort());
	});

	it('holds each node with its codex, and the light and the dark icon that it names', () => {
		const { nodes, credentials } = manifest().n8n;
		const files = filesOf(tarball);
		for (const node of nodes) expect(files).toContain(node.replace(/\.js$/, '.json'));
		for (const file of [...nodes, ...credentials]) {
			const code = readFileSync(path.join(tarball, file), 'utf8');
			const icons = [...code.matchAll(/'file:([^']+)'/g)].map(([, icon = '']) => icon);
			expect(icons).toHaveLength(2);
			for (const icon of icons) expect(files).toContain(path.posix.join(file, '..', icon));
		}
	});

	it('names the node in its codex', () => {
		for (const node of manifest().n8n.nodes) {
			const codex = readFileSync(path.join(tarball, node.replace(/\.js$/, '.json')), 'utf8');
			const name = path.basename(node, '.node.js');
			const nodeName = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
			expect(JSON.parse(codex)).toMatchObject({
				node: `n8n-nodes-anthropic-compliance.${nodeName}`,
			});
		}
	});

	it('requires only its own files and modules of n8n', () => {
		const required = new Set<string>();
		for (const file of filesOf(tarball).filter((file) => file.endsWith('.js'))) {
			const code = readFileSync(path.join(tarball, file), 'utf8');
			for (const [, name = ''] of code.matchAll(/\b(?:require|import)\(\s*["'`]([^"'`]+)/g)) {
				if (/^\.\.?\//.test(name)) {
					const target = path.posix.join(file, '..', name);
					const found = [`${target}.js`, `${target}/index.js`, target];
					expect(filesOf(tarball).some((other) => found.includes(other))).toBe(true);
				} else {
					required.add(name);
				}
			}
		}
		expect(['crypto', 'luxon', 'n8n-workflow']).toEqual(expect.arrayContaining([...required]));
		expect(required).toContain('n8n-workflow');
	});
});
