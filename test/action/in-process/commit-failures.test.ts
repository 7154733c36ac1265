import { beforeEach, describe, expect, it } from '@jest/globals';
import { ArchiveScene } from '../archive-scene';
import { DAY, MINUTE, PRESENT, Theatre, pagesOf, errorOf } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

beforeEach(() => theatre.github.traffic.reset());

const open = (options?: Parameters<typeof ArchiveScene.open>[1]) =>
	ArchiveScene.open(theatre, options);

/** An archive of a feed with one activity per day; a commit takes about a hundred of them. */
async function openWithDays(count: number): Promise<ArchiveScene> {
	const archive = await open();
	for (let ago = count; ago > 0; ago--) archive.scene.happened(ago * DAY);
	return archive;
}

const DAYS: Record<string, string> = {
	...pagesOf(10),
	'backfill-start': new Date(PRESENT - 200 * DAY).toISOString(),
};

describe('a run that fails after it has committed', () => {
	it('between several commits: the run reports what is committed, and it stays', async () => {
		const archive = await openWithDays(130);
		archive.scene.feed.fail({ status: 400 }, { after: 11, times: 20 });
		const run = await archive.run(DAYS);
		const sha = await archive.tip();
		const error = errorOf(run);
		expect(error).toContain('The API does not accept the request (400)');
		// Including the activities that waited for another commit.
		expect(error).toContain('110 new activities of this run are already in the archive');
		expect(run.outputs).toMatchObject({
			count: '110',
			'commit-sha': sha,
			manifest: 'audit/manifests/00000/00000002.json',
			'caught-up': 'false',
		});
		expect(run.summary).toContain('**Then this run failed**');
		expect(run.summary).toContain('110 activities added, 110 days touched');
	});

	it('because of the feed, before its first commit: what came before is committed, and delivered', async () => {
		const archive = await openWithDays(30);
		archive.scene.feed.fail({ status: 401 }, { after: 2 });
		const first = await archive.run({ ...DAYS, artifact: 'true' });
		const error = errorOf(first);
		expect(error).toMatch(/\(401\).*20 new activities of this run are already in the archive/);
		expect(first.delivered).toEqual(archive.scene.shown.slice(0, 20));
		expect(first.outputs).toMatchObject({
			count: '20',
			'commit-sha': await archive.tip(),
			'checkpoint-saved': 'true',
			'caught-up': 'false',
		});
		const second = await archive.succeed({ ...DAYS, artifact: 'true' });
		expect(second.delivered).toEqual(archive.scene.shown.slice(20));
		await archive.expectAll();
	});

	it('right behind a commit, leaves no own request to the next run where those are left out', async () => {
		const archive = await open({ recordReads: true });
		for (let ago = 130; ago > 0; ago--) archive.scene.happened(ago * DAY);
		archive.scene.feed.fail({ status: 401 }, { after: 10 });
		const inputs = { ...DAYS, 'include-own-requests': 'false' };
		expect(errorOf(await archive.run(inputs))).toContain('100 new activities of this run');
		archive.scene.clock.advance(MINUTE);
		await archive.succeed(inputs);
		const { lines } = await archive.expectWhole();
		expect(lines).toHaveLength(130);
	});

	it('because of the feed, and of GitHub at that commit: the run reports both, and nothing else', async () => {
		const archive = await openWithDays(30);
		archive.scene.feed.fail({ status: 401 }, { after: 2 });
		theatre.github.traffic.script({
			on: archive.on('/git/trees$'),
			answer: { status: 403, body: { message: 'Resource not accessible by integration' } },
		});
		const run = await archive.run(DAYS);
		expect(errorOf(run)).toMatch(
			/\(401\).*could not be delivered either: The token may not commit/,
		);
		expect([run.outputs, run.summary]).toEqual([{}, '']);
		await archive.succeed(DAYS);
		await archive.expectAll();
	});

	it('at a later commit: the artifact has what is committed', async () => {
		const archive = await openWithDays(130);
		theatre.github.traffic.script({
			on: archive.on('/git/trees$'),
			after: 1,
			answer: { status: 403, body: { message: 'Resource not accessible by integration' } },
		});
		const first = await archive.run({ ...DAYS, artifact: 'true' });
		expect(errorOf(first)).toMatch(
			/The token may not commit.*100 new activities of this run are already in/,
		);
		expect(first.delivered).toEqual(archive.scene.shown.slice(0, 100));
		const second = await archive.succeed({ ...DAYS, artifact: 'true' });
		expect(second.delivered).toEqual(archive.scene.shown.slice(100));
		await archive.expectAll();
	});

	it('at its first commit: the run reports nothing that is false', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		theatre.github.traffic.script({
			on: archive.on('/git/trees$'),
			answer: { status: 403, body: { message: 'Resource not accessible by integration' } },
		});
		const run = await archive.run();
		expect(errorOf(run)).not.toContain('already in the archive');
		expect(run.outputs).toEqual({});
		expect(run.summary).toBe('');
	});
});

describe('a limit of activities', () => {
	it('holds for the run, also when it is overtaken and has to read again', async () => {
		const archive = await openWithDays(180);
		const begin = () => archive.succeed({ ...DAYS, 'max-activities': '5' });
		// Another run overtakes the second of its two commits.
		theatre.github.traffic.script({ on: archive.on('/git/refs/heads'), meanwhile: begin });
		const { outputs, summary } = await archive.succeed({ ...DAYS, 'max-activities': '120' });
		expect(outputs).toMatchObject({ count: '120', 'caught-up': 'false' });
		const { manifests } = await archive.expectWhole();
		expect(manifests.map(({ activities }) => activities.count)).toEqual([100, 5, 20]);
		expect(summary).toMatch(
			/\| 2 commits \| \[[^|]*\), \[[^|]*\); 120 activities added, 1\d\d days touched \|/,
		);
	});
});

describe('an archive that is gone', () => {
	const vanished =
		/^The archive of earlier runs in audit of the branch audit-log of acme\/archive(-\d+)? was removed\./;

	it('is missed by a workflow whose quiet runs knew it, and a new archive begins', async () => {
		const archive = await open({ recordReads: true });
		const { scene, repository } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		scene.clock.advance(60 * MINUTE);
		expect((await archive.succeed()).outputs['commit-sha']).toBe('');
		await repository.git.git('update-ref', '-d', 'refs/heads/audit-log');
		scene.clock.advance(60 * MINUTE);
		const { exitCode, annotations, summary, outputs } = await archive.run();
		expect(exitCode).toBe(0);
		expect(annotations).toEqual([
			expect.objectContaining({ level: 'warning', message: expect.stringMatching(vanished) }),
		]);
		expect(summary).toContain('| New archive | **the archive of earlier runs was removed**');
		expect(outputs['checkpoint-status']).toBe('initial');
		const { manifests } = await archive.expectWhole();
		expect(manifests).toHaveLength(1);
		await archive.succeed();
	});

	it('is not missed in another place', async () => {
		const archive = await open({ recordReads: true });
		archive.scene.happened(MINUTE);
		await archive.succeed();
		archive.scene.clock.advance(60 * MINUTE);
		await archive.succeed();
		await archive.at('audit-log', 'other').succeed();
	});
});
