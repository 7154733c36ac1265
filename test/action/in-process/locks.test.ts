import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { Lock } from '../../../action/io/lock';
import { ArchiveScene } from '../archive-scene';
import { passed } from '../checkpoint-scene';
import { filesIn, linesOf, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { openSelfHosted, SELF_HOSTED } from '../self-hosted-scene';

const theatre = Theatre.open(runInProcess);

it.each(['output-directory', 'checkpoint-file'])(
	'a second run with the same %s at the same time fails before it asks, and loses nothing',
	async (input) => {
		const { scene, workspace, directory, checkpoint, written, succeed } =
			await openSelfHosted(theatre);
		passed(scene);
		const [place, lockFile] =
			input === 'output-directory'
				? [directory, path.join(directory, '.compliance-activities.lock')]
				: [checkpoint, `${checkpoint}.lock`];
		// The other run is this process.
		const other = await Lock.take({ input, place, lockFile });
		const error = await scene.fail(SELF_HOSTED, { workspace });
		expect(error).toContain(
			`Another run (process ${process.pid} on ${hostname()}) uses the same ${input} now: ${place}.`,
		);
		expect(error).toContain('a concurrency group');
		expect(scene.feed.requests).toEqual([]);
		expect(existsSync(checkpoint)).toBe(false);
		await other.release();

		expect((await succeed()).delivered).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
		expect([...filesIn(workspace).keys()].filter((name) => name.endsWith('.lock'))).toEqual([]);
	},
);

it('a run with nothing new leaves no directory', async () => {
	const scene = await theatre.scene({ recordReads: false });
	const run = await scene.succeed();
	expect(existsSync(run.outputs.directory ?? '')).toBe(false);
});

it.each(['cache', 'archive'])(
	'with the checkpoint in the %s, the output directory is still locked',
	async (where) => {
		const archive = await ArchiveScene.open(theatre);
		const { scene } = archive;
		passed(scene);
		const actor = where === 'cache' ? scene : archive;
		const workspace = theatre.workspace();
		const place = path.join(workspace, 'compliance-activities');
		const lockFile = path.join(place, '.compliance-activities.lock');
		const other = await Lock.take({ input: 'output-directory', place, lockFile });
		const error = await actor.fail({}, { workspace });
		expect(error).toContain('uses the same output-directory now');
		await other.release();
		const run = await actor.succeed({}, { workspace });
		expect(linesOf(filesIn(run.outputs['new-files'] ?? ''))).toEqual(scene.shown);
	},
);
