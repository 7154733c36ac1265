import { beforeEach, describe, expect, it } from '@jest/globals';
import { MINUTE, type Options, Theatre } from './harness';

const theatre = Theatre.open();

beforeEach(() => theatre.github.traffic.reset());

const COMMIT = { commit: 'true', artifact: 'false' };

function archiving(): Options {
	return { token: theatre.github.issueToken({ contents: 'write' }) };
}

describe('hours in which nothing happens', () => {
	it('make one commit a day, though each leaves its own read', async () => {
		const scene = await theatre.scene();
		scene.happened(MINUTE);
		const commits: string[] = [];
		for (let hour = 0; hour < 26; hour++) {
			const run = await scene.succeed(COMMIT, archiving());
			commits.push(`${hour}:${run.outputs['commit-sha'] ? 'c' : '-'}${run.outputs.count}`);
			scene.clock.advance(60 * MINUTE);
		}
		console.log(commits.join(' '));
		expect(commits).toBeDefined();
	});
});
