import { describe, it } from '@jest/globals';
import { ArchiveScene } from '../archive-scene';
import { MINUTE, Theatre } from '../harness';

const theatre = Theatre.open();

describe('a run that is killed', () => {
	/** Kills a run at its n-th request, if it makes as many, before GitHub does what it asks for. */
	async function kill(archive: ArchiveScene, call: number): Promise<boolean> {
		const killer = new AbortController();
		theatre.github.traffic.script({
			on: archive.on(),
			after: call,
			meanwhile: () => killer.abort(),
			answer: 'cut',
		});
		const { exitCode } = await archive.run({}, { signal: killer.signal });
		return exitCode === null;
	}

	it('between any two calls leaves an archive that the next one completes', async () => {
		const lanes = [0, 1, 2, 3];
		const play = async (lane: number) => {
			const archive = await ArchiveScene.open(theatre);
			for (let call = lane; ; call += lanes.length) {
				archive.scene.happened(0);
				archive.scene.clock.advance(MINUTE);
				const killed = await kill(archive, call);
				if (call > lane) await archive.expectWhole();
				// This run made fewer requests, so it ended by itself.
				if (!killed) break;
				await archive.succeed();
				await archive.expectAll();
			}
			await archive.expectAll();
		};
		await Promise.all(lanes.map(play));
	});
});
