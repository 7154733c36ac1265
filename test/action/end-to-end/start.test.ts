import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Theatre } from '../harness';

const theatre = Theatre.open();

const BUNDLE = path.resolve('dist/action');
/** What every run loads. */
const LIGHT = ['index.mjs', 'action.mjs', 'rolldown-runtime.mjs'];
/** What a run loads that watches. */
const WATCHES = ['default-watches.mjs', 'watches.mjs', 'actor.mjs', 'exact-json.mjs'];
/** What the end of its job loads besides. */
const POST = ['post.mjs', 'complete-job.mjs'];
/** A run that uses only the workspace needs neither cache, nor artifacts, nor GitHub. */
const BY_ITSELF = { checkpoint: 'file', artifact: 'false' };

/** A copy of the Action with only the named chunks. */
function copyWith(chunks: readonly string[]): string {
	const directory = theatre.workspace();
	const copy = path.join(directory, 'action.yml');
	cpSync('action.yml', copy);
	cpSync(BUNDLE, path.join(directory, 'dist/action'), {
		recursive: true,
		filter: (source) => source === BUNDLE || chunks.includes(path.basename(source)),
	});
	return copy;
}

describe('a run that keeps to the workspace', () => {
	it('loads none of the heavy chunks', async () => {
		const scene = await theatre.scene();
		scene.populate(20);
		const entry = copyWith([...LIGHT, ...WATCHES, ...POST]);
		const { outputs } = await scene.succeed(BY_ITSELF, { entry });
		expect(outputs).toMatchObject({ count: '20', 'checkpoint-saved': 'at-job-end' });
		// A run that needs a missing chunk fails, so the copy proves something.
		expect((await scene.run({}, { entry })).exitCode).toBe(1);
	});

	it('loads no HTTP client of Node beside the one it uses', async () => {
		const scene = await theatre.scene();
		const workspace = theatre.workspace();
		const spy = path.join(workspace, 'spy.mjs');
		const told = path.join(workspace, 'modules-of-');
		writeFileSync(
			spy,
			`import { writeFileSync } from 'node:fs';
			import { basename } from 'node:path';
			const told = ${JSON.stringify(told)} + basename(process.argv[1]);
			process.on('exit', () => writeFileSync(told, process.moduleLoadList.join('\\n')));`,
		);
		const env = { NODE_OPTIONS: `--import=${pathToFileURL(spy).href}` };
		await scene.succeed(BY_ITSELF, { workspace, env });
		const modules = readFileSync(`${told}index.mjs`, 'utf8');
		expect(modules).toMatch(/ _http_client$/m);
		expect(modules).not.toContain('undici');
	});
});

describe('the bundle', () => {
	const chunks = readdirSync(BUNDLE).filter((name) => name.endsWith('.mjs'));
	const bytesOf = (names: readonly string[]) =>
		names.reduce((sum, name) => sum + statSync(path.join(BUNDLE, name)).size, 0);

	it('is small, above all what every run loads', () => {
		expect(bytesOf(chunks)).toBeLessThan(3_000_000);
		expect(bytesOf(LIGHT)).toBeLessThan(168_000);
		expect(bytesOf(WATCHES)).toBeLessThan(30_000);
	});

	it('gives a sync nothing of the other actions', () => {
		const texts = (names: readonly string[]) =>
			names.map((name) => readFileSync(path.join(BUNDLE, name), 'utf8')).join('\n');
		const verify = 'The archive is consistent: there are no findings.';
		expect(texts(['verify-action.mjs'])).toContain(verify);
		expect(texts(chunks.filter((name) => !name.startsWith('verify')))).not.toContain(verify);
	});

	it('names its chunks without a hash, so that a change of one shows as such', () => {
		for (const name of chunks) expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.mjs$/);
	});
});
