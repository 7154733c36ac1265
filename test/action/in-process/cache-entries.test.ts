import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { messagesOf, passed, quiet } from '../checkpoint-scene';
import { type Inputs, linesOf, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('cache entries', () => {
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
			// A new job gets a warning about the checkpoints of the others.
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
		// What thresholds count has a bound of its own.
		await scene.succeed({ watches: 'off' });
		const [cached] = await theatre.cached();
		expect(cached?.length).toBeLessThan(1300);
		// The checkpoints where the run stopped and where it started.
		const [checkpoint = '', start = ''] = cached?.split(/(?<=})(?={)/) ?? [];
		expect(JSON.parse(start)).toMatchObject({ frontier: null, seen: '' });
		expect(Object.keys(JSON.parse(checkpoint) as object).sort()).toEqual([
			'backfillStart',
			'checksum',
			'counters',
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
		expect(second.log).toContain('This is a re-run: it starts where the first attempt started.');
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
	const faults = [
		['refused', 'cache entry with the same key, version, and scope already exists'],
		['read-only', 'cache write denied: token has no writable scopes'],
		['upload', 'Server failed to authenticate the request'],
		['finalize', 'cache entry could not be finalized'],
		['unreachable', 'Unable to make request: ECONNRESET'],
		[501, '(501) Not Implemented'],
	] as const;
	const saved = { job: 'at-job-end', step: 'false' } as const;
	it.each(
		faults.flatMap(([fault, reason]) =>
			(['job', 'step'] as const).map((time) => [time, fault, reason] as const),
		),
	)('the %s fails and says why: %s', async (time, fault, reason) => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		theatre.github.faults.cacheWrite = fault;
		const failed = await scene.run({ 'save-checkpoint': time });
		expect(failed.exitCode).toBe(1);
		const errors = failed.annotations.filter(({ level }) => level === 'error');
		expect(errors.map(({ message }) => message)).toEqual([
			expect.stringMatching(
				/^The checkpoint could not be saved: .+ The data of this run is complete, but the next run will deliver it again\.$/,
			),
		]);
		expect(errors[0]?.message).toContain(reason);
		expect(failed.outputs).toMatchObject({ count: '1', 'checkpoint-saved': saved[time] });
		expect(failed.conclusion).toBe('failure');
		expect(failed.delivered).toEqual([row]);
		expect(failed.summary).toContain('**not saved**');

		delete theatre.github.faults.cacheWrite;
		theatre.github.artifacts.forget(failed.runId);
		expect((await scene.succeed()).delivered).toEqual([row]);
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
