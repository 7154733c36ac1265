import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { DAY, filesIn, linesOf, MINUTE, SECOND, Theatre, pagesOf } from '../harness';
import { type Proxy, startProxy } from './proxy';

const theatre = Theatre.open();

describe('a proxy', () => {
	let proxy: Proxy;
	beforeEach(async () => {
		proxy = await startProxy();
	});
	afterEach(() => proxy.close());

	/** With this name, the proxy is used; with the address, it is not. */
	const byName = (url: string) => url.replace('127.0.0.1', 'localhost');

	/** A certificate, and its file, to make Node trust it. */
	async function certificateOf(name: string) {
		const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
			extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
		});
		const file = path.join(theatre.workspace(), 'certificate.pem');
		writeFileSync(file, cert);
		return { key, cert, file };
	}

	it.each(['HTTP_PROXY', 'http_proxy'])('for plain http is used: %s', async (name) => {
		const scene = await theatre.scene();
		scene.populate(20);
		const { delivered, log } = await scene.succeed(
			{ 'base-url': byName(scene.url), ...pagesOf(10) },
			{
				env: {
					[name]: proxy.url.replace('http://', 'http://someone:pass%20word@'),
					NO_PROXY: '127.0.0.1',
				},
			},
		);
		expect(delivered).toHaveLength(20);
		expect(proxy.requests).toHaveLength(2);
		expect(proxy.requests[0]).toMatch(byName(scene.url));
		expect(proxy.tunnels).toEqual([]);
		const credentials = Buffer.from('someone:pass word').toString('base64');
		expect(proxy.seen).toContain(`"proxy-authorization":"Basic ${credentials}"`);
		expect(log).not.toContain('pass%20word');
	});

	it('may be named as curl takes it, and every library finds it', async () => {
		const scene = await theatre.scene();
		scene.populate(20);
		const password = 'p#ss%w@rd/';
		const { delivered, artifact, masks, stdout, stderr, summary } = await scene.succeed(
			{ 'base-url': byName(scene.url) },
			{
				env: {
					HTTP_PROXY: proxy.url.replace('http://', `someone:${password}@`),
					NO_PROXY: '127.0.0.0/30',
				},
			},
		);
		expect(delivered).toHaveLength(20);
		expect(artifact).toBeDefined();
		const uploads = proxy.requests.filter((url) => !url.includes('/compliance/'));
		expect(proxy.requests.length).toBeGreaterThan(uploads.length);
		// The storage library reads the variable itself, and does not support networks.
		expect(uploads.length).toBeGreaterThan(0);
		const login = Buffer.from(`someone:${password}`).toString('base64');
		expect(proxy.seen).toContain(`"proxy-authorization":"Basic ${login}"`);
		for (const secret of [password, encodeURIComponent(password), login]) {
			expect(masks).toContain(secret);
			const lines = `${stdout}${stderr}${summary}`.split('\n');
			const shown = lines.filter((line) => line.includes(secret));
			expect(shown.filter((line) => !line.startsWith('::add-mask::'))).toEqual([]);
		}
	});

	it.each([
		['socks5://someone:s3cret@127.0.0.1:1080', 'names a SOCKS proxy'],
		['http://someone:s3cret@127.0.0.1:99999', 'cannot be read'],
	])('that cannot be used is reported before the first request: %s', async (value, complaint) => {
		const scene = await theatre.scene();
		theatre.github.traffic.reset();
		const options = { env: { https_proxy: value, NO_PROXY: '127.0.0.1' } };
		const run = await scene.run({ 'base-url': 'https://api.example' }, options);
		expect(run.exitCode).toBe(1);
		expect(run.annotations.at(-1)?.message).toContain(
			`The environment variable https_proxy ${complaint}`,
		);
		expect(run.log).not.toContain('s3cret');
		expect(theatre.github.traffic.requests).toEqual([]);
	});

	it('for https carries a tunnel that it cannot look into', async () => {
		const certificate = await certificateOf('localhost');
		const scene = await theatre.scene({ tls: certificate });
		scene.populate(20);
		const url = byName(scene.url);
		const env = {
			HTTPS_PROXY: proxy.url,
			NO_PROXY: '127.0.0.1',
			NODE_EXTRA_CA_CERTS: certificate.file,
		};
		const inputs = { 'base-url': url, ...pagesOf(10) };
		const { delivered } = await scene.succeed(inputs, { env });
		expect(delivered).toHaveLength(20);
		expect(scene.feed.requests).toHaveLength(2);
		expect(proxy.requests).toEqual([]);
		expect(proxy.tunnels).toEqual([url.replace('https://', '')]);
		expect(proxy.seen.length).toBeGreaterThan(100);
		expect(proxy.seen).not.toContain(ACCESS_KEY);
	});

	it('that falls silent holds up no run: what came before is delivered, and the checkpoint saved', async () => {
		const certificate = await certificateOf('localhost');
		const scene = await theatre.scene({ tls: certificate });
		scene.populate(20);
		// The second page uses a new connection.
		scene.feed.fail({ headers: { connection: 'close' } });
		scene.feed.onRequest = () => (proxy.manner = 'silent');
		const inputs = { 'base-url': byName(scene.url), 'page-size': '10', 'time-limit': '15s' };
		const env = {
			HTTPS_PROXY: proxy.url.replace('//', '//someone:s3cret@'),
			NO_PROXY: '127.0.0.1',
			NODE_EXTRA_CA_CERTS: certificate.file,
		};
		const run = await scene.run(inputs, { env });
		expect({ exitCode: run.exitCode, tunnels: proxy.tunnels.length }).toEqual({
			exitCode: 0,
			tunnels: 2,
		});
		expect(run.annotations).toEqual([
			expect.objectContaining({
				level: 'warning',
				message: expect.stringMatching(
					/^Out of time: No complete answer came from the API \(.* did not arrive within \d+(\.\d+)? s, through the proxy that HTTPS_PROXY names\)\.$/,
				),
			}),
		]);
		expect(run.delivered).toEqual(scene.shown.slice(0, 10));
		expect(run.outputs).toMatchObject({ count: '10', 'checkpoint-saved': 'at-job-end' });
		expect(`${run.log}${run.summary}`).not.toContain('s3cret');

		proxy.manner = 'open';
		const next = await scene.succeed({ 'base-url': byName(scene.url) }, { env });
		expect(next.delivered.slice(0, 10)).toEqual(scene.shown.slice(10, 20));
	});

	it.each(['localhost,127.0.0.1', '*'])('is not used for what NO_PROXY names: %s', async (name) => {
		const scene = await theatre.scene();
		scene.populate(20);
		const { delivered } = await scene.succeed(
			{ 'base-url': byName(scene.url) },
			{ env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: name } },
		);
		expect(delivered).toHaveLength(20);
		// The storage library does not support *, so its uploads still use the proxy.
		const asked = proxy.requests.filter((url) => url.includes('/compliance/'));
		expect([asked, proxy.tunnels]).toEqual([[], []]);
	});

	it('is used to look for the newest artifact', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		await scene.succeed();
		theatre.github.caches.evictAll();
		const run = await scene.succeed(
			{},
			{
				env: {
					GITHUB_API_URL: byName(theatre.github.apiUrl),
					HTTP_PROXY: proxy.url,
					NO_PROXY: '127.0.0.1',
				},
			},
		);
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(proxy.requests.join()).toContain('/repos/acme/audit/actions/artifacts');
		expect(proxy.seen).not.toContain(ACCESS_KEY);
	});

	it('is used to commit, at whatever address the API of GitHub has', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(MINUTE);
		await scene.succeed(
			{ commit: 'true', artifact: 'false' },
			{
				token: theatre.github.issueToken({ contents: 'write' }),
				env: {
					GITHUB_API_URL: byName(theatre.github.apiUrl),
					HTTP_PROXY: proxy.url,
					NO_PROXY: '127.0.0.1',
				},
			},
		);
		const asked = proxy.requests.filter((url) => url.includes('/repos/acme/audit/git/'));
		expect(asked.length).toBeGreaterThanOrEqual(4);
		const writes = theatre.github.traffic.requests.filter(({ path }) => path.includes('/git/'));
		expect(asked).toHaveLength(writes.length);
		expect(proxy.seen).not.toContain(ACCESS_KEY);
	});

	it('that no variable names is not guessed', async () => {
		const scene = await theatre.scene();
		await scene.succeed({ 'base-url': byName(scene.url) });
		expect(proxy.requests).toEqual([]);
	});
});

describe('a server whose certificate nobody knows', () => {
	it('never gets the key', async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
		const scene = await theatre.scene({ tls: { key, cert } });
		// Another try would not help.
		expect(await scene.fail()).toMatch(
			/does not know \(.*_CERT.*\).*set the environment variable NODE_EXTRA_CA_CERTS/,
		);
		const file = path.join(theatre.workspace(), 'other.pem');
		writeFileSync(file, 'no PEM');
		expect(await scene.fail({}, { env: { NODE_EXTRA_CA_CERTS: file } })).toMatch(
			/does not know \(.*_CERT.*\)\. Put the CA certificate .* into .*other\.pem, to which NODE_EXTRA_CA_CERTS is set/,
		);
		expect(scene.feed.requests).toEqual([]);
	});
});

describe('a runner', () => {
	/** Scenes that deliver only what they add. */
	const quiet = { recordReads: false };
	/** Every runner needs one of these to pack an entry. */
	const gnuTar = which('tar');

	function which(command: string): string {
		return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
	}

	/** A directory with commands, which are shell scripts or links. */
	function commands(...all: [name: string, script: string][]): string {
		const directory = theatre.workspace();
		for (const [name, text] of all) {
			const file = path.join(directory, name);
			if (path.isAbsolute(text)) symlinkSync(text, file);
			else writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
		}
		return directory;
	}

	const before = (directory: string) => [directory, process.env.PATH].join(path.delimiter);

	/** Refuses the same options as BusyBox. */
	const busyBoxTar = `case " $* " in *" --posix "*)
		echo "tar: unrecognized option '--posix'
Usage: tar c|x|t [-f TARFILE]" >&2
		exit 1
	esac
	exec ${gnuTar} "$@"`;

	it.each([
		['blanks', 'our work'],
		['all that a path may hold', `it's "our" [wörk] {a,b} $HOME *? \\ !#&;`],
	])('goes on from its checkpoint below a path with %s', async (_, name) => {
		const scene = await theatre.scene(quiet);
		const place = path.join(theatre.workspace(), name);
		const [workspace, temp] = [path.join(place, 'workspace'), path.join(place, '_temp')];
		for (const directory of [workspace, temp]) mkdirSync(directory, { recursive: true });
		const options = { workspace, env: { RUNNER_TEMP: temp } };
		for (let run = 0; run < 2; run++) {
			const { json } = scene.happened(0);
			const { delivered, outputs } = await scene.succeed(
				{ 'output-directory': `run-${run}` },
				options,
			);
			expect(delivered).toEqual([json]);
			expect(outputs['checkpoint-status']).toBe(run === 0 ? 'initial' : 'restored');
			scene.clock.advance(MINUTE);
		}
		expect(readdirSync(workspace).sort()).toEqual(['run-0', 'run-1']);
		const marks = [1, 2].map(() => expect.stringMatching(/^compliance-new-files-/));
		expect(readdirSync(temp)).toEqual(marks);
	});

	it('goes on from its checkpoint in a workspace that is a link', async () => {
		const scene = await theatre.scene(quiet);
		for (let run = 0; run < 2; run++) {
			const { json } = scene.happened(0);
			const workspace = path.join(theatre.workspace(), 'link');
			symlinkSync(theatre.workspace(), workspace);
			expect((await scene.succeed({}, { workspace })).delivered).toEqual([json]);
			scene.clock.advance(MINUTE);
		}
	});

	it.each([
		[
			'that of BusyBox',
			() => before(commands(['tar', busyBoxTar])),
			"unrecognized option '--posix'",
		],
		['missing', () => commands(['gzip', which('gzip')]), 'there is no tar on PATH'],
	])('learns before the first request that its tar is %s', async (_, makePath, reason) => {
		const scene = await theatre.scene(quiet);
		scene.happened(MINUTE);
		const env = { PATH: makePath() };
		const error = await scene.fail({}, { env });
		expect(error).toMatch(/^The Actions cache needs a tar .* Install GNU tar and gzip \(on Alpine/);
		expect(error).toContain(reason);
		expect(scene.feed.requests).toEqual([]);

		const allowed = await scene.run({ 'checkpoint-required': 'false' }, { env });
		expect(allowed.exitCode).toBe(0);
		expect(allowed.annotations[0]).toMatchObject({ level: 'warning' });
		expect(allowed.annotations[0]?.message).toContain(reason);
		expect(allowed.annotations.at(-1)?.message).toMatch(/could not be saved: .*: .*tar/);
		expect(allowed.outputs).toMatchObject({ count: '1', 'checkpoint-saved': 'at-job-end' });
	});

	it('learns before the first request that tar has no room for its files', async () => {
		const scene = await theatre.scene(quiet);
		const full = 'echo "gzip: stdout: No space left on device" >&2; exit 2';
		const env = { PATH: before(commands(['tar', full])) };
		const error = await scene.fail({}, { env });
		expect(error).toMatch(
			/^The Actions cache needs room for temporary files, but cannot write them in \S+: /,
		);
		expect(error).toMatch(/: gzip: stdout: No space left on device\. If the disk .* is full, make/);
		expect(error).not.toContain('Install');
		expect(scene.feed.requests).toEqual([]);
	});

	it('learns before the first request that it has no directory for tar', async () => {
		const scene = await theatre.scene(quiet);
		const temp = path.join(theatre.workspace(), 'our temp');
		mkdirSync(temp);
		const error = await scene.fail({}, { env: { RUNNER_TEMP: temp, TMPDIR: temp } });
		expect(error).toMatch(/^The Actions cache needs a writable directory .* in its path; /);
		expect(error).toMatch(/our temp cannot be used\. Set TMPDIR/);
		expect(scene.feed.requests).toEqual([]);
	});

	it('goes on from where one with another compression stopped', async () => {
		const scene = await theatre.scene(quiet);
		const withZstd = before(commands(['zstd', 'echo "*** Zstandard CLI (64-bit) v1.5.6 ***"']));
		const withoutZstd = commands(['tar', gnuTar], ['gzip', which('gzip')]);
		for (const PATH of [withZstd, withoutZstd, withZstd]) {
			const { json } = scene.happened(0);
			expect((await scene.succeed({ artifact: 'false' }, { env: { PATH } })).outputs.count).toBe(
				'1',
			);
			expect(json).toBe(scene.shown.at(-1));
			scene.clock.advance(MINUTE);
		}
		expect(new Set(theatre.github.caches.entries.map(({ version }) => version)).size).toBe(1);
	});
});

describe('a GitHub Enterprise Server', () => {
	it('takes no artifact, so the files stay and a warning says so', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(20);
		const workspace = theatre.workspace();
		const options = { workspace, env: { GITHUB_SERVER_URL: 'https://github.example.com' } };
		const run = await scene.run({ checkpoint: 'file' }, options);
		expect(run.exitCode).toBe(0);
		// The artifact library warns too, in its own words.
		expect(new Set(run.annotations.map(({ level }) => level))).toEqual(new Set(['warning']));
		expect(run.annotations.at(-1)?.message).toMatch(
			/^This GitHub Enterprise Server does not support artifacts of this kind\. .* output directory/,
		);
		expect(run.outputs).toMatchObject({
			count: '20',
			'has-new': 'true',
			'artifact-id': '',
			'artifact-url': '',
			'artifact-digest': '',
			'checkpoint-saved': 'at-job-end',
		});
		expect(linesOf(filesIn(run.outputs.directory ?? ''))).toEqual(scene.shown);
		scene.clock.advance(MINUTE);
		const silent = await scene.succeed({ checkpoint: 'file' }, options);
		expect(silent.outputs).toMatchObject({ count: '0', 'checkpoint-status': 'restored' });
	});
});

describe('a slow server', () => {
	it('is waited for, given up on when silent, and the log shows the progress', async () => {
		const slow = await theatre.scene({ latency: 3 * SECOND, recordReads: false });
		// Ever more often, so that it does not pay to read ahead.
		for (let n = 0; n < 60; n++) slow.happened(2 * DAY * 0.93 ** n);
		const stalled = await theatre.scene({ recordReads: false });
		for (let n = 0; n < 30; n++) stalled.happened(2 * DAY * 0.93 ** n);
		stalled.feed.fail({ stallBody: true }, { after: 1 });
		const inputs = pagesOf(10);
		// At the same time, because both are slow.
		const [first, second] = await Promise.all([slow.succeed(inputs), stalled.succeed(inputs)]);

		expect(first.delivered).toEqual(slow.shown);
		const told = first.log.split('\n').filter((line) => line.includes('so far'));
		expect(told.length).toBeGreaterThan(0);
		expect(told.length).toBeLessThanOrEqual(first.durationMs / (10 * SECOND));
		for (const line of told) {
			expect(line).toMatch(
				/^ *\d+ activities so far, reached 2025-03-\d\d, \d+ a second, \d+ min left of the time limit$/,
			);
		}

		expect(second.delivered).toEqual(stalled.shown);
		expect(second.log).toMatch(/more of the answer did not arrive within 30 s.*Trying again/);
		expect(second.durationMs).toBeGreaterThan(30 * SECOND);
		expect(stalled.feed.requests.map(({ url }) => url)).toHaveLength(4);
	});
});
