import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { messagesOf, passed, quiet } from '../checkpoint-scene';
import { DAY, filesIn, type Inputs, MINUTE, type Options, type Scene, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('when the cache cannot be read', () => {
	it.each(['unreachable', 'denied', 'download', 501] as const)(
		'the run stops before it asks the feed: %s',
		async (fault) => {
			const scene = await theatre.scene(quiet);
			const first = passed(scene);
			await scene.succeed({ artifact: 'false' });
			const second = passed(scene);
			const asked = scene.feed.requests.length;
			theatre.github.faults.cacheRead = fault;
			const error = await scene.fail({ artifact: 'false' });
			expect(error).toMatch(
				/^The Actions cache could not be read, so this run .* stopped: .*\w\. /,
			);
			expect(scene.feed.requests).toHaveLength(asked);

			const allowed = await scene.run({ 'checkpoint-required': 'false' });
			expect(allowed.exitCode).toBe(0);
			expect(allowed.outputs['checkpoint-status']).toBe('initial');
			expect(allowed.delivered).toEqual([first, second]);
		},
	);

	it('the newest artifact helps out', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		theatre.github.faults.cacheRead = 'unreachable';
		const run = await scene.run();
		expect(run.exitCode).toBe(0);
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual([row]);
	});

	it.each([
		['ACTIONS_RESULTS_URL', '', 'This runner offers no Actions cache'],
		['ACTIONS_CACHE_MODE', 'none', 'its cache-mode is none'],
		['ACTIONS_CACHE_MODE', 'read', 'its cache-mode is read'],
		['ACTIONS_CACHE_MODE', 'write-only', 'its cache-mode is write-only'],
	])('for %s="%s", the run fails before it asks the feed', async (name, value, message) => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const error = await scene.fail({}, { env: { [name]: value } });
		expect(error).toContain(message);
		expect(scene.feed.requests).toEqual([]);

		const allowed = await scene.run(
			{ 'checkpoint-required': 'false', artifact: 'false' },
			{ env: { [name]: value } },
		);
		expect(allowed.exitCode).toBe(0);
		expect(messagesOf(allowed)[0]).toContain(message);
		expect(allowed.outputs).toMatchObject({ count: '1', 'checkpoint-status': 'initial' });
	});
});

describe('when the cache entry is gone', () => {
	it('the newest artifact takes its place', async () => {
		const scene = await theatre.scene();
		scene.populate(100);
		const first = await scene.succeed();
		scene.clock.advance(MINUTE);
		const late = scene.happened(2 * MINUTE);
		const second = await scene.succeed();
		theatre.github.caches.evictAll();
		scene.clock.advance(MINUTE);
		const third = await scene.succeed();
		expect(second.delivered).toContain(late.json);
		expect(third.outputs['checkpoint-status']).toBe('fallback');
		expect(third.log).toContain('Checkpoint of the newest artifact restored');
		expect(third.summary).toContain('continued from the checkpoint in the newest artifact');
		expect([first, second, third].flatMap(({ delivered }) => delivered).sort()).toEqual(
			scene.shown.sort(),
		);
	});

	it('the newest artifact is found whatever the workflow file is called', async () => {
		const scene = await theatre.scene(quiet);
		const workflow = `audit @refs 監査-${scene.workflow}`;
		passed(scene);
		await scene.succeed({}, { workflow });
		theatre.github.caches.evictAll();
		const row = passed(scene);
		const run = await scene.succeed({}, { workflow });
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual([row]);
	});

	it('the newest artifact is found by a name that holds the id of the run', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed({ 'artifact-name': 'audit-2001-eu' }, { runId: 2001 });
		passed(scene);
		const rerun = { runId: 2001, runAttempt: 2 };
		await scene.succeed({ 'artifact-name': 'audit-2001-eu' }, rerun);
		theatre.github.caches.evictAll();
		const row = passed(scene);
		const run = await scene.succeed({ 'artifact-name': 'audit-2002-eu' }, { runId: 2002 });
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual([row]);
	});

	it('and there is no artifact, the run starts at the backfill start', async () => {
		const scene = await theatre.scene(quiet);
		const rows = [passed(scene)];
		await scene.succeed({ artifact: 'false' });
		theatre.github.caches.evictAll();
		rows.push(passed(scene));
		const run = await scene.succeed();
		expect(run.outputs['checkpoint-status']).toBe('initial');
		expect(run.delivered).toEqual(rows);
	});

	it.each(['fork', 'pull request', 'pull request target', 'branch', 'workflow', 'name', 'expired'])(
		'the artifact of another origin does not count: %s',
		async (origin) => {
			const scene = await theatre.scene(quiet);
			passed(scene);
			const first = await scene.run(
				{ 'artifact-name': origin === 'name' ? 'something-else' : 'compliance-activities' },
				{
					branch: origin === 'branch' ? 'topic' : 'main',
					workflow: origin === 'workflow' ? `other-${scene.workflow}` : scene.workflow,
					event:
						{
							'pull request': 'pull_request',
							'pull request target': 'pull_request_target',
							branch: 'workflow_dispatch',
						}[origin] ?? 'schedule',
				},
			);
			expect(first.exitCode).toBe(0);
			if (origin === 'fork') theatre.github.runs.find(first.runId)!.headRepositoryId = 815;
			if (origin === 'expired') theatre.github.artifacts.all[0]!.expired = true;
			theatre.github.caches.evictAll();
			passed(scene);
			// An unknown workflow has no runs to list, which causes a warning.
			const second = await scene.run();
			expect(second.exitCode).toBe(0);
			expect(second.outputs['checkpoint-status']).toBe('initial');
			expect(second.delivered).toEqual(scene.shown);
		},
	);

	it('and the token may not read actions, a warning says what is missing', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		theatre.github.caches.evictAll();
		const token = theatre.github.issueToken({ actions: 'none' });
		const run = await scene.run({}, { token });
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^warning: The cache has no checkpoint, .*permission actions: read/),
		]);
		expect(run.outputs['checkpoint-status']).toBe('initial');
		expect(run.delivered).toEqual(scene.shown);
		expect(
			`${run.stdout}${run.summary}`.split('\n').filter((line) => line.includes(token)),
		).toEqual(run.steps.map(() => `::add-mask::${token}`));
	});

	it('and GitHub’s API is out of order, the run does not guess, unless it may', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		theatre.github.caches.evictAll();
		theatre.github.faults.api = 'unreachable';
		const known: Inputs = { 'allow-public-repository': 'true' };
		expect(await scene.fail(known)).toContain('could not be searched');
		const run = await scene.run({ ...known, 'checkpoint-required': 'false' });
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^warning: The cache has no checkpoint/),
		]);
		expect(run.outputs['checkpoint-status']).toBe('initial');
	});

	it('the artifact of a job or leg with another prefix is not taken', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const leg: Inputs = { 'cache-key-prefix': 'leg' };
		const { outputs, delivered } = await scene.run(leg);
		expect(outputs['checkpoint-status']).toBe('initial');
		expect(delivered).toEqual(scene.shown);
	});

	it('a step that makes no artifacts takes none', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		theatre.github.caches.evictAll();
		const { outputs } = await scene.succeed({ artifact: 'false' });
		expect(outputs['checkpoint-status']).toBe('initial');
	});
});

describe('after a new name', () => {
	/** The run warns of the first run's checkpoint, and delivers the first run's activities again. */
	async function expectTold(scene: Scene, inputs: Inputs, options: Options, ...told: string[]) {
		const run = await scene.run(inputs, options);
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(
				/^warning: There is no checkpoint under .* delivers the same activities again: cancel this run/,
			),
		]);
		for (const words of told) expect(messagesOf(run)[0]).toContain(words);
		expect(run.outputs['checkpoint-status']).toBe('initial');
		expect(run.delivered).toEqual(scene.shown);
	}

	it('of the default branch, the run goes on from what schedules left under the old one', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const rows = [passed(scene)];
		// Everybody who may push a branch can make it create an artifact.
		await scene.run({}, { branch: 'topic', event: 'push' });
		theatre.github.repository.defaultBranch = 'trunk';
		rows.push(passed(scene));
		const run = await scene.succeed({}, { branch: 'trunk' });
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual(rows);
		// A branch that never was the default branch starts at the backfill start.
		theatre.github.caches.evictAll();
		expect((await scene.run({}, { branch: 'other' })).outputs['checkpoint-status']).toBe('initial');
	});

	it('of the default branch, a run without artifacts tells where the checkpoint is', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const inputs = { artifact: 'false', 'cache-key-prefix': 'audit' };
		await scene.succeed(inputs);
		passed(scene);
		theatre.github.repository.defaultBranch = 'trunk';
		const run = await scene.run(inputs, { branch: 'trunk' });
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(
				/^warning: There is no checkpoint under .*: audit on main, saved at 20/,
			),
		]);
		expect(run.outputs).toMatchObject({ 'checkpoint-status': 'initial', count: '2' });
	});

	it.each(['workflow', 'job'])(
		'of the %s, the run names the old prefix, which goes on',
		async (what) => {
			const scene = await theatre.scene(quiet);
			passed(scene);
			await scene.succeed();
			const row = passed(scene);
			const options = what === 'job' ? { job: 'audit' } : { workflow: `new-${scene.workflow}` };
			const prefix = `anthropic-compliance-${scene.workflow}-sync`;
			await expectTold(scene, {}, options, `: ${prefix} on main, saved at 20`);
			const inputs = { 'cache-key-prefix': prefix, 'artifact-name': 'again' };
			const run = await scene.succeed(inputs, options);
			expect(run.outputs['checkpoint-status']).toBe('restored');
			expect(run.delivered).toEqual([row]);
		},
	);

	it('of the workflow, a prefix that was set by hand still finds the newest artifact', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const inputs = { 'cache-key-prefix': 'by-hand' };
		await scene.succeed(inputs);
		theatre.github.caches.evictAll();
		const row = passed(scene);
		const run = await scene.succeed(inputs, { workflow: `new-${scene.workflow}` });
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual([row]);
	});

	it('that was set by hand, the run names the prefix that it had by default', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const inputs = { 'cache-key-prefix': 'audit' };
		await expectTold(scene, inputs, {}, `anthropic-compliance-${scene.workflow}-sync on main`);
	});

	it('the run says nothing of others with prefixes set by hand, nor of quiet runs and own jobs', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const { runId } = await scene.succeed({ 'cache-key-prefix': 'anthropic' });
		const jobs = [{ job: 'one' }, { job: 'two' }];
		for (const { job } of jobs) await scene.succeed({ 'artifact-name': job }, { runId, job });
		theatre.github.caches.evictAll();
		await scene.succeed({ 'cache-key-prefix': 'anthropic' });
		await scene.succeed({ 'cache-key-prefix': 'anthropic-2', 'artifact-name': 'other' });
		const token = theatre.github.issueToken({ contents: 'write', actions: 'read' });
		const archive = { commit: 'true', artifact: 'false' };
		for (let run = 0; run < 2; run++) await scene.succeed(archive, { token, job: 'archive' });
		expect(theatre.github.caches.entries).toHaveLength(3);
		await scene.succeed({ 'artifact-name': 'third' });
	});
});

describe('a checkpoint that cannot be used', () => {
	it.each([
		['not JSON', '{"version":1', /^The checkpoint cannot be used: it is not JSON\./],
		['empty', '', /^The checkpoint cannot be used: /],
		['no object', '[]', /^The checkpoint cannot be used: it is not a JSON object\./],
		[
			'incomplete',
			'{"version":1}',
			/^The checkpoint cannot be used: its fields are not those of its version\./,
		],
		['damaged', '{"version":4}', /^The checkpoint cannot be used: its checksum does not match\./],
		[
			'of a newer version',
			'{"version":5}',
			/^The checkpoint has format version 5; .* newer release/,
		],
	])('stops the run and stays as it is: %s', async (_, text, message) => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const workspace = theatre.workspace();
		const file = path.join(workspace, 'state.json');
		writeFileSync(file, text);
		const inputs = { checkpoint: 'file', 'checkpoint-file': 'state.json' };
		expect(await scene.fail(inputs, { workspace })).toMatch(message);
		expect(scene.feed.requests).toEqual([]);
		expect(filesIn(workspace)).toEqual(new Map([['state.json', text]]));
	});

	it('stops the run with the name of the file when it is no file', async () => {
		const scene = await theatre.scene(quiet);
		const workspace = theatre.workspace();
		mkdirSync(path.join(workspace, 'state.json'));
		const inputs = { checkpoint: 'file', 'checkpoint-file': 'state.json' };
		expect(await scene.fail(inputs, { workspace })).toContain('state.json');
	});

	it('that is ahead of the API’s clock stops the run', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		scene.clock.advance(-DAY);
		const error = await scene.fail();
		expect(error).toMatch(/^The checkpoint calls everything up to 2025-03-18T11:5.* settled, but/);
		scene.expectReference(error);
	});
});
