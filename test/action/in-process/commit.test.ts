import { beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../../archive/sha256';
import { decodeHead, encodeHead } from '../../../archive/head';
import { type Checkpoint, toInstant } from '../../../core';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/sync/checkpoint';
import { OTHER_KEY, separate } from '../../simulators/activity-feed/two-organizations';
import { expectWhole } from '../../archive/whole-archive';
import { ArchiveScene } from '../archive-scene';
import { DAY, MINUTE, PRESENT, requestIds, SECOND, Theatre } from '../harness';

import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

beforeEach(() => theatre.github.traffic.reset());

const open = (options?: Parameters<typeof ArchiveScene.open>[1]) =>
	ArchiveScene.open(theatre, options);

const HOUR = 60 * MINUTE;

describe('an archive', () => {
	it('is its own evidence', async () => {
		const archive = await open({ recordReads: true });
		const { scene } = archive;
		const row = scene.happened(MINUTE);
		const { runId } = await archive.succeed({ 'page-size': '100' });
		scene.clock.advance(HOUR);
		scene.happened(MINUTE);
		await archive.succeed({ 'page-size': '100' });
		const { manifests } = await archive.expectAll();
		const [firstRead, secondRead] = scene.feed.requests.map(({ requestId }) =>
			requestIds ? [requestId] : [],
		);
		expect(manifests[0]).toMatchObject({
			product: expect.stringMatching(/^n8n-nodes-anthropic-compliance \d/),
			run: `https://github.com/acme/audit/actions/runs/${runId}/attempts/1`,
			endpoint: `${scene.url}/v1/compliance/activities`,
			query: 'order=asc&limit=100&created_at.gte=2025-03-10T00%3A00%3A00.000Z',
			// By the server's clock, minus the duration of the request.
			startedAt: expect.stringMatching(/^2025-03-18T1[12]:/),
			coverage: { from: '2025-03-10T00:00:00.000Z' },
			requestIds: firstRead,
			endedAt: expect.stringMatching(/^2025-03-18T1[12]:/),
			activities: { count: 1, first: row.id, last: row.id },
			leftOut: [],
			changed: [],
		});
		// Opaque to all but the feed, whose pages end in it.
		const cursor = Buffer.from(manifests[0]?.cursor ?? '', 'base64').toString();
		expect(cursor).toContain(row.id);
		expect(manifests[1]?.requestIds).toEqual(secondRead);
		expect(manifests[1]?.query).toContain('created_at.gt=');
	});

	it('splits a day into parts, of which only the last is read and written again', async () => {
		const archive = await open();
		const { scene } = archive;
		const add = (count: number) => {
			for (let n = 0; n < count; n++) scene.happened(MINUTE, { filling: 'x'.repeat(300_000) });
		};
		add(60);
		await archive.succeed();
		const { parts } = await archive.expectAll();
		expect(parts).toEqual(['2025/03/18.2.ndjson', '2025/03/18.3.ndjson', '2025/03/18.ndjson']);
		const before = await archive.files();
		for (const [path, { length }] of before) {
			expect({ path, small: length < 9 * 1024 * 1024 }).toEqual({ path, small: true });
		}
		add(2);
		theatre.github.traffic.reset();
		await archive.succeed();
		await archive.expectAll();
		// The checkpoint, the last manifest, and the last part.
		const read = archive.calls.filter((call) => call.startsWith('GET /git/blobs/'));
		expect(new Set(read).size).toBe(3);
		for (const part of ['18', '18.2']) {
			const path = `audit/2025/03/${part}.ndjson`;
			const [then, now] = [before, await archive.files()].map((files) => files.get(path));
			expect(sha256(now ?? '')).toBe(sha256(then ?? ''));
		}
	});

	it('takes a large backfill in several commits, each complete in itself', async () => {
		const archive = await open();
		const { scene, repository } = archive;
		// More than 50,000 and a page: the duration of answers decides how the pages that are read ahead are cut.
		const count = 56_000;
		for (let n = 0; n < count; n++) {
			const created_at = new Date(PRESENT - DAY + n * SECOND).toISOString();
			scene.feed.add({ id: `activity ${n}.`, type: 'claude_chat_created', created_at });
		}
		const { outputs, log, summary } = await archive.succeed();
		expect(outputs.count).toBe(String(count));
		const { manifests, lines } = await archive.expectWhole();
		expect(lines).toHaveLength(count);
		const [begun = 0, ...rest] = manifests.map(({ activities }) => activities.count);
		expect(begun).toBeGreaterThanOrEqual(50_000);
		expect(begun).toBeLessThan(55_000);
		expect(rest).toEqual([count - begun]);
		const [first = '', last] = (
			await repository.git.git('rev-list', '--reverse', 'audit-log')
		).split('\n');
		expect(outputs['commit-sha']).toBe(last);
		expect(log.match(/Committed/g)).toHaveLength(2);
		expect(summary).toContain('56,000 activities added, 2 days touched');
		const checkpoint = await repository.git.git('show', `${first}:audit/.checkpoint.json`);
		expect(checkpoint).toContain('"sequence": 1');
	});

	it('grows run by run where a limit stops each', async () => {
		const archive = await open();
		for (let ago = 25; ago > 0; ago--) archive.scene.happened(ago * HOUR);
		for (const expected of ['15', '10']) {
			const { outputs } = await archive.succeed({ 'max-activities': '15' });
			expect(outputs).toMatchObject({
				count: expected,
				'caught-up': String(Number(expected) < 15),
			});
		}
		expect((await archive.expectAll()).manifests).toHaveLength(2);

		archive.scene.populate(12, 0.001);
		const limit = { 'time-limit': '1ms', 'page-size': '5' };
		const counts: number[] = [];
		for (let run = 0; run < 8; run++) {
			const { outputs } = await archive.succeed(limit);
			counts.push(Number(outputs.count));
		}
		// Some runs only read the overlap again, but none of them stops the progress of the others.
		expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
		await archive.expectAll();
	});
});

describe('the place of an archive', () => {
	it('is the branch audit-log of the workflow’s own repository, unless another is named', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(MINUTE);
		const token = theatre.github.issueToken({ contents: 'write' });
		const { outputs, runId } = await scene.succeed({ commit: 'true' }, { token });
		const { git } = theatre.github.repository;
		const sha = (await git.git('rev-parse', 'audit-log')).trim();
		expect(outputs).toMatchObject({
			'commit-sha': sha,
			'commit-url': `https://github.com/acme/audit/commit/${sha}`,
			manifest: 'audit/manifests/00000/00000001.json',
			'checkpoint-saved': 'true',
		});
		const { lines, manifests } = expectWhole(await git.files('audit-log'));
		expect(lines).toEqual(scene.shown);
		expect(manifests[0]?.run).toContain(`/actions/runs/${runId}/`);
	});

	it.each([
		['a new branch of an empty repository', { empty: true }, 'audit-log', []],
		['the default branch of an empty repository', { empty: true }, 'main', ['README.md']],
		['a new branch', {}, 'audit-log', []],
		['the default branch, beside what is there', {}, 'main', ['README.md']],
		['a branch and a path of many parts', {}, 'audit/log+2025#1', [], 'a/b.c/d-e_f'],
	])('may be %s', async (_, options, branch, others: string[], directory = 'audit') => {
		const archive = (await open(options)).at(branch, directory);
		const { scene } = archive;
		scene.happened(HOUR);
		const { outputs } = await archive.succeed();
		scene.happened(MINUTE);
		await archive.succeed();
		const { manifests } = await archive.expectAll();
		expect(manifests).toHaveLength(2);
		expect(outputs.manifest).toBe(`${directory}/manifests/00000/00000001.json`);
		const beside = [...(await archive.files()).keys()].filter(
			(path) => !path.startsWith(`${directory}/`),
		);
		expect(beside).toEqual(others);
	});
});

describe('a commit', () => {
	it('is shown in outputs and summary', async () => {
		const archive = await open();
		archive.scene.populate(30, 3);
		const { outputs, summary, log } = await archive.succeed();
		const { manifests } = await archive.expectAll();
		// A missing branch causes no warning.
		expect(log).not.toMatch(/GET | 40\d /);
		const sha = (await archive.repository.git.git('rev-parse', 'audit-log')).trim();
		const url = `${archive.repository.htmlUrl}/commit/${sha}`;
		expect(outputs).toMatchObject({
			count: '30',
			'has-new': 'true',
			'commit-sha': sha,
			'commit-url': url,
			manifest: 'audit/manifests/00000/00000001.json',
			'checkpoint-status': 'initial',
		});
		const hash = sha256(await archive.text('manifests/00000/00000001.json'));
		const days = new Set(archive.scene.feed.rows().map((row) => Math.floor(row.createdAt / DAY)));
		expect(summary).toContain(
			`| Commit | [${sha.slice(0, 7)}](${url}); 30 activities added, ${days.size} days touched |`,
		);
		expect(summary).toContain(
			`| Archive | manifest 1, \`${hash}\`; holds everything up to ${manifests[0]?.coverage.to} |`,
		);

		theatre.github.traffic.reset();
		const nothing = await archive.succeed();
		// The run opens the archive once.
		expect(archive.calls.filter((call) => call.startsWith('GET /git/ref/'))).toHaveLength(1);
		expect(nothing.outputs).toMatchObject({
			count: '0',
			'has-new': 'false',
			'commit-sha': '',
			'commit-url': '',
			manifest: '',
			'checkpoint-status': 'restored',
			'checkpoint-saved': 'true',
		});
		expect(nothing.summary).not.toContain('| Commit |');
		expect(nothing.summary).toContain('continued from the last run; nothing to commit');
		expect(await archive.messages()).toHaveLength(1);
	});
});

describe('hours in which nothing happens but the Action’s own requests', () => {
	it('make one more commit when the cache forgot them, and repeat nothing', async () => {
		const archive = await open({ recordReads: true });
		const { scene } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		scene.clock.advance(HOUR);
		expect((await archive.succeed()).outputs.count).toBe('0');
		theatre.github.caches.evictAll();
		scene.clock.advance(HOUR);
		const { outputs } = await archive.succeed();
		expect(outputs).toMatchObject({ count: '2', 'checkpoint-status': 'restored' });
		await archive.expectAll();
	});

	it('are left out together with news, if that is asked for, and named in the manifest', async () => {
		const archive = await open({ recordReads: true });
		const { scene } = archive;
		const inputs = { 'include-own-requests': 'false' };
		const first = scene.happened(MINUTE);
		await archive.succeed(inputs);
		scene.clock.advance(HOUR);
		const second = scene.happened(MINUTE);
		const { summary } = await archive.succeed(inputs);
		const [own] = scene.feed.rows().filter(({ type }) => type === 'compliance_api_accessed');
		expect(summary).toContain('| Own requests | 1 left out |');
		const { lines, manifests } = await archive.expectWhole();
		expect(lines).toEqual([first.json, second.json]);
		expect(manifests.map((each) => each.leftOut)).toEqual([[], [own?.id]]);
	});

	it('are on record even if own requests are not kept, since no cache decides what is archived', async () => {
		const archive = await open({ recordReads: true });
		const { scene } = archive;
		const row = scene.happened(MINUTE);
		const run = () => archive.succeed({ 'include-own-requests': 'false' });
		await run();
		scene.clock.advance(HOUR);
		expect((await run()).outputs).toMatchObject({ count: '0', 'commit-sha': '' });
		// No run would read such an entry.
		expect(await theatre.cached()).toEqual([]);
		scene.clock.advance(HOUR);
		expect((await run()).outputs).toMatchObject({
			count: '1',
			'commit-sha': expect.stringMatching(/./),
		});
		const { lines } = await archive.expectWhole();
		expect(lines).toEqual([row.json, expect.stringContaining('compliance_api_accessed')]);
	});
});

describe('the committed checkpoint', () => {
	it('is not led astray by what others left in the cache', async () => {
		const archive = await open();
		const { scene } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		// A run of the same workflow that does not commit is further ahead.
		scene.clock.advance(HOUR);
		scene.happened(MINUTE);
		await archive.succeed({ commit: 'false' });
		expect((await archive.succeed()).outputs.count).toBe('1');
		await archive.expectAll();
	});

	it('keeps the start of the archive: another one is refused', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		await archive.succeed();
		const error = await archive.fail({ 'backfill-start': '2025-03-01' });
		expect(error).toContain('another backfill start would archive activities a second time');
		expect(error).toContain('another commit-path');
		await archive.succeed({ 'backfill-start': '' });
		expect((await archive.expectAll()).manifests).toHaveLength(1);
	});

	it('belongs to one organization: for another one, another archive is advised', async () => {
		const archive = await open({ gateway: false });
		const { scene } = archive;
		separate(scene.feed);
		scene.happened(MINUTE);
		await archive.succeed();
		const before = await archive.messages();
		const error = await archive.fail({ 'compliance-access-key': OTHER_KEY });
		expect(error).toContain('The key belongs to another organization');
		expect(error).toContain('another commit-path');
		expect(await archive.messages()).toEqual(before);
	});

	it('belongs to one address of the feed: for another one, another archive is advised', async () => {
		const archive = await open();
		const { scene } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		const error = await archive.fail({ 'base-url': scene.url.replace('127.0.0.1', 'localhost') });
		expect(error).toContain('made with another base URL');
		expect(error).toContain('Set base-url to the address of the archive again');
		expect(error).toContain('another commit-path');
	});

	it.each([
		['is no JSON', () => '{', 'cannot be used'],
		[
			'is of a newer release',
			(text: string) => text.replace('"version": 2', '"version": 3'),
			'has format version 3; this version of the Action knows 2',
		],
		[
			'holds a checkpoint of a newer release',
			(text: string) => text.replace(/"version": 4,(\s+"host")/, '"version": 5,$1'),
			'Use the newer release that wrote it',
		],
		[
			'forgets what the archive holds',
			(text: string) => text.replace(/("contents": )".+"/, '$1""'),
			'.checkpoint.json contradicts manifest 1 about the fingerprints of contents',
		],
		[
			'was moved, with a checksum that fits',
			withFrontierAhead,
			'.checkpoint.json contradicts manifest 1 about the checkpoint',
		],
		['is missing', () => null, 'is missing'],
	])('that %s stops the run before it writes', async (_, change, message) => {
		const archive = await open();
		const { scene, repository } = archive;
		scene.happened(MINUTE);
		await archive.succeed();
		const file = 'audit/.checkpoint.json';
		await repository.git.push('audit-log', {
			[file]: change(await archive.text('.checkpoint.json')),
		});
		const before = await archive.messages();
		scene.happened(0);
		expect(await archive.fail()).toContain(message);
		expect(await archive.messages()).toEqual(before);
		expect(archive.calls.filter((call) => !call.startsWith('GET')).slice(3)).toEqual([]);
	});

	it('that is ahead of the API’s clock stops the run, though the last manifest was changed with it', async () => {
		const archive = await open();
		archive.scene.happened(MINUTE);
		await archive.succeed();
		await archive.forge((state) => (state.checkpoint = ahead(state.checkpoint)));
		expect(await archive.fail()).toContain(
			'reset its branch to the last commit before that, or start another archive with another commit-path',
		);
		expect(await archive.messages()).toHaveLength(2);
	});
});

describe('a Date that is a year ahead in one answer', () => {
	it('makes no later run fail, and claims nothing of what is to come', async () => {
		const archive = await open();
		const { scene } = archive;
		scene.populate(20, 1);
		scene.feed.fail({ dateAhead: 366 * DAY }, { after: 1 });
		await archive.succeed({ 'page-size': '5' });
		for (let run = 0; run < 2; run++) {
			scene.clock.advance(HOUR);
			scene.happened(MINUTE);
			expect((await archive.succeed()).outputs.count).toBe('1');
		}
		const { manifests } = await archive.expectAll();
		const claims = manifests.flatMap(({ coverage, endedAt }) => [coverage.to, endedAt]);
		const present = new Date(scene.clock.now() + MINUTE).toISOString();
		expect(claims.filter((claim) => claim > present)).toEqual([]);
	});
});

describe('an archived activity that the feed shows with other content', () => {
	it('stays as it is, and is reported once', async () => {
		const archive = await open();
		const { scene } = archive;
		const named = scene.happened(MINUTE, { type: 'claude_file_uploaded', filename: 'plan' });
		scene.happened(MINUTE);
		await archive.succeed();
		scene.feed.withdrawNames();
		const { exitCode, annotations, outputs, summary } = await archive.run();
		expect(exitCode).toBe(0);
		expect(annotations).toEqual([
			expect.objectContaining({
				level: 'warning',
				message: expect.stringMatching(
					/^The feed shows 1 archived .* The archive keeps the archived content/,
				),
			}),
		]);
		expect(outputs.count).toBe('0');
		expect(summary).toContain('| Changed in the feed | 1, kept as archived |');
		const { lines, manifests } = await archive.expectWhole();
		expect(lines).toContain(named.json);
		expect(manifests.map(({ changed }) => changed)).toEqual([[], [named.id]]);

		await archive.succeed();
		expect(await archive.messages()).toHaveLength(2);
	});
});

/** A checkpoint that calls the future settled, with a correct checksum. */
function ahead(checkpoint: Checkpoint): Checkpoint {
	const frontier = toInstant(Date.UTC(2999, 0));
	return encodeCheckpoint({ ...decodeCheckpoint(checkpoint), frontier });
}

/** A state of an archive with such a checkpoint. */
function withFrontierAhead(text: string): string {
	const { checkpoint, manifest, contents } = decodeHead(Buffer.from(text));
	return encodeHead({ checkpoint: ahead(checkpoint), manifest, contents }).toString();
}
