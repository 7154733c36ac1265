import { execFileSync } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
	DAY,
	filesIn,
	type Inputs,
	linesOf,
	MINUTE,
	type Options,
	type Scene,
	Theatre,
	pagesOf,
} from '../harness';

const theatre = Theatre.open();

/** A self-hosted runner whose workspace outlives the runs. */
const inputs: Inputs = { checkpoint: 'file' };

async function selfHosted() {
	const scene = await theatre.scene({ recordReads: false });
	const workspace = theatre.workspace();
	const directory = path.join(workspace, 'compliance-activities');
	return {
		scene,
		workspace,
		directory,
		checkpoint: path.join(workspace, '.compliance-checkpoint', 'checkpoint.json'),
		written: () => linesOf(filesIn(directory)),
		succeed: (more: Inputs = {}) => scene.succeed({ ...inputs, ...more }, { workspace }),
		fail: () => scene.fail(inputs, { workspace }),
		kill: (options: Options, more: Inputs = {}) =>
			scene.run({ ...inputs, ...more }, { workspace, ...options }),
	};
}

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

	it('do without an artifact', async () => {
		const { scene, written, succeed } = await selfHosted();
		scene.populate(50);
		const { outputs, artifact } = await succeed({ artifact: 'false' });
		expect(artifact).toBeUndefined();
		expect(outputs).toMatchObject({ count: '50', 'artifact-id': '', 'checkpoint-saved': 'true' });
		expect(written()).toEqual(scene.shown);
	});

	it('go where they are told to, absolute or not', async () => {
		const { scene, workspace, succeed } = await selfHosted();
		scene.populate(10);
		const elsewhere = path.join(theatre.workspace(), 'archive');
		const file = path.join(theatre.workspace(), 'deep', 'state.json');
		const { outputs } = await succeed({ 'output-directory': elsewhere, 'checkpoint-file': file });
		expect(outputs.directory).toBe(elsewhere);
		expect(linesOf(filesIn(elsewhere))).toEqual(scene.shown);
		expect(existsSync(file)).toBe(true);
		expect(filesIn(workspace)).toEqual(new Map());
	});

	it('keep what a later read of the feed no longer shows', async () => {
		const { scene, written, succeed } = await selfHosted();
		scene.happened(DAY, { type: 'claude_file_uploaded', filename: 'secret plans.pdf' });
		await succeed();
		const before = written();
		scene.feed.withdrawNames();
		await succeed({ 'backfill-start': '2025-03-01' });
		expect(written()).toEqual(before);
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

	it('in the middle of a line leaves no torn line', async () => {
		const { scene, written, succeed, directory } = await selfHosted();
		scene.populate(60, 1);
		const whole = scene.shown.filter((json) => json.includes('"created_at":"2025-03-17'));
		expect(whole.length).toBeGreaterThan(5);
		const file = path.join(directory, '2025', '03', '17.ndjson');
		mkdirSync(path.dirname(file), { recursive: true });
		const [kept, torn] = [whole.slice(0, 3), whole[3] ?? ''];
		writeFileSync(file, `${kept.join('\n')}\n${torn.slice(0, torn.length >> 1)}`);
		const run = await succeed();
		expect(run.delivered).toEqual(scene.shown);
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
		const first = await scene.break({ ...inputs, ...pagesOf(10) }, { workspace, through });
		expect(first.error).toMatch(/EFBIG.* continues from there/);
		expect(first.delivered.length).toBeGreaterThan(10);
		expect(written()).toEqual(first.delivered);
		const second = await succeed();
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});
});

describe('what somebody else has put in the place of a file', () => {
	it('is not written to, and what comes before it is delivered', async () => {
		const { scene, workspace, written, succeed, directory } = await selfHosted();
		scene.populate(60);
		const victim = path.join(theatre.workspace(), 'victim');
		writeFileSync(victim, '');
		const file = path.join(directory, '2025', '03', '17.ndjson');
		mkdirSync(path.dirname(file), { recursive: true });
		symlinkSync(victim, file);
		const first = await scene.break({ ...inputs, ...pagesOf(10) }, { workspace });
		expect(first.error).toContain(`${file} is a symbolic link, not a file: `);
		expect(first.error).toMatch(/move it away\..* continues from there/);
		expect(first.delivered.length).toBeGreaterThan(0);
		expect(readFileSync(victim, 'utf8')).toBe('');
		rmSync(file);
		const second = await succeed();
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});

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

it('what a run makes is for the user of the runner alone', async () => {
	const { scene, workspace, succeed } = await selfHosted();
	scene.populate(20);
	await succeed();
	const made = readdirSync(workspace, { recursive: true, withFileTypes: true });
	for (const entry of made) {
		const mode = statSync(path.join(entry.parentPath, entry.name)).mode & 0o777;
		expect([entry.name, mode]).toEqual([entry.name, entry.isFile() ? 0o600 : 0o700]);
	}
	expect(made.filter((entry) => entry.isFile()).length).toBeGreaterThan(1);
});

describe('a file with a foreign line', () => {
	it.each(['hello', '{"id":7}', '[]', 'null', ''])('is left alone: %j', async (line) => {
		const { scene, fail, directory, checkpoint } = await selfHosted();
		scene.happened(0);
		const file = path.join(directory, '2025', '03', '18.ndjson');
		mkdirSync(path.dirname(file), { recursive: true });
		const content = `${line}\nhalf a line`;
		writeFileSync(file, content);
		expect(await fail()).toContain('18.ndjson has a line that is not an activity');
		expect(readFileSync(file, 'utf8')).toBe(content);
		expect(existsSync(checkpoint)).toBe(false);
	});

	it('keeps back no day before it, and nothing for longer than it is there', async () => {
		const { scene, workspace, written, succeed, directory } = await selfHosted();
		scene.populate(60);
		const file = path.join(directory, '2025', '03', '17.ndjson');
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, 'notes\n');
		const first = await scene.break({ ...inputs, ...pagesOf(10) }, { workspace });
		expect(first.error).toMatch(
			/17\.ndjson has a line that is not an activity.* continues from there/,
		);
		expect(first.delivered.length).toBeGreaterThan(0);
		expect(first.delivered.at(-1)).toContain('"created_at":"2025-03-1');
		expect(readFileSync(file, 'utf8')).toBe('notes\n');
		rmSync(file);
		const second = await succeed();
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
	});

	it('of other names is nobody’s business', async () => {
		const { scene, written, succeed, directory } = await selfHosted();
		scene.populate(10);
		mkdirSync(directory);
		writeFileSync(path.join(directory, 'README.md'), '# Archive');
		const { artifact, delivered } = await succeed();
		expect(delivered).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
		expect([...(artifact?.keys() ?? [])].filter((name) => !name.endsWith('.ndjson'))).toEqual([
			'.checkpoint.json',
		]);
		expect(readFileSync(path.join(directory, 'README.md'), 'utf8')).toBe('# Archive');
	});
});

describe('a directory that cannot be made is told before the feed is asked', () => {
	const named = {
		'output-directory': (place: string): Inputs => ({ 'output-directory': place }),
		'checkpoint-file': (place: string): Inputs => ({
			checkpoint: 'file',
			'checkpoint-file': path.join(place, 'checkpoint.json'),
		}),
	};
	const places: [what: string, below: string, make: (place: string) => void, told: string][] = [
		['a file', '', (place) => writeFileSync(place, ''), 'is not a directory'],
		['below a file', 'below/it', (place) => writeFileSync(place, ''), 'is not a directory'],
		['a dangling link', '', (place) => symlinkSync('nowhere', place), 'leads nowhere'],
		['below a dangling link', 'a', (place) => symlinkSync('nowhere', place), 'leads nowhere'],
		['a link to itself', '', (place) => symlinkSync(place, place), '(ELOOP)'],
	];

	it.each(Object.keys(named).flatMap((input) => places.map((place) => [input, ...place] as const)))(
		'%s: %s',
		async (input, _, below, make, told) => {
			const scene = await theatre.scene();
			const workspace = theatre.workspace();
			const place = path.join(workspace, 'named');
			make(place);
			const inputs = named[input as keyof typeof named](path.join('named', below));
			const error = await scene.fail(inputs, { workspace });
			expect(error).toContain(`The input ${input} cannot be used: ${place} `);
			expect(error).toContain(told);
			expect(scene.feed.requests).toEqual([]);
		},
	);

	// Root may write everywhere.
	(process.getuid?.() ? it : it.skip)('without the right to write there', async () => {
		const scene = await theatre.scene();
		const workspace = theatre.workspace();
		const place = path.join(workspace, 'named');
		mkdirSync(place, { mode: 0o500 });
		const error = await scene.fail({ 'output-directory': 'named/below' }, { workspace });
		expect(error).toContain(`${place} cannot be written to (EACCES)`);
		expect(scene.feed.requests).toEqual([]);
	});
});
