import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ArchiveScene } from '../archive-scene';
import { DAY, MINUTE, PRESENT, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('a checkpoint in the archive that grows with the overlap', () => {
	it.each([
		['is warned of in time', 21, 0, /has 21 MiB.* choose a shorter overlap/],
		['is refused with what to do', 36, 1, /would have 36 MiB.* Choose a shorter overlap/],
	])('%s', async (_, size, code, message) => {
		const archive = await ArchiveScene.open(theatre);
		archive.scene.happened(MINUTE);
		await archive.succeed();
		// More activities, dated so that the next run may read them.
		const contents = randomBytes(13 * Math.floor(((size - 0.5) * 1024 * 1024 * 3) / 4 / 13));
		for (let at = 0; at < contents.length; at += 13)
			contents.writeUIntBE((PRESENT + DAY) / 1000, at + 8, 5);
		await archive.forge((state) => (state.contents = contents.toString('base64')));
		archive.scene.happened(0);
		const { exitCode, annotations } = await archive.run();
		expect(exitCode).toBe(code);
		expect(annotations).toEqual([
			expect.objectContaining({ message: expect.stringMatching(message) }),
		]);
	});
});
