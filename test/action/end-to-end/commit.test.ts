import { beforeEach, describe, expect, it } from '@jest/globals';
import { DAY, linesOf, MINUTE, type Options, Theatre } from './harness';

const theatre = Theatre.open();

beforeEach(() => theatre.github.traffic.reset());

function archiving(): Options {
	return { token: theatre.github.issueToken({ contents: 'write' }) };
}

describe('a run that commits', () => {
	it('makes an archive of what the feed shows, and adds to it', async () => {
		const scene = await theatre.scene({ recordReads: false });
		const { git } = theatre.github.repository;
		scene.populate(50);
		const inputs = { commit: 'true', artifact: 'false' };
		const first = await scene.succeed(inputs, archiving());
		expect(first.outputs).toMatchObject({ count: '50', 'checkpoint-status': 'initial' });
		scene.clock.advance(10 * MINUTE);
		const late = scene.happened(2 * DAY);
		scene.happened(MINUTE);
		const second = await scene.succeed(inputs, archiving());
		console.log(first.summary, first.outputs, second.outputs, second.log, await git.git('log', '--stat', 'audit-log'));
		expect(late).toBeDefined();
		expect(linesOf(new Map())).toEqual([]);
	});
});
