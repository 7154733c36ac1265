import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { DAY, type Scene, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open();

beforeEach(() => theatre.github.traffic.reset());

/**
 * A workspace in which the branch of an archive with some activities is checked out. What archived them
 * is not on trial here, so it takes place in process.
 *
 * @param push what somebody else pushes to the branch before that
 */
async function checkout(
	scene: Scene,
	push: (branch: string) => unknown = () => undefined,
): Promise<string> {
	const { github } = theatre;
	// Each scene has a branch of its own in the repository they share.
	const branch = path.parse(scene.workflow).name;
	scene.populate(20);
	await scene.succeed(
		{ commit: 'true', artifact: 'false', 'commit-branch': branch },
		{ token: github.issueToken({ contents: 'write' }), perform: runInProcess },
	);
	await push(branch);
	const workspace = theatre.workspace();
	const { directory } = github.repository.git;
	execFileSync('git', ['clone', '-q', '--branch', branch, directory, workspace]);
	return workspace;
}

const VERIFY = path.resolve('action/verify/action.yml');
const OFFLINE = { 'compliance-access-key': '' };

describe('the action verify', () => {
	it('passes for a consistent archive, without key and token', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		const asked = scene.feed.requests.length;
		const run = await scene.succeed(OFFLINE, { workspace, entry: VERIFY });
		expect(run.outputs.findings).toBe('0');
		expect(run.summary).toContain('Consistent, no findings');
		expect(run.summary).toMatch(/\| Last manifest \| 1, `[0-9a-f]{64}` \|/);
		expect(run.summary).toMatch(/\| Covered \| 2025-03-10T00:00:00.000Z to 2025-03-18T[^|,]* \|/);
		expect(scene.feed.requests).toHaveLength(asked);
	});

	it('fails for a changed line, and names it', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		const [name = ''] = execFileSync('git', ['ls-files', 'audit/*/*/*.ndjson'], {
			cwd: workspace,
			encoding: 'utf8',
		}).split('\n');
		const file = path.join(workspace, name);
		writeFileSync(file, readFileSync(file, 'utf8').replace('"type"', '"Type"'));
		const run = await scene.run(OFFLINE, { workspace, entry: VERIFY });
		expect(run.exitCode).toBe(1);
		expect(run.log).toContain(`- ${name.replace('audit/', '')}:1: `);
		expect(Number(run.outputs.findings)).toBeGreaterThan(0);
		expect(run.annotations).toMatchObject([{ level: 'error' }]);
	});

	it('passes beside what an operating system leaves, and says so', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		writeFileSync(path.join(workspace, 'audit', '.DS_Store'), '');
		const run = await scene.succeed(OFFLINE, { workspace, entry: VERIFY });
		expect(run.outputs.findings).toBe('0');
		expect(run.log).toContain('1 file of a system or an editor, such as .DS_Store');
	});

	it('fails for a submodule, and names it', async () => {
		const scene = await theatre.scene();
		const { git } = theatre.github.repository;
		const workspace = await checkout(scene, (branch) =>
			git.push(branch, { 'audit/vendor': '' }, 'Add a submodule', '160000'),
		);
		const run = await scene.run(OFFLINE, { workspace, entry: VERIFY });
		expect(run.exitCode).toBe(1);
		expect(run.log).toContain('- vendor: The directory is empty, like that of a submodule');
	});

	it('fails where there is no archive', async () => {
		const scene = await theatre.scene();
		const workspace = theatre.workspace();
		const error = await scene.fail({ ...OFFLINE, path: 'elsewhere' }, { workspace, entry: VERIFY });
		expect(error).toContain(
			`The directory ${path.join(workspace, 'elsewhere')} cannot be read (ENOENT).`,
		);
		expect(error).toContain(
			'In a workflow, check the branch out in an earlier step, and set the input path.',
		);
	});

	it.each([
		['relative to the workspace', (workspace: string) => [workspace, './audit/']],
		['absolute', (workspace: string) => [theatre.workspace(), path.join(workspace, 'audit')]],
	])('takes a path that is %s', async (_, from) => {
		const scene = await theatre.scene();
		const [workspace, directory = ''] = from(await checkout(scene));
		const run = await scene.succeed({ ...OFFLINE, path: directory }, { workspace, entry: VERIFY });
		expect(run.outputs.findings).toBe('0');
	});

	it('compares with the feed if asked to', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		const day = (ago: number) => new Date(scene.clock.now() - ago).toISOString().slice(0, 10);
		const inputs = { 'against-feed': `${day(4 * DAY)}..${day(DAY)}` };
		const options = { workspace, entry: VERIFY };
		expect((await scene.succeed(inputs, options)).log).toContain('holds what the feed shows');
		scene.happened(2 * DAY);
		const run = await scene.run(inputs, options);
		expect(run.exitCode).toBe(1);
		expect(run.outputs.findings).toBe('1');
		expect(run.summary).toContain('| Compared with the feed |');
	});

	it('says what it has found even when the feed cannot be read', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		const inputs = { 'against-feed': '2025-03-15..2025-03-17' };
		scene.feed.fail({ status: 403 });
		const run = await scene.run(inputs, { workspace, entry: VERIFY });
		expect(run.exitCode).toBe(1);
		expect(run.outputs.findings).toBe('0');
		expect(run.summary).toContain(
			'**Consistent, no findings.** **It was not compared with the feed**; the log says why.',
		);

		writeFileSync(path.join(workspace, 'audit', 'odd'), '');
		scene.feed.fail({ status: 403 });
		const both = await scene.run(inputs, { workspace, entry: VERIFY });
		expect(both.outputs.findings).toBe('1');
		expect(both.annotations.map(({ message }) => message)).toEqual([
			expect.stringContaining('1 finding, see the log'),
			expect.stringContaining('(403)'),
		]);
	});
});

describe('a secret that the action verify gets', () => {
	const AGAINST_FEED = { 'against-feed': '2025-03-15..2025-03-17' };

	it('is masked before anything else, and goes to the feed alone', async () => {
		const scene = await theatre.scene();
		const workspace = await checkout(scene);
		const asked = scene.feed.requests.length;
		const run = await scene.succeed(AGAINST_FEED, { workspace, entry: VERIFY });
		expect(run.stdout.startsWith(`::add-mask::${ACCESS_KEY}\n`)).toBe(true);
		const keys = scene.feed.requests.slice(asked).map(({ headers }) => headers['x-api-key']);
		expect(new Set(keys)).toEqual(new Set([ACCESS_KEY]));
	});

	it.each(['path', 'base-url', 'rate-limit-share', 'against-feed'])(
		'is not told where it ends up in %s',
		async (name) => {
			const scene = await theatre.scene();
			const options = { entry: VERIFY };
			const error = await scene.fail({ ...AGAINST_FEED, [name]: ACCESS_KEY }, options);
			expect(error).toMatch(/cannot be|is not an https URL/);
			expect(scene.feed.requests).toEqual([]);
		},
	);

	it('is sent nowhere while Node prints what is sent', async () => {
		const scene = await theatre.scene();
		const options = { entry: VERIFY, env: { NODE_DEBUG: 'http,net' } };
		expect(await scene.fail(AGAINST_FEED, options)).toContain('NODE_DEBUG is set');
		expect(scene.feed.requests).toEqual([]);
	});

	it('is no password of a proxy: one that cannot be used is reported before the work begins', async () => {
		const scene = await theatre.scene();
		const env = { https_proxy: 'socks5://someone:s3cret@127.0.0.1:1080', NO_PROXY: '127.0.0.1' };
		const inputs = { ...AGAINST_FEED, 'base-url': 'https://api.example' };
		const workspace = await checkout(scene);
		const run = await scene.run(inputs, { workspace, entry: VERIFY, env });
		expect(run.exitCode).toBe(1);
		expect(run.annotations.map(({ message }) => message)).toEqual([
			expect.stringContaining('The environment variable https_proxy names a SOCKS proxy'),
		]);
		expect(run.masks).toContain('s3cret');
		expect(run.log).not.toMatch(/s3cret|Covered/);
	});
});
