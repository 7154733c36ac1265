import { beforeEach, describe, expect, it } from '@jest/globals';
import { secondaryRateLimit, primaryRateLimit } from '../../simulators/github/github';
import { ArchiveScene, type ArchiveSceneOptions } from '../archive-scene';
import { MINUTE, SECOND, Theatre } from '../harness';

import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

beforeEach(() => theatre.github.traffic.reset());

const open = (options?: ArchiveSceneOptions) => ArchiveScene.open(theatre, options);

/** Requests that move or create the branch. */
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
		// Only the activities that the other run did not commit.
		expect(outputs.count).toBe('1');
		await archive.expectAll();
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
	it('is kept, and the run builds its commit on top of it', async () => {
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
				'/git/ref/': () => primaryRateLimit(SECOND, 429),
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
