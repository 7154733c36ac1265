import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DAY, filesIn, MINUTE, pagesOf, type Scene, Theatre } from '../harness';
import { openSelfHosted, SELF_HOSTED } from '../self-hosted-scene';

const theatre = Theatre.open();
const selfHosted = () => openSelfHosted(theatre);

/** Adds the given number of activities within the next day. */
function dayPasses(scene: Scene, count: number): string[] {
	const before = scene.shown.length;
	scene.feed.generate({ count, from: scene.clock.now() + 1, to: scene.clock.now() + DAY });
	scene.clock.advance(DAY);
	return scene.shown.slice(before);
}

describe('files that outlive runs', () => {
	it('are appended to without a repeat, and each artifact holds what is new', async () => {
		const { scene, written, succeed, directory, checkpoint } = await selfHosted();
		scene.populate(100);
		const first = await succeed();
		expect(first.delivered).toEqual(scene.shown);
		for (let day = 0; day < 2; day++) {
			const news = dayPasses(scene, 40);
			const run = await succeed();
			expect(run.delivered).toEqual(news);
			expect(run.outputs).toMatchObject({ count: '40', 'checkpoint-status': 'restored' });
			expect(run.outputs.directory).toBe(directory);
			expect(written()).toEqual(scene.shown);
		}
		const before = filesIn(directory);
		const stored = readFileSync(checkpoint, 'utf8');
		scene.clock.advance(MINUTE);
		await succeed();
		expect(filesIn(directory)).toEqual(before);
		expect(readFileSync(checkpoint, 'utf8')).not.toBe(stored);
		// The run does not use the cache.
		expect(theatre.github.caches.entries).toEqual([]);
	});
});

describe('a run that is killed', () => {
	it('after everything is written and before the checkpoint repeats nothing in the files', async () => {
		const { scene, written, succeed, kill, checkpoint } = await selfHosted();
		scene.populate(100);
		const whole = await succeed();
		const stored = readFileSync(checkpoint, 'utf8');
		const news = dayPasses(scene, 60);
		const killed = await kill({ killWhen: (line) => line === '::group::Upload the artifact' });
		expect(killed.exitCode).toBeNull();
		expect(written()).toEqual([...whole.delivered, ...news]);
		expect(readFileSync(checkpoint, 'utf8')).toBe(stored);

		const last = dayPasses(scene, 20);
		const next = await succeed();
		// The killed run made no artifact, so the artifact of the next run must hold what it wrote.
		expect(next.delivered).toEqual([...news, ...last]);
		expect(written()).toEqual(scene.shown);
	});

	it('before the checkpoint is saved repeats in the artifact only what it owes', async () => {
		const { scene, written, succeed, kill, checkpoint } = await selfHosted();
		scene.populate(100);
		const cancel = new AbortController();
		theatre.github.artifacts.onFinalized = () => cancel.abort();
		const killed = await kill({ signal: cancel.signal });
		expect(killed.exitCode).toBeNull();
		expect(existsSync(checkpoint)).toBe(false);
		const next = await succeed();
		expect(next.outputs['checkpoint-status']).toBe('initial');
		expect(next.delivered).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});

	it('between two pages keeps the first, and the next run writes each activity once', async () => {
		const { scene, written, succeed, kill } = await selfHosted();
		scene.populate(100);
		const cancel = new AbortController();
		scene.feed.fail({ hang: true }, { after: 2 });
		scene.feed.onRequest = (number) => {
			if (number === 3) cancel.abort();
		};
		const killed = await kill({ signal: cancel.signal }, pagesOf(30));
		expect(killed.exitCode).not.toBe(0);
		// The second page may not be in its day files yet when the run asks for the third one.
		const kept = written();
		expect(kept.length).toBeGreaterThanOrEqual(30);
		expect(kept).toEqual(scene.shown.slice(0, kept.length));

		const next = await succeed();
		expect(next.delivered).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});
});

describe('a file that takes no more', () => {
	it('holds no torn line, and neither does the artifact', async () => {
		const { scene, workspace, written, succeed } = await selfHosted();
		scene.feed.generate({
			count: 80,
			from: scene.clock.now() - 60 * MINUTE,
			to: scene.clock.now(),
		});
		// A limit of 20 KiB per file, like a full disk. Other shells drop inputs from the environment.
		const through = ['bash', '-c', 'ulimit -f 20; exec "$@"', 'bash'];
		const first = await scene.break({ ...SELF_HOSTED, ...pagesOf(10) }, { workspace, through });
		expect(first.error).toMatch(/EFBIG.* continues from there/);
		expect(first.delivered.length).toBeGreaterThan(10);
		expect(written()).toEqual(first.delivered);
		const second = await succeed();
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});
});

describe('what somebody else has put in the place of a file', () => {
	it('of the checkpoint is not waited for, and nothing is asked', async () => {
		const { scene, fail, checkpoint } = await selfHosted();
		mkdirSync(path.dirname(checkpoint));
		execFileSync('mkfifo', [checkpoint]);
		expect(await fail()).toContain('checkpoint.json is a named pipe, not a file: ');
		expect(scene.feed.requests).toEqual([]);
	});

	const CACHED = '.compliance-checkpoint-cache';
	it.each<[what: string, put: (directory: string, elsewhere: string) => void]>([
		[
			'a link to a file',
			(directory, elsewhere) => {
				mkdirSync(directory);
				symlinkSync(
					path.join(elsewhere, 'checkpoint.json'),
					path.join(directory, 'checkpoint.json'),
				);
			},
		],
		[
			'a named pipe',
			(directory) => {
				mkdirSync(directory);
				execFileSync('mkfifo', [path.join(directory, 'checkpoint.json')]);
			},
		],
		['a link to a directory', (directory, elsewhere) => symlinkSync(elsewhere, directory)],
	])('comes out of a cache entry: %s is not followed', async (_, put) => {
		const scene = await theatre.scene({ recordReads: false });
		await scene.succeed();
		const [last = ''] = theatre.github.caches.entries.map(({ key }) => key).slice(-1);
		// A valid checkpoint, so that a run that follows the link would not fail.
		const elsewhere = theatre.workspace();
		writeFileSync(path.join(elsewhere, 'checkpoint.json'), (await theatre.cached())[0] ?? '');
		const before = filesIn(elsewhere);
		const workspace = theatre.workspace();
		put(path.join(workspace, CACHED), elsewhere);
		const key = `${last}1`;
		// The Action packs entries with gzip everywhere, because a zstd that prints nothing counts as missing.
		const tools = theatre.workspace();
		writeFileSync(path.join(tools, 'zstd'), '#!/bin/sh\n', { mode: 0o700 });
		const PATH = [tools, process.env.PATH].join(path.delimiter);
		const entry = path.resolve('test/simulators/github/fixtures/cache.mjs');
		await scene.run(
			{ operation: 'save', key, path: CACHED, 'cross-os': 'true' },
			{ workspace, entry, env: { PATH } },
		);
		const { requests } = scene.feed;
		const asked = requests.length;
		const error = await scene.fail();
		expect(error).toContain(
			`The checkpoint in the entry ${key} of the Actions cache cannot be read: `,
		);
		expect(requests).toHaveLength(asked);
		expect(filesIn(elsewhere)).toEqual(before);
	});
});
