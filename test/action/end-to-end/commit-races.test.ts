import { beforeEach, describe, expect, it } from '@jest/globals';
import { secondaryRateLimit, primaryRateLimit } from '../../simulators/github/github';
import { ArchiveScene, type ArchiveSceneOptions } from './archive-scene';
import { MINUTE, SECOND, Theatre } from './harness';

const theatre = Theatre.open();

beforeEach(() => theatre.github.traffic.reset());

const open = (options?: ArchiveSceneOptions) => ArchiveScene.open(theatre, options);

/** Moves or makes the branch. */
const MOVE = '/git/refs(/|$)';

describe('two runs at the same time', () => {
	it.each([
		['begin an archive', false],
		['add to an archive', true],
	])('that %s, the first of which is overtaken, archive each activity once', async (_, begun) => {
		const archive = await open();
		const { scene } = archive;
		scene.happened(2 * MINUTE);
		if (begun) await archive.succeed();
		scene.happened(MINUTE);
		theatre.github.traffic.script({
			on: archive.on(MOVE),
			meanwhile: async () => {
				await archive.succeed();
				scene.happened(0);
			},
		});
		const { outputs } = await archive.succeed();
		// Only what the other one has left.
		expect(outputs.count).toBe('1');
		await archive.expectAll();
	});

	it.each([
		['an empty repository', true],
		['a repository', false],
	])('archive each activity once in %s, whatever their order', async (_, empty) => {
		const archive = await open({ empty });
		archive.scene.populate(30, 1);
		const runs = await Promise.all([archive.succeed(), archive.succeed()]);
		expect(runs.map(({ outputs }) => Number(outputs.count)).sort()).toEqual([0, 30]);
		expect((await archive.expectAll()).manifests).toHaveLength(1);
	});

	it('both begin the repository, and the slower one goes on', async () => {
		const archive = await open({ empty: true });
		archive.scene.happened(MINUTE);
		theatre.github.traffic.script({
			on: archive.on('^PUT'),
			meanwhile: () => archive.repository.git.push('main', { 'README.md': 'Hello\n' }),
		});
		await archive.succeed();
		await archive.expectAll();
	});
});

describe('a push by somebody else in between', () => {
	it('is kept, and the commit is built anew on top of it', async () => {
		const archive = await open();
		archive.scene.happened(2 * MINUTE);
		await archive.succeed();
		archive.scene.happened(MINUTE);
		theatre.github.traffic.script({
			on: archive.on(MOVE),
			meanwhile: () =>
				archive.repository.git.push('audit-log', { 'notes.txt': 'Hello\n' }, 'Add notes'),
		});
		expect((await archive.succeed()).outputs.count).toBe('1');
		await archive.expectAll();
		expect((await archive.files()).get('notes.txt')?.toString()).toBe('Hello\n');
		expect((await archive.messages())[1]).toBe('Add notes');
	});
});

describe('an answer of GitHub', () => {
	const lost = { answer: 'cut', effective: true } as const;

	it.each([
		['that the branch was made', false, lost],
		['that the branch was moved', true, lost],
		[
			'that the branch was moved, to which comes an error,',
			true,
			{ ...lost, answer: { status: 502 } },
		],
	])('%s may be lost: nothing is archived twice', async (_, begun, incident) => {
		const archive = await open();
		archive.scene.happened(2 * MINUTE);
		if (begun) await archive.succeed();
		archive.scene.happened(MINUTE);
		theatre.github.traffic.script({ on: archive.on(MOVE), ...incident });
		const { outputs } = await archive.succeed();
		const head = await archive.repository.git.git('rev-parse', 'audit-log');
		expect(outputs).toMatchObject({ count: begun ? '1' : '2', 'commit-sha': head.trim() });
		expect((await archive.expectAll()).manifests).toHaveLength(begun ? 2 : 1);
	});

	it.each([
		[
			'that it has trouble',
			{
				'/git/ref/': () => ({ status: 429, body: { message: 'Slow down' } }),
				'/git/trees$': () => ({ status: 502 }),
				'/git/commits$': (): 'cut' => 'cut',
				[MOVE]: () => ({ status: 409, body: { message: 'Conflict' } }),
			},
		],
		[
			'that it is asked too much',
			{
				'/git/ref/': () => primaryRateLimit(new Date(Date.now() + SECOND), 429),
				'/git/trees$': () => secondaryRateLimit(1),
				'/git/commits$': () => secondaryRateLimit(1, 429),
				[MOVE]: () => ({ status: 422, body: { message: 'Reference cannot be updated' } }),
			},
		],
	])('%s, once at each call, is got over', async (_, answers) => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		const { traffic } = theatre.github;
		for (const [call, answer] of Object.entries(answers)) {
			traffic.script({ on: archive.on(call), answer: answer() });
		}
		await archive.succeed();
		await archive.expectAll();
		const refused = traffic.requests.filter(({ status = 0 }) => status !== 404 && status >= 400);
		expect(refused.length).toBeGreaterThan(2);
	});
});

describe('a run that is killed', () => {
	/** Kills a run at one of its calls, if it makes so many, before GitHub does what is asked. */
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
			const archive = await open();
			for (let call = lane; ; call += lanes.length) {
				archive.scene.happened(0);
				archive.scene.clock.advance(MINUTE);
				const killed = await kill(archive, call);
				if (call > lane) await archive.expectWhole();
				// This one has fewer calls, so it was a whole run.
				if (!killed) break;
				await archive.succeed();
				await archive.expectAll();
			}
			await archive.expectAll();
		};
		await Promise.all(lanes.map(play));
	});
});
