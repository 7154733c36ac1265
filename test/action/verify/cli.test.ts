import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../core/harness';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { type RunningServer, startActivityFeed } from '../../simulators/activity-feed/server';
import { anotherDate } from '../../simulators/another-date';
import { Archivist, type Files, onDisk } from '../../archive/verify/archivist';
import { sample } from '../../archive/verify/samples';

/** The tests run the bundle that is shipped, not the sources. */
const ENTRY = path.resolve('dist/action/verify.mjs');

let archive: Files;
beforeAll(async () => {
	archive = await sample();
});

let server: RunningServer | undefined;
afterEach(async () => {
	await server?.close();
	server = undefined;
});

interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly error: string;
}

function verify(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
	return new Promise((resolve) => {
		const { PATH } = process.env;
		const child = execFile(
			process.execPath,
			[ENTRY, ...args],
			{ env: { ...anotherDate, PATH, ...env } },
			(_, out, error) => resolve({ code: child.exitCode ?? -1, out, error }),
		);
	});
}

test('a whole archive: what it covers, its last manifest, and 0', async () => {
	const { code, out, error } = await verify([onDisk(archive)]);
	expect({ code, error }).toEqual({ code: 0, error: '' });
	expect(out).toMatch(/^Covered {8}2026-02-26T12:00:00.000Z to 2026-03-02T/);
	expect(out).toContain('Activities     40 in 4 day files\nManifests      10\n');
	expect(out).toMatch(/Last manifest {2}10, SHA-256 [0-9a-f]{64}\n/);
	expect(out).toContain('The archive is consistent: there are no findings.');
});

test('findings with file and line, and 1', async () => {
	const directory = onDisk(archive);
	const file = path.join(directory, '2026/03/01.ndjson');
	writeFileSync(file, readFileSync(file, 'utf8').replace('user_actor', 'user_attor'));
	writeFileSync(path.join(directory, '::error::x'), '');
	const { code, out } = await verify([directory]);
	expect(code).toBe(1);
	expect(out).toContain('2 findings:\n- ::error::x: The file does not belong here');
	expect(out).toMatch(/\n- 2026\/03\/01\.ndjson:1: Lines? .*1 .*not what manifest \d+ added/);
});

test.each<[string, string[], RegExp]>([
	['no directory', [], /Name one directory. Run it with --help/],
	['two directories', ['a', 'b'], /Name one directory/],
	['an unknown option', ['a', '--what=x'], /^There is no option --what\. Run it with --help/],
	['an unknown short option', ['-x'], /^There is no option -x\. Run it with --help/],
	['an option without its value', ['a', '--against-feed'], /^The option --against-feed lacks its/],
	[
		'a directory that is not there',
		['not-there'],
		/^The directory not-there cannot be read \(ENOENT\)/,
	],
	['a directory of something else', ['docs'], /^The directory docs holds no archive/],
	[
		'an interval that is none',
		['docs', '--against-feed', 'x'],
		/^The interval cannot be read: x\./,
	],
	[
		'an interval that ends too early',
		['docs', '--against-feed', '2026-11-20..2026-11-10'],
		/^The interval ends before it begins: 2026-11-20\.\.2026-11-10\. Write the earlier/,
	],
	[
		'no key to read the feed with',
		['docs', '--against-feed', '2026-03-01..2026-03-02'],
		/^No Compliance Access Key was given\. .* environment variable ANTHROPIC_COMPLIANCE_ACCESS_KEY/,
	],
])('%s: what is wrong, and 2', async (_, args, message) => {
	const { code, out, error } = await verify(args);
	expect({ code, out }).toEqual({ code: 2, out: '' });
	expect(error).toMatch(message);
});

test('help', async () => {
	const { code, out } = await verify(['--help']);
	expect(code).toBe(0);
	expect(out).toContain('Usage: node verify.mjs DIR [--against-feed FROM..TO]');
});

describe('against the feed', () => {
	const interval = ['--against-feed', '2026-02-01..2026-04-01'];

	test('what differs is listed, without a word of the key', async () => {
		const archivist = new Archivist();
		const { bench } = archivist;
		server = await startActivityFeed(bench.simulated);
		const env = {
			ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY,
			ANTHROPIC_COMPLIANCE_BASE_URL: server.url,
		};
		bench.happened(30 * MINUTE);
		await archivist.run({}, { endpoint: `${server.url}/v1/compliance/activities` });
		const directory = onDisk(archivist.files);
		const agreed = await verify([directory, ...interval], env);
		expect(agreed).toMatchObject({ code: 0, error: '' });
		expect(agreed.out).toContain('which shows 1 activity');
		expect(agreed.out).toContain('The archive holds what the feed shows.');
		const { id } = bench.happened(20 * MINUTE, { title: 'secret' });
		const { code, out, error } = await verify([directory, ...interval], env);
		expect(code).toBe(1);
		expect(out).toContain(
			`1 finding:\n- 2026/03/01.ndjson: The archive lacks an activity of the feed. (${id})`,
		);
		expect(`${out}${error}`).not.toMatch(/secret|sk-ant/);
	});

	test.each(['http', 'net', '*'])(
		'NODE_DEBUG=%s, with which Node prints what is sent: no request, no key, and 2',
		async (NODE_DEBUG) => {
			const { simulated } = new Archivist().bench;
			server = await startActivityFeed(simulated);
			const env = {
				ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY,
				ANTHROPIC_COMPLIANCE_BASE_URL: server.url,
			};
			const args = [onDisk(archive), ...interval];
			const { code, out, error } = await verify(args, { ...env, NODE_DEBUG });
			expect(code).toBe(2);
			expect(error).toContain('NODE_DEBUG is set');
			expect(`${out}${error}`).not.toContain(ACCESS_KEY);
			expect(simulated.requests).toEqual([]);
		},
	);

	test('a proxy that cannot be used: nothing is asked, its password is not shown, and 2', async () => {
		const env = {
			ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY,
			HTTPS_PROXY: 'socks5://me:s3cret@host',
		};
		const { code, out, error } = await verify([onDisk(archive), ...interval], env);
		expect({ code, out }).toEqual({ code: 2, out: '' });
		expect(error).toMatch(/^The environment variable HTTPS_PROXY names a SOCKS proxy/);
		expect(error).not.toContain('s3cret');
	});

	test('a feed that refuses: what the archive itself says, and 2 unless that is a finding', async () => {
		const archivist = new Archivist();
		server = await startActivityFeed(archivist.bench.simulated);
		await archivist.run({}, { endpoint: `${server.url}/v1/compliance/activities` });
		const env = {
			ANTHROPIC_COMPLIANCE_ACCESS_KEY: 'sk-ant-api01-unknown',
			ANTHROPIC_COMPLIANCE_BASE_URL: server.url,
		};
		const { code, out, error } = await verify([onDisk(archivist.files), ...interval], env);
		expect(code).toBe(2);
		expect(out).toContain('The archive is consistent: there are no findings.');
		expect(error).toMatch(/key/);

		const changed = new Map(archivist.files).set('notes.txt', Buffer.from('Hello'));
		expect((await verify([onDisk(changed), ...interval], env)).code).toBe(1);
	});
});

test('the script runs alone, wherever it is copied to', () => {
	const copy = path.join(mkdtempSync(path.join(tmpdir(), 'copied-')), 'verify.mjs');
	copyFileSync(ENTRY, copy);
	const help = execFileSync(process.execPath, [copy, '--help'], { encoding: 'utf8' });
	expect(help).toContain('Usage: node verify.mjs');
});

test('the script is small, and asks for nothing but what comes with Node.js', () => {
	expect(statSync(ENTRY).size).toBeLessThan(300_000);
	const imports = [...readFileSync(ENTRY, 'utf8').matchAll(/(?:from|import)\s*"([^"]+)"/g)];
	expect(imports.length).toBeGreaterThan(0);
	for (const [, name = ''] of imports)
		expect({ name, builtin: isBuiltin(name) }).toMatchObject({ builtin: true });
});
