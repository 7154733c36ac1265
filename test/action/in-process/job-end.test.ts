import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ArchiveScene } from '../archive-scene';
import { messagesOf, passed, quiet } from '../checkpoint-scene';
import { DAY, filesIn, type Inputs, linesOf, pagesOf, type Run, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { openSelfHosted, SELF_HOSTED } from '../self-hosted-scene';

const theatre = Theatre.open(runInProcess);

const fails = { next: [() => 'failure' as const] };
const isCancelled = { next: [() => 'cancelled' as const] };

const STEP: Inputs = { 'save-checkpoint': 'step' };
const keys = () => theatre.github.caches.entries.map(({ key }) => key.split('/')[1]);

describe.each([
	['the cache', {}],
	['a file', SELF_HOSTED],
] as const)('with the checkpoint in %s', (_, place: Inputs) => {
	it.each([
		['fails', fails],
		['is cancelled', isCancelled],
	])('a job that %s in a later step brings the same activities again', async (_, later) => {
		const scene = await theatre.scene(quiet);
		scene.populate(500);
		const workspace = theatre.workspace();
		const first = await scene.succeed(place, { workspace, ...later });
		expect(first.conclusion).not.toBe('success');
		expect(first.outputs).toMatchObject({ count: '500', 'checkpoint-saved': 'at-job-end' });
		expect(first.log).toContain(
			'The checkpoint is saved at the end of the job, if every step succeeds (save-checkpoint: job). If a step fails or the job is cancelled, the next run delivers the same activities again.',
		);
		expect(first.summary).toContain(
			'saved at the end of the job, if every step succeeds (`save-checkpoint: job`) |',
		);
		expect(theatre.github.caches.entries).toEqual([]);

		const second = await scene.succeed(place, { workspace });
		expect(second.delivered).toEqual(scene.shown);
		expect(second.steps.at(-1)?.log).toContain('the checkpoint is saved');
		expect((await scene.succeed(place, { workspace })).delivered).toEqual([]);
	});

	it('a step that saves it itself is not undone by a later one', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(20);
		const workspace = theatre.workspace();
		const inputs = { ...place, ...STEP };
		const first = await scene.succeed(inputs, { workspace, ...fails });
		expect(first.outputs['checkpoint-saved']).toBe('true');
		expect(first.log).toContain('The checkpoint is saved, whatever later steps do');
		expect(first.summary).toContain('saved at the end of this step (`save-checkpoint: step`) |');
		expect((await scene.succeed(inputs, { workspace })).delivered).toEqual([]);
	});

	it('a run with nothing new saves it at once', async () => {
		const scene = await theatre.scene(quiet);
		const workspace = theatre.workspace();
		const run = await scene.succeed(place, { workspace, ...fails });
		expect(run.outputs).toMatchObject({ count: '0', 'checkpoint-saved': 'true' });
		expect(run.summary).toContain('saved at once, because there is nothing new |');
		const next = await scene.succeed(place, { workspace });
		expect(next.outputs['checkpoint-status']).toBe('restored');
	});

	it('a run that cannot read further lets the later steps use what it read, and then fails the job', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(60);
		const workspace = theatre.workspace();
		scene.feed.fail({ status: 401 }, { after: 2 });
		let told: Record<string, string> | undefined;
		const ship = (outputs: readonly Record<string, string>[]) => {
			told = outputs[0];
			return 'success' as const;
		};
		const inputs = { ...place, ...pagesOf(20) };
		const first = await scene.break(inputs, { workspace, next: [ship] });
		expect(told).toMatchObject({ count: String(first.delivered.length), 'caught-up': 'false' });
		expect(first.delivered).toHaveLength(40);
		expect(first.error).toMatch(/\(401\).* and the next run continues from there\.$/);
		const second = await scene.succeed(place, { workspace });
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
	});

	it('a run that cannot read further before a step that fails starts again', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(60);
		const workspace = theatre.workspace();
		scene.feed.fail({ status: 401 }, { after: 2 });
		const first = await scene.run({ ...place, ...pagesOf(20) }, { workspace, ...fails });
		expect(first.steps.map(({ exitCode }) => exitCode)).toEqual([0]);
		expect(messagesOf(first)).toEqual([
			expect.stringMatching(
				/^error: .*\(401\).* 40 new activities of this run are delivered anyway: the job goes on/,
			),
		]);
		const second = await scene.succeed(place, { workspace });
		expect(second.delivered).toEqual(scene.shown);
	});

	it('a step that cannot read further fails itself when it saves its checkpoint', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(60);
		const workspace = theatre.workspace();
		scene.feed.fail({ status: 401 }, { after: 2 });
		const first = await scene.run({ ...place, ...STEP, ...pagesOf(20) }, { workspace });
		expect(first.steps.map(({ stage, exitCode }) => [stage, exitCode])).toEqual([['main', 1]]);
		expect(first.outputs['checkpoint-saved']).toBe('true');
		expect(messagesOf(first)).toEqual([
			expect.stringMatching(/^error: .*\(401\).* and the next run continues from there\.$/),
		]);
		const second = await scene.succeed(place, { workspace });
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
	});

	it('what waits for the end of the job is for the user of the runner alone, and goes with it', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const temporary = theatre.workspace();
		const held = () =>
			readdirSync(temporary).filter((name) => name.startsWith('compliance-checkpoint-'));
		const modes: number[] = [];
		const look = () => {
			for (const name of held()) {
				modes.push(statSync(path.join(temporary, name)).mode & 0o777);
			}
			return 'success' as const;
		};
		await scene.succeed(place, { env: { RUNNER_TEMP: temporary }, next: [look] });
		expect(modes).toEqual([0o600]);
		expect(held()).toEqual([]);
	});

	describe('a job in which it is gone', () => {
		const GONE =
			'The checkpoint could not be saved: the file that held it until the end of the job';
		const clearing = () => {
			const temporary = theatre.workspace();
			const clear = () => {
				for (const name of readdirSync(temporary))
					rmSync(path.join(temporary, name), { recursive: true });
				return 'success' as const;
			};
			return { env: { RUNNER_TEMP: temporary }, next: [clear] };
		};

		it('fails', async () => {
			const scene = await theatre.scene(quiet);
			passed(scene);
			const error = await scene.fail(place, clearing());
			expect(error).toMatch(new RegExp(`^${GONE}`));
		});

		it('succeeds with a warning when the checkpoint is not required', async () => {
			const scene = await theatre.scene(quiet);
			passed(scene);
			const run = await scene.run({ ...place, 'checkpoint-required': 'false' }, clearing());
			expect(run.conclusion).toBe('success');
			expect(messagesOf(run)).toEqual([expect.stringMatching(`^warning: ${GONE}`)]);
		});

		it('names the failure to read, too', async () => {
			const scene = await theatre.scene(quiet);
			scene.populate(60);
			scene.feed.fail({ status: 401 }, { after: 2 });
			const run = await scene.run({ ...place, ...pagesOf(20) }, clearing());
			expect(messagesOf(run).at(-1)).toMatch(new RegExp(`^error: .*\\(401\\).* ${GONE}`));
		});
	});

	it('two steps with one place are told so before the second one asks', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const asked = scene.feed.requests.length;
		const second = { ...scene.usual, ...place, 'output-directory': 'b', 'artifact-name': 'b' };
		const workspace = theatre.workspace();
		const run = await scene.run(place, { workspace, next: [{ inputs: second }] });
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(
				/^error: Another step, .* the same (cache-key-prefix|checkpoint-file), .*otherwise activities would be missed/,
			),
		]);
		expect(scene.feed.requests).toHaveLength(asked + 1);
		expect((await scene.succeed(place, { workspace })).delivered).toEqual(scene.shown);
	});
});

describe('several steps in one job', () => {
	const steps: Inputs[] = ['a', 'b'].map((name) => ({
		'cache-key-prefix': name,
		'artifact-name': name,
		'output-directory': name,
	}));

	it('save their checkpoints in reverse order, each its own', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const [first = {}, second = {}] = steps;
		const next = [{ inputs: { ...scene.usual, ...second } }];
		const run = await scene.succeed(first, { next });
		expect(run.steps.map(({ stage, outputs }) => [stage, outputs.count])).toEqual([
			['main', '1'],
			['main', '1'],
			['post', undefined],
			['post', undefined],
		]);
		expect(theatre.github.caches.entries.map(({ key }) => key.split('/')[0])).toEqual(['b', 'a']);
		passed(scene);
		const again = await scene.succeed(first, { next });
		expect(again.steps.map(({ outputs }) => outputs.count).slice(0, 2)).toEqual(['1', '1']);
	});

	it('save nothing after one of their ends has failed the job', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(60);
		const shown = scene.shown;
		const [first = {}, second = {}] = steps;
		const next = [{ inputs: { ...scene.usual, ...second, ...pagesOf(20) } }];
		// The first step reads the feed with one request.
		scene.feed.fail({ status: 401 }, { after: 3 });
		const run = await scene.run(first, { next });
		expect(run.steps.map(({ stage, exitCode }) => [stage, exitCode])).toEqual([
			['main', 0],
			['main', 0],
			['post', 1],
		]);
		expect(theatre.github.caches.entries.map(({ key }) => key.split('/')[0])).toEqual(['b']);
		const again = await scene.succeed(first, { next });
		expect(again.steps.map(({ outputs }) => outputs.count).slice(0, 2)).toEqual([
			String(shown.length),
			'20',
		]);
	});

	it('do not add to the new files of an earlier one', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const [first, second] = steps.map((each) => ({ ...each, 'output-directory': 'shared' }));
		const asked = scene.feed.requests.length;
		const run = await scene.run(first, { next: [{ inputs: { ...scene.usual, ...second } }] });
		const directory = run.outputs['new-files'] ?? '';
		expect(messagesOf(run)).toEqual([
			`error: An earlier step of this job gave ${directory} to later steps as its new files, and this step would add its own to them. Give each step of a job its own output-directory.`,
		]);
		expect(linesOf(filesIn(directory))).toEqual(scene.shown);
		expect(scene.feed.requests).toHaveLength(asked + 1);
	});

	it.each([
		['found nothing new', []],
		['keeps its new files elsewhere', ['an older file']],
	])('share the output directory with one that %s', async (_, files) => {
		const scene = await theatre.scene(quiet);
		const workspace = theatre.workspace();
		const [first, second] = steps.map((each) => ({ ...each, 'output-directory': '.' }));
		for (const name of files) {
			writeFileSync(path.join(workspace, name), '');
			passed(scene);
		}
		const next = [{ inputs: { ...scene.usual, ...second } }];
		await scene.succeed(first, { workspace, next });
	});

	it('all start again when the last one fails', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const [first = {}, second = {}] = steps;
		const failing = { ...scene.usual, ...second, 'page-size': 'many' };
		await scene.run(first, { next: [{ inputs: failing }] });
		expect(theatre.github.caches.entries).toEqual([]);
		expect((await scene.succeed(first)).delivered).toEqual(scene.shown);
	});
});

describe('re-runs', () => {
	it('of a job whose later step failed bring the same activities again', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		const { runId } = await scene.succeed({}, fails);
		const again = await scene.succeed({}, { runId, runAttempt: 2 });
		expect(again.delivered).toEqual([row]);
		expect(keys().at(-1)).toBe(`${runId}-2`);
		expect((await scene.succeed()).delivered).toEqual([]);
	});

	it('of a job that succeeded, and then fails in a later step, leave everything to the next run', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		const { runId } = await scene.succeed();
		const again = await scene.succeed({}, { runId, runAttempt: 2, rerunAll: true, ...fails });
		expect(again.delivered).toEqual([row]);
		expect((await scene.succeed()).delivered).toEqual([row]);
	});
});

describe('matrix legs', () => {
	it('do not wait for each other', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const leg = (name: string) => ({ 'cache-key-prefix': name, 'artifact-name': name });
		const { runId } = await scene.succeed(leg('eu'), fails);
		await scene.succeed(leg('us'), { runId });
		expect((await scene.succeed(leg('eu'))).delivered).toEqual(scene.shown);
		expect((await scene.succeed(leg('us'))).delivered).toEqual([]);
	});
});

describe('the newest artifact, when the cache entry is gone', () => {
	const evicted = async (scene: { succeed(): Promise<Run> }) => {
		theatre.github.caches.evictAll();
		return await scene.succeed();
	};

	it.each([
		['fails', fails],
		['is cancelled', isCancelled],
	])('counts as not delivered when its job %s in a later step', async (_, later) => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed();
		const row = passed(scene);
		await scene.succeed({}, later);
		const run = await evicted(scene);
		expect(run.outputs['checkpoint-status']).toBe('fallback');
		expect(run.delivered).toEqual([row]);
	});

	it('counts as not delivered when its job was allowed to fail', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const { runId } = await scene.succeed({}, fails);
		theatre.github.runs.find(runId)!.conclusion = 'success';
		expect((await evicted(scene)).delivered).toEqual(scene.shown);
	});

	it('of a first run that failed leads to the backfill start', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed({}, fails);
		expect((await evicted(scene)).delivered).toEqual(scene.shown);
	});

	it('counts as delivered when the step saved its checkpoint', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		await scene.succeed(STEP, fails);
		expect((await evicted(scene)).delivered).toEqual([]);
	});
});

describe('a checkpoint that cannot be saved', () => {
	it('is a warning at the end of the job when that is allowed', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		theatre.github.faults.cacheWrite = 'refused';
		const run = await scene.run({ 'checkpoint-required': 'false' });
		expect([run.conclusion, run.outputs['checkpoint-saved']]).toEqual(['success', 'at-job-end']);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^warning: The checkpoint could not be saved: .+ again\.$/),
		]);
		expect(run.summary).toContain('The checkpoint is **not saved**');
	});

	it('is an error, but fails no job, when the step may fail', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		theatre.github.faults.cacheWrite = 'refused';
		const run = await scene.run({}, { continueOnError: true });
		expect(run.steps.map(({ stage, exitCode }) => [stage, exitCode])).toEqual([
			['main', 0],
			['post', 1],
		]);
		expect(run.conclusion).toBe('success');
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^error: The checkpoint could not be saved: /),
		]);
	});

	it('after a failure to read is named with it', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(60);
		scene.feed.fail({ status: 401 }, { after: 2 });
		theatre.github.faults.cacheWrite = 'refused';
		const run = await scene.run({ ...pagesOf(20), 'checkpoint-required': 'false' });
		expect(run.exitCode).toBe(1);
		expect(messagesOf(run).at(-1)).toMatch(
			/^error: .*\(401\).* The checkpoint could not be saved: .*will deliver it again\.$/,
		);
	});

	it('because another run has replaced the file, leaves the other one’s', async () => {
		const { scene, workspace, checkpoint } = await openSelfHosted(theatre);
		passed(scene);
		const replace = async () => {
			await scene.succeed({ ...SELF_HOSTED, 'output-directory': 'other' }, { workspace });
			return 'success' as const;
		};
		const run = await scene.run(SELF_HOSTED, { workspace, next: [replace] });
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(
				/^error: Another run has saved its checkpoint in .* since this run started/,
			),
		]);
		expect(existsSync(checkpoint)).toBe(true);
		passed(scene);
		expect((await scene.succeed(SELF_HOSTED, { workspace })).outputs.count).toBe('1');
	});
});

describe('a checkpoint file that a later step deletes, such as a checkout', () => {
	it.each([
		['of the first run', 0],
		['of an earlier run', 1],
	])('%s, is saved all the same', async (_, earlierRuns) => {
		const { scene, workspace, checkpoint, succeed } = await openSelfHosted(theatre);
		passed(scene);
		for (let run = 0; run < earlierRuns; run++) await succeed();
		passed(scene);
		const checkout = () => {
			rmSync(path.dirname(checkpoint), { recursive: true, force: true });
			return 'success' as const;
		};
		await scene.succeed(SELF_HOSTED, { workspace, next: [checkout] });
		expect((await succeed()).outputs).toMatchObject({
			count: '0',
			'checkpoint-status': 'restored',
		});
	});
});

describe('a step that dies before it tells what it delivered', () => {
	it('leaves nothing to the end of the job, even if it may fail', async () => {
		const scene = await theatre.scene(quiet);
		await scene.succeed();
		const row = passed(scene);
		const env = { GITHUB_OUTPUT: path.join(theatre.workspace(), 'none') };
		const run = await scene.run({}, { env, continueOnError: true });
		expect([run.conclusion, run.exitCode, run.outputs]).toEqual(['success', 1, {}]);
		expect((await scene.succeed()).delivered).toEqual([row]);
	});
});

describe('with commit', () => {
	it('data and checkpoint are one, whatever later steps do', async () => {
		const archive = await ArchiveScene.open(theatre);
		passed(archive.scene);
		const run = await archive.succeed({}, fails);
		expect(run.outputs['checkpoint-saved']).toBe('true');
		expect((await archive.succeed()).outputs.count).toBe('0');
		await archive.expectAll();
	});

	it('the copy in the artifact holds whatever later steps do, too', async () => {
		const archive = await ArchiveScene.open(theatre);
		passed(archive.scene);
		const { artifact } = await archive.succeed({ artifact: 'true' }, fails);
		const copy = JSON.parse(artifact?.get('.checkpoint.json') ?? '') as object;
		expect(Object.keys(copy)).toEqual(['cacheKeyPrefix', 'checkpoint']);
	});
});

describe('the new files', () => {
	const shippedBy = (run: Run) => filesIn(run.outputs['new-files'] ?? '');

	it('are the output directory where that was empty', async () => {
		const scene = await theatre.scene(quiet);
		scene.populate(50);
		let shipped: ReadonlyMap<string, string> | undefined;
		const ship = ([outputs = {}]: readonly Record<string, string>[]) => {
			shipped = filesIn(outputs['new-files'] ?? '');
			return 'success' as const;
		};
		const run = await scene.succeed({}, { next: [ship] });
		expect(run.outputs['new-files']).toBe(run.outputs.directory);
		expect(linesOf(shipped ?? new Map())).toEqual(scene.shown);
		expect(run.artifact?.has('.checkpoint.json')).toBe(true);
		expect([...(shipped?.keys() ?? [])].filter((name) => !name.endsWith('.ndjson'))).toEqual([]);
	});

	it('are none when there is nothing new', async () => {
		const scene = await theatre.scene(quiet);
		const temporary = theatre.workspace();
		const workspace = theatre.workspace();
		writeFileSync(path.join(workspace, 'notes'), '');
		const env = { RUNNER_TEMP: temporary };
		const run = await scene.succeed({ 'output-directory': '.' }, { workspace, env });
		expect(run.outputs['new-files']).toBe('');
		expect(readdirSync(temporary)).toEqual([]);
	});

	it.each(['true', 'false'])(
		'hold what a failed job left in the output directory again (artifact: %s)',
		async (artifact) => {
			const { scene, workspace, written, checkpoint } = await openSelfHosted(theatre);
			scene.populate(50);
			const now = scene.clock.now();
			scene.feed.add('"odd"', { at: (now - DAY) * 1000, visibleAt: now });
			const inputs = { ...SELF_HOSTED, artifact };
			const temporary = theatre.workspace();
			const options = { workspace, env: { RUNNER_TEMP: temporary } };
			await scene.run(inputs, { ...options, ...fails });
			expect(existsSync(checkpoint)).toBe(false);
			expect(written()).toEqual(scene.shown);
			const before = scene.shown;
			const row = passed(scene);

			const second = await scene.run(inputs, options);
			expect(second.exitCode).toBe(0);
			expect(second.outputs['new-files']).toContain(temporary);
			expect(linesOf(shippedBy(second))).toEqual([...before, row]);
			expect(shippedBy(second).get('unreadable.ndjson')).toBe('"odd"\n');
			expect(written()).toEqual(scene.shown);
			if (artifact === 'true') {
				const { artifact: uploaded = new Map<string, string>() } = second;
				const files = [...uploaded].filter(([name]) => name !== '.checkpoint.json');
				expect(new Map(files)).toEqual(shippedBy(second));
			}

			const last = passed(scene);
			expect(linesOf(shippedBy(await scene.run(inputs, options)))).toEqual([last]);
		},
	);
});
