import { afterEach, describe, expect, it } from '@jest/globals';
import { DAY, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

afterEach(() => {
	theatre.github.repository.visibility = 'private';
	delete theatre.github.faults.api;
});

describe('a repository that anyone can read', () => {
	it('gets no artifact, and the feed is not even asked', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		theatre.github.repository.visibility = 'public';
		expect(await scene.fail()).toContain('The repository acme/audit is public');
		expect(scene.feed.requests).toEqual([]);
		expect(theatre.github.artifacts.all).toEqual([]);
	});

	it('may be all of an enterprise: it gets no artifact', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		theatre.github.repository.visibility = 'internal';
		expect(await scene.fail()).toContain('The repository acme/audit is internal');
		expect(scene.feed.requests).toEqual([]);
	});

	it('gets one when that is allowed in so many words', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		theatre.github.repository.visibility = 'public';
		const { outputs } = await scene.succeed({ 'allow-public-repository': 'true' });
		expect(outputs['artifact-id']).not.toBe('');
	});

	it('may have the files of a run that uploads nothing', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		theatre.github.repository.visibility = 'public';
		expect((await scene.succeed({ artifact: 'false' })).outputs.count).toBe('1');
	});
});

describe('a repository of which GitHub does not tell', () => {
	it('counts as public', async () => {
		const scene = await theatre.scene();
		theatre.github.faults.api = 'unreachable';
		expect(await scene.fail()).toContain(
			'Could not determine whether the repository acme/audit is private',
		);
		expect(scene.feed.requests).toEqual([]);
	});

	it('counts as public when there is no token to ask with', async () => {
		const scene = await theatre.scene();
		expect(await scene.fail({ 'github-token': '' })).toMatch(
			/^No GitHub token was given, .* acme\/audit is private\. Leave github-token out/,
		);
		expect(scene.feed.requests).toEqual([]);
	});
});
