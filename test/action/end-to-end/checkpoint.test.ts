import { describe, expect, it } from '@jest/globals';
import { messagesOf, passed, quiet } from '../checkpoint-scene';
import { Theatre } from '../harness';

const theatre = Theatre.open();

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
});

describe('a later step that fails', () => {
	it('leaves the checkpoint as it was', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const failed = await scene.succeed({}, { next: [() => 'failure'] });
		expect(failed.steps.map(({ stage }) => stage)).toEqual(['main']);
		expect(theatre.github.caches.entries).toEqual([]);
		const again = await scene.succeed();
		expect(again.steps.map(({ stage }) => stage)).toEqual(['main', 'post']);
		expect(again.delivered).toEqual(failed.delivered);
		expect((await scene.succeed()).delivered).toEqual([]);
	});
});

describe('a re-run', () => {
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
});

describe('when the checkpoint cannot be saved', () => {
	// The cache library decides by the name of the error's class, which a minifier must not change.
	it('the run only warns when that is allowed', async () => {
		const scene = await theatre.scene(quiet);
		const row = passed(scene);
		theatre.github.faults.cacheWrite = 'refused';
		const run = await scene.run({ 'checkpoint-required': 'false' });
		expect(run.exitCode).toBe(0);
		expect(messagesOf(run)).toEqual([
			expect.stringMatching(/^warning: The checkpoint could not be saved: .+ again\.$/),
		]);
		expect(run.outputs).toMatchObject({ count: '1', 'checkpoint-saved': 'at-job-end' });
		expect(run.delivered).toEqual([row]);
	});

	it('into a file, the run fails and says why', async () => {
		const scene = await theatre.scene(quiet);
		passed(scene);
		const workspace = theatre.workspace();
		// The draft beside it gets a longer name than file systems allow.
		const inputs = { checkpoint: 'file', 'checkpoint-file': 'x'.repeat(250) };
		const error = await scene.fail(inputs, { workspace });
		expect(error).toMatch(/^The checkpoint could not be saved: ENAMETOOLONG/);
	});
});
