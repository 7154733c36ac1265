import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
	DAY,
	filesIn,
	type Inputs,
	linesOf,
	MINUTE,
	type Options,
	type Scene,
	Theatre,
} from '../harness';

const theatre = Theatre.open();

/** Only what the test adds is delivered. */
const quiet = { recordReads: false };

const messagesOf = ({ annotations }: { annotations: { level: string; message: string }[] }) =>
	annotations.map(({ level, message }) => `${level}: ${message}`);

/** Lets an activity happen, and a minute pass. */
function passed(scene: Scene) {
	const row = scene.happened(0);
	scene.clock.advance(MINUTE);
	return row.json;
}

describe('cache entries', () => {
	it('have a key for each run and attempt, and the newest is restored', async () => {
		const scene = await theatre.scene(quiet);
		const rows = [passed(scene)];
		const first = await scene.succeed();
		rows.push(passed(scene));
		const second = await scene.succeed();
		rows.push(passed(scene));
		const again = await scene.succeed({}, { runId: second.runId, runAttempt: 2 });
		const prefix = `anthropic-compliance-${scene.workflow}-sync/`;
		expect(theatre.github.caches.entries.map(({ key }) => key)).toEqual([
			`${prefix}${first.runId}-1`,
			`${prefix}${second.runId}-1`,
			`${prefix}${second.runId}-2-start`,
			`${prefix}${second.runId}-2`,
		]);
		expect([first, second, again].map(({ delivered }) => delivered)).toEqual([
			[rows[0]],
			[rows[1]],
			[rows[1], rows[2]],
		]);
		expect((await scene.succeed()).delivered).toEqual([]);
	});

	it('of another workflow or job are never taken', async () => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		const own = (name: string): Inputs => ({ 'artifact-name': name });
		const jobs = [
			{ workflow: `long-${scene.workflow}`, job: 'audit' },
			{ workflow: scene.workflow, job: 'audit-eu' },
			{ workflow: scene.workflow, job: 'audit' },
			{ workflow: scene.workflow, job: 'aud' },
		];
		for (const options of jobs) {
			// A job that is new here is told of the others.
			const { outputs, delivered } = await scene.run(own(options.job), options);
			expect(outputs['checkpoint-status']).toBe('initial');
			expect(delivered).toEqual([row]);
		}
		const legs = [
			{ ...own('leg-eu'), 'cache-key-prefix': 'leg-eu' },
			{ ...own('leg'), 'cache-key-prefix': 'leg' },
		];
		for (const inputs of legs) {
			expect((await scene.succeed(inputs)).outputs['checkpoint-status']).toBe('initial');
		}
		for (const inputs of legs) {
			expect((await scene.succeed(inputs)).outputs['checkpoint-status']).toBe('restored');
		}
		const keys = theatre.github.caches.entries.map(({ key }) => key.split('/')[0]);
		expect(keys.slice(-2)).toEqual(['leg-eu', 'leg']);
	});

	it('of a workflow whose file differs in a blank or a letter are never taken', async () => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		for (const name of ['audit-trail', 'audit trail', '監査', '警告', 'a@b', 'a@c']) {
			const { outputs, delivered } = await scene.run(
				{ 'artifact-name': name },
				{ workflow: `${name}-${scene.workflow}` },
			);
			expect(outputs['checkpoint-status']).toBe('initial');
			expect(delivered).toEqual([row]);
		}
	});

	it('hold nothing of the files that an earlier job left behind', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const { workspace } = await scene.succeed();
		const other = await theatre.scene(quiet);
		const row = passed(other);
		const run = await other.run({ 'output-directory': 'other' }, { workspace });
		expect(run.outputs['checkpoint-status']).toBe('initial');
		expect(run.delivered).toEqual([row]);
		expect(readdirSync(workspace).sort()).toEqual(['compliance-activities', 'other']);
	});

	it('and checkpoint files in one workspace keep out of each other’s way', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const file: Inputs = { checkpoint: 'file', artifact: 'false' };
		const { workspace } = await scene.succeed(file);
		passed(scene);
		await scene.succeed({}, { workspace });
		const { outputs } = await scene.succeed(file, { workspace });
		expect(outputs).toMatchObject({ 'checkpoint-status': 'restored', count: '1' });
	});

	it('stay as small as the overlap, whatever the backlog', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(3000);
		await scene.succeed();
		const [cached] = await theatre.cached();
		expect(cached?.length).toBeLessThan(1200);
		// Where the run stopped, and where it started.
		const [checkpoint = '', start = ''] = cached?.split(/(?<=})(?={)/) ?? [];
		expect(JSON.parse(start)).toMatchObject({ frontier: null, seen: '' });
		expect(Object.keys(JSON.parse(checkpoint) as object).sort()).toEqual([
			'backfillStart',
			'checksum',
			'filters',
			'frontier',
			'host',
			'organization',
			'ownKey',
			'ownRequests',
			'reached',
			'readAt',
			'rereading',
			'seen',
			'settled',
			'start',
			'version',
		]);
	});
});

describe('a re-run', () => {
	it('of all jobs delivers again what GitHub dropped, and what is newer', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		passed(scene);
		const { runId } = await scene.succeed();
		passed(scene);
		const rerun = { runId, rerunAll: true };
		const second = await scene.succeed({}, { ...rerun, runAttempt: 2 });
		expect(second.delivered).toHaveLength(2);
		expect(second.outputs['checkpoint-status']).toBe('restored');
		expect(second.log).toContain('This is a re-run: starting where its first attempt started.');
		passed(scene);
		const third = await scene.succeed({}, { ...rerun, runAttempt: 3 });
		expect(third.delivered).toHaveLength(3);
		passed(scene);
		await scene.succeed();

		const artifacts = theatre.github.artifacts.all.slice(0, 3);
		expect(artifacts.map(({ name }) => name)).toEqual([
			'compliance-activities',
			'compliance-activities-attempt-3',
			'compliance-activities',
		]);
		expect(await held(artifacts.map(({ id }) => id))).toEqual(scene.shown);
	});

	it('of all jobs that fails leaves what GitHub dropped to the next run', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		passed(scene);
		const { runId } = await scene.succeed();
		scene.feed.fail({ status: 401 });
		await scene.run({}, { runId, runAttempt: 2, rerunAll: true });
		passed(scene);
		await scene.succeed();
		const artifacts = theatre.github.artifacts.all.slice(0, 2);
		expect(await held(artifacts.map(({ id }) => id))).toEqual(scene.shown);
	});

	it('of the first run starts at the backfill start again', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const { runId } = await scene.succeed();
		passed(scene);
		const again = await scene.succeed({}, { runId, runAttempt: 2, rerunAll: true });
		expect(again.outputs['checkpoint-status']).toBe('restored');
		expect(again.delivered).toEqual(scene.shown);
	});

	it('of a run that failed goes on where the last good run stopped', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		const runId = 77;
		theatre.github.faults.cacheWrite = 'refused';
		await scene.fail({}, { runId });
		delete theatre.github.faults.cacheWrite;
		const again = await scene.succeed({}, { runId, runAttempt: 2, rerunAll: true });
		expect(again.delivered).toEqual([row]);
		expect((await scene.succeed()).delivered).toEqual([]);
	});

	/** The activities in artifacts, in the order in which they happened. */
	async function held(ids: readonly number[]): Promise<string[]> {
		const files = await Promise.all(ids.map((id) => theatre.github.artifacts.files(id)));
		return files
			.flatMap((each) =>
				linesOf(new Map([...each].map(([name, content]) => [name, content.toString()]))),
			)
			.sort((a, b) => createdAt(a) - createdAt(b));
	}

	function createdAt(line: string): number {
		return Date.parse((JSON.parse(line) as { created_at: string }).created_at);
	}
});

describe('when the checkpoint cannot be saved', () => {
	it.each([
		['refused', 'cache entry with the same key, version, and scope already exists'],
		['read-only', 'cache write denied: token has no writable scopes'],
		['upload', 'Server failed to authenticate the request'],
		['finalize', 'cache entry could not be finalized'],
		['unreachable', 'Unable to make request: ECONNRESET'],
		[501, '(501) Not Implemented'],
	] as const)('the run fails and says why: %s', async (fault, reason) => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		theatre.github.faults.cacheWrite = fault;
		const failed = await scene.run();
		expect(failed.exitCode).toBe(1);
		const errors = failed.annotations.filter(({ level }) => level === 'error');
		expect(errors.map(({ message }) => message)).toEqual([
			expect.stringMatching(
				/^The checkpoint could not be saved: .+ What this run delivered is complete, but the next run will deliver it once more\.$/,
			),
		]);
		expect(errors[0]?.message).toContain(reason);
		expect(failed.outputs).toMatchObject({ count: '1', 'checkpoint-saved': 'false' });
		expect(failed.delivered).toEqual([row]);
		expect(failed.summary).toContain('**not saved**');

		delete theatre.github.faults.cacheWrite;
		theatre.github.artifacts.forget(failed.runId);
		expect((await scene.succeed()).delivered).toEqual([row]);
	});

	it('the run only warns when that is allowed', async () => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		theatre.github.faults.cacheWrite = 'refused';
		const run = await scene.run({ 'checkpoint-required': 'false' });
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^warning: Failed to save: /),
			expect.stringMatching(/^warning: The checkpoint could not be saved: .+ once more\.$/),
		]);
		expect(run.outputs).toMatchObject({ count: '1', 'checkpoint-saved': 'false' });
		expect(run.delivered).toEqual([row]);
	});

	it.each(['true', 'false'])(
		'the second of two steps with one prefix is stopped before it asks (required: %s)',
		async (required) => {
			const scene = await theatre.scene(quiet);
			passed(scene);
			const { runId } = await scene.succeed({ 'artifact-name': 'leg-1' });
			const asked = scene.feed.requests.length;
			const second = { 'artifact-name': 'leg-2', 'checkpoint-required': required };
			const error = await scene.fail(second, { runId });
			expect(error).toContain('the same cache-key-prefix');
			expect(scene.feed.requests).toHaveLength(asked);
		},
	);

	it('into a file, the run fails and says why', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const workspace = theatre.workspace();
		// The draft beside it has a longer name than any file may have.
		const inputs = { checkpoint: 'file', 'checkpoint-file': 'x'.repeat(250) };
		const error = await scene.fail(inputs, { workspace });
		expect(error).toMatch(/^The checkpoint could not be saved: ENAMETOOLONG/);
	});
});

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
			expect(error).toMatch(/^The Actions cache could not be read, so it is .* stopped: .*\w\. /);
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
		expect(third.summary).toContain('went on from the checkpoint in the newest artifact');
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
			// An unknown workflow has no runs to list, which is told as a warning.
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
		).toEqual([`::add-mask::${token}`]);
	});

	it('and GitHub’s API is out of order, the run does not guess, unless told to', async () => {
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
	/** What the first run left is told of, and delivered again. */
	async function expectTold(scene: Scene, inputs: Inputs, options: Options, ...told: string[]) {
		const run = await scene.run(inputs, options);
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(
				/^warning: There is no checkpoint under .* comes again: cancel this run/,
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
		// Whoever may push a branch can have one make an artifact.
		await scene.run({}, { branch: 'topic', event: 'push' });
		theatre.github.repository.defaultBranch = 'trunk';
		rows.push(passed(scene));
		const run = await scene.succeed({}, { branch: 'trunk' });
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual(rows);
		// A branch that never was the default one begins for itself.
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

	it('nothing is told of others with prefixes set by hand, nor of quiet runs and own jobs', async () => {
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

describe('branches', () => {
	it('keep checkpoints of their own, which a warning tells', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		const topic = await scene.run({}, { branch: 'topic' });
		expect(topic.exitCode).toBe(0);
		expect(messagesOf(topic)).toEqual([
			expect.stringMatching(/^warning: This run is on topic, not on the default branch main\./),
		]);
		// A branch reads the caches of the default branch, but not the other way round.
		expect(topic.delivered).toEqual([row]);
		expect((await scene.succeed()).delivered).toEqual([row]);
	});
});

describe('a checkpoint that cannot be used', () => {
	it.each([
		['not JSON', '{"version":1', /^The checkpoint cannot be used: it is not JSON\./],
		['empty', '', /^The checkpoint cannot be used: /],
		['no object', '[]', /^The checkpoint cannot be used: it is no JSON object\./],
		['incomplete', '{"version":1}', /^The checkpoint cannot be used: its fields are others\./],
		['damaged', '{"version":3}', /^The checkpoint cannot be used: its checksum does not fit\./],
		[
			'of a newer version',
			'{"version":4}',
			/^The checkpoint has format version 4; .* newer release/,
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
