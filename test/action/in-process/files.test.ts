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
import { DAY, filesIn, type Inputs, linesOf, pagesOf, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { openSelfHosted, SELF_HOSTED } from '../self-hosted-scene';

const theatre = Theatre.open(runInProcess);
const selfHosted = () => openSelfHosted(theatre);

type Json = Record<string, unknown>;

describe('several formats', () => {
	const inputs = { format: 'raw, flat ocsf,ecs', artifact: 'true' };
	const ids = {
		'.ndjson': (line: Json) => line.id,
		'.flat.ndjson': (line: Json) => line.id,
		'.ocsf.ndjson': ({ metadata }: Json) => (metadata as Json).uid,
		'.ecs.ndjson': ({ event }: Json) => (event as Json).id,
	};

	/** The ids in the files of each format, in order. */
	function idsIn(files: ReadonlyMap<string, string>): unknown[] {
		return Object.entries(ids).map(([ending, idOf]) => {
			const own = [...files].filter(([name]) => name.replace(/^.*\/\d\d\./, '.') === ending);
			const named = own.map(([name, text]) => [name.replace(ending, '.ndjson'), text] as const);
			return linesOf(new Map(named)).map((line) => idOf(JSON.parse(line) as Json));
		});
	}

	it('have files of their own, each with all activities, in directory and artifact', async () => {
		const { scene, directory, succeed } = await selfHosted();
		scene.populate(40, 2);
		const first = await succeed(inputs);
		scene.happened(0);
		scene.happened(0);
		const second = await succeed(inputs);
		const all = scene.shown.map((json) => (JSON.parse(json) as Json).id);
		expect(first.outputs.count).toBe('40');
		expect(idsIn(first.artifact!)).toEqual(Array(4).fill(all.slice(0, 40)));
		expect(idsIn(second.artifact!)).toEqual(Array(4).fill(all.slice(40)));
		expect(idsIn(filesIn(directory))).toEqual(Array(4).fill(all));
	});

	it('hold the original where it is asked for, byte for byte', async () => {
		const { scene, directory, succeed } = await selfHosted();
		const { json } = scene.happened(0);
		for (const original of ['false', 'true']) {
			rmSync(directory, { recursive: true, force: true });
			await succeed({
				...{ format: 'ecs ocsf', 'include-original': original },
				'checkpoint-file': `${original}.json`,
			});
			const texts = [...filesIn(directory).values()].map((text) => JSON.parse(text) as Json);
			expect(
				texts.map(({ event, raw_data: data }) => (event as Json | undefined)?.original ?? data),
			).toEqual(original === 'true' ? [json, json] : [undefined, undefined]);
		}
	});

	it('complete each other after a run that died between them', async () => {
		const { scene, directory, checkpoint, succeed } = await selfHosted();
		scene.populate(20, 1);
		await succeed(inputs);
		const files = filesIn(directory);
		const name = [...files.keys()].find((file) => file.endsWith('.ocsf.ndjson'))!;
		const [kept, torn] = [files.get(name)!.split('\n')[0]!, files.get(name)!.split('\n')[1]!];
		writeFileSync(path.join(directory, name), `${kept}\n${torn.slice(0, 100)}`);
		rmSync(checkpoint);
		await succeed(inputs);
		expect(filesIn(directory)).toEqual(files);
	});
});

describe('files that outlive runs', () => {
	it('do without an artifact', async () => {
		const { scene, written, succeed } = await selfHosted();
		scene.populate(50);
		const { outputs, artifact } = await succeed({ artifact: 'false' });
		expect(artifact).toBeUndefined();
		expect(outputs).toMatchObject({
			count: '50',
			'artifact-id': '',
			'checkpoint-saved': 'at-job-end',
		});
		expect(written()).toEqual(scene.shown);
	});

	it('go to the given places, absolute or not', async () => {
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

describe('a link in the place of a file', () => {
	it('is not written to, and what comes before it is delivered', async () => {
		const { scene, workspace, written, succeed, directory } = await selfHosted();
		scene.populate(60);
		const victim = path.join(theatre.workspace(), 'victim');
		writeFileSync(victim, '');
		const file = path.join(directory, '2025', '03', '17.ndjson');
		mkdirSync(path.dirname(file), { recursive: true });
		symlinkSync(victim, file);
		const first = await scene.break({ ...SELF_HOSTED, ...pagesOf(10) }, { workspace });
		expect(first.error).toContain(`${file} is a symbolic link, not a file: `);
		expect(first.error).toMatch(/move it away\..* continues from there/);
		expect(first.delivered.length).toBeGreaterThan(0);
		expect(readFileSync(victim, 'utf8')).toBe('');
		rmSync(file);
		const second = await succeed();
		expect([...first.delivered, ...second.delivered]).toEqual(scene.shown);
		expect(written()).toEqual(scene.shown);
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
		const first = await scene.break({ ...SELF_HOSTED, ...pagesOf(10) }, { workspace });
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

describe('a directory that cannot be created is reported before the first request', () => {
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
