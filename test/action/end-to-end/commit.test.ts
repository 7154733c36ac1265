import { beforeEach, describe, expect, it } from '@jest/globals';
import { ArchiveScene, type ArchiveSceneOptions } from '../archive-scene';
import { errorOf, MINUTE, SECOND, Theatre } from '../harness';

const theatre = Theatre.open();

beforeEach(() => theatre.github.traffic.reset());

const open = (options?: ArchiveSceneOptions) => ArchiveScene.open(theatre, options);

const HOUR = 60 * MINUTE;

describe('an archive', () => {
	it('begins with the first run, and grows at the end of its files', async () => {
		const archive = await open();
		const { scene } = archive;
		scene.populate(40, 3);
		const first = await archive.succeed();
		const begun = await archive.expectAll();
		expect(begun.parts).toEqual([
			'2025/03/15.ndjson',
			'2025/03/16.ndjson',
			'2025/03/17.ndjson',
			'2025/03/18.ndjson',
		]);
		expect(await archive.text('.gitattributes')).toBe('* -text\n');

		scene.clock.advance(2 * MINUTE);
		const late = scene.happened(4 * MINUTE);
		const punctual = scene.happened(MINUTE);
		const second = await archive.succeed();
		const { lines, manifests } = await archive.expectAll();
		// Late activities are appended at the end, not inserted by time.
		expect(lines).toEqual([...begun.lines, late.json, punctual.json]);
		expect(manifests[1]?.files).toEqual([
			expect.objectContaining({ path: '2025/03/18.ndjson', lines: 2 }),
		]);
		const diff = ['diff', '--numstat', 'audit-log~1', 'audit-log', '--', '*.ndjson'];
		expect(await archive.repository.git.git(...diff)).toBe('2\t0\taudit/2025/03/18.ndjson\n');
		expect([first, second].map(({ outputs }) => outputs.count)).toEqual(['40', '2']);
	});
});

describe('a commit', () => {
	it('is left to GitHub to sign, says what it holds, and is never forced', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		await archive.succeed();
		archive.scene.happened(MINUTE);
		archive.scene.happened(MINUTE);
		await archive.succeed({ 'commit-message': 'audit: {count} of {from} to {to} ({count})' });
		const { manifests } = await archive.expectAll();
		const { from, to } = manifests[1]?.coverage ?? {};
		expect(await archive.messages()).toEqual([
			`Archive 1 activities, 2025-03-10T00:00:00.000Z to ${manifests[0]?.coverage.to}`,
			`audit: 2 of ${from} to ${to} (2)`,
		]);
		const { requests } = theatre.github.traffic;
		for (const { method, path, body } of requests) {
			if (method === 'GET') continue;
			expect([path, body]).not.toEqual([
				path,
				expect.objectContaining({ author: expect.anything() }),
			]);
			expect(body).not.toHaveProperty('committer');
			expect([undefined, false]).toContain(body.force);
		}
		const commit = await archive.repository.git.git('cat-file', 'commit', 'audit-log');
		expect(commit).toContain('\nauthor github-actions[bot] ');
		expect(commit).toContain('\ngpgsig ');
	});

	it('lets a second pass between what it writes, as GitHub asks', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		const { durationMs } = await archive.succeed();
		const writes = archive.calls.filter((call) => !call.startsWith('GET'));
		expect(writes.length).toBeGreaterThan(2);
		// A slow machine makes it longer. Only a timer that fires slightly early makes it shorter.
		expect(durationMs).toBeGreaterThan((writes.length - 1) * SECOND * 0.99);
	});

	it('comes with an artifact that holds the same', async () => {
		const archive = await open();
		const inputs = { artifact: 'true' };
		for (const count of [2, 1]) {
			const added = Array.from({ length: count }, () => archive.scene.happened(0).json);
			const { delivered, outputs } = await archive.succeed(inputs);
			const { lines } = await archive.expectAll();
			expect(delivered).toEqual(lines.slice(-count));
			expect([...delivered].sort()).toEqual(added.sort());
			expect(outputs.count).toBe(String(count));
		}
		expect((await archive.succeed(inputs)).artifact).toBeUndefined();
	});
});

describe('hours in which nothing happens but the Action’s own requests', () => {
	it('make one commit a day, which holds them all', async () => {
		const archive = await open({ recordReads: true });
		const { scene } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		for (let hours = 8; hours < 24; hours += 8) {
			scene.clock.advance(8 * HOUR);
			const { outputs, summary } = await archive.succeed();
			expect(outputs).toMatchObject({ count: '0', 'has-new': 'false', 'commit-sha': '' });
			expect(summary).toContain('**No new activities.**');
		}
		scene.clock.advance(8 * HOUR + MINUTE);
		expect((await archive.succeed()).outputs.count).toBe('3');
		expect((await archive.expectAll()).manifests).toHaveLength(2);
	});
});

describe('the committed checkpoint', () => {
	it('leads on when no cache is left, and for an old attempt that is run again', async () => {
		const archive = await open();
		const { scene } = archive;
		scene.happened(MINUTE);
		const first = await archive.succeed();
		scene.clock.advance(HOUR);
		scene.happened(MINUTE);
		theatre.github.caches.evictAll();
		expect((await archive.succeed()).outputs.count).toBe('1');
		scene.clock.advance(HOUR);
		scene.happened(MINUTE);
		const again = await archive.succeed({}, { runId: first.runId, runAttempt: 2 });
		expect(again.outputs).toMatchObject({ count: '1', 'checkpoint-status': 'restored' });
		const { manifests } = await archive.expectAll();
		expect(manifests[2]?.run).toContain(`${first.runId}/attempts/2`);
	});
});

describe('a token', () => {
	it('is masked, and shown nowhere, also when it is not the job’s own', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		const token = archive.token({ contents: 'write' });
		const own = theatre.github.token;
		const { masks, stdout, exitCode } = await archive.run(
			{ 'github-token': token },
			{ token: own },
		);
		expect(exitCode).toBe(0);
		expect(masks).toContain(token);
		expect(stdout.replaceAll(`::add-mask::${token}`, '')).not.toContain(token);
	});
});

describe('a run that fails after it has committed', () => {
	it('because of the artifact: the archive has everything, and the run says so', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		theatre.github.faults.artifacts = 'finalize';
		const run = await archive.run({ artifact: 'true' });
		delete theatre.github.faults.artifacts;

		const sha = await archive.tip();
		const url = `${archive.repository.htmlUrl}/commit/${sha}`;
		const error = errorOf(run);
		expect(error).toContain('The artifact compliance-activities could not be uploaded');
		expect(error).toContain(`1 new activity of this run is already in the archive`);
		expect(error).toContain(url);
		expect(error).not.toContain('Nothing of this run counts');
		expect(run.outputs).toMatchObject({
			count: '1',
			'commit-sha': sha,
			'commit-url': url,
			manifest: 'audit/manifests/00000/00000001.json',
			'artifact-id': '',
			'checkpoint-saved': 'true',
			'caught-up': 'true',
		});
		expect(run.summary).toContain('**Then this run failed**');
		expect(run.summary).toContain(`| Commit | [${sha.slice(0, 7)}](${url}); 1 activity added`);
		expect(run.summary).not.toContain('| Artifact |');
		expect((await archive.succeed()).outputs.count).toBe('0');
		await archive.expectAll();
	});
});

describe('two runs at the same time', () => {
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
});
