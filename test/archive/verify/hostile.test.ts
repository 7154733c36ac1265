import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pathOfManifest } from '../../../archive/layout';
import { encodeManifest, type Manifest } from '../../../archive/manifest';
import { sha256 } from '../../../archive/sha256';
import { ArchiveFiles } from '../../../archive/verify/archive-files';
import { renderVerification } from '../../../action/verify/report';
import { verifyArchive } from '../../../archive/verify/verify';
import { type Files, onDisk } from './archivist';
import { sample } from './samples';

const MIB = 1024 * 1024;
const HEAD_PATH = '.checkpoint.json';
const DAY_FILE = '2026/03/01.ndjson';
const ADDED = '2026/03/07.ndjson';
const NOT_READ = 'The file cannot be read, or is larger than any file that the Action writes.';

let archive: Files;
let directory: string;

beforeAll(async () => {
	archive = await sample();
});

beforeEach(() => {
	directory = onDisk(archive);
});

const at = (name: string) => path.join(directory, name);

function put(name: string, content: string | Buffer): void {
	mkdirSync(path.dirname(at(name)), { recursive: true });
	writeFileSync(at(name), content);
}

/** A file of this size that takes no room on the disk. */
function putSparse(name: string, size: number): void {
	put(name, '');
	truncateSync(at(name), size);
}

/** Adds a manifest at the end of the chain that names lines of a file. */
function putManifest(file: string, lines: number, content: string | Buffer): void {
	const last = JSON.parse(archive.get(pathOfManifest(10))?.toString() ?? '') as Manifest;
	const files = [{ path: file, line: 1, lines, sha256: sha256(content) }];
	put(pathOfManifest(11), encodeManifest({ ...last, sequence: 11, files }));
}

/** The findings, except those about the last manifest, which does not match the rest. */
async function problems(): Promise<string[]> {
	const { findings } = await verifyArchive(directory);
	return findings
		.filter((finding) => !/^manifests\/00000\/000000(10|11)/.test(finding.path))
		.map(({ path: file, line, problem }) => `${file}${line ? `:${line}` : ''} ${problem}`);
}

describe('what lies in place of an archive’s file, or beside it, is named and not followed:', () => {
	const secret = '{"id":"a","created_at":"2026-03-01T00:00:00Z","secret":1}\n';

	test.each<[string, (name: string) => void, string]>([
		['a link', (name) => symlinkSync('/etc/passwd', at(name)), 'This is not a regular file.'],
		['a link to a directory', (name) => symlinkSync('/', at(name)), 'This is not a regular file.'],
		['a link to itself', (name) => symlinkSync(at(name), at(name)), 'This is not a regular file.'],
		['a FIFO', (name) => execFileSync('mkfifo', [at(name)]), 'This is not a regular file.'],
		[
			'an empty directory, as a submodule leaves one',
			(name) => mkdirSync(at(name)),
			'The directory is empty, like that of a submodule that is not checked out.',
		],
		[
			'a submodule that was checked out',
			(name) => {
				put(`${name}/.git`, 'gitdir: ../../.git/modules/x\n');
				put(`${name}/01.ndjson`, secret);
			},
			'The directory is a separate repository, such as a submodule. Its files were not checked.',
		],
		[
			'a repository',
			(name) => put(`${name}/.git/HEAD`, 'ref: refs/heads/main\n'),
			'The directory is a separate repository, such as a submodule. Its files were not checked.',
		],
	])('%s', async (_, make, problem) => {
		for (const name of ['2026/04', DAY_FILE, HEAD_PATH, pathOfManifest(3)]) {
			directory = onDisk(archive);
			rmSync(at(name), { force: true });
			make(name);
			const { findings } = await verifyArchive(directory);
			expect(findings).toContainEqual(expect.objectContaining({ path: name, problem }));
			expect(JSON.stringify(findings)).not.toMatch(/root:|secret/);
		}
	});

	test('a directory with a part’s name', async () => {
		rmSync(at(DAY_FILE));
		put(`${DAY_FILE}/x`, '');
		expect(await problems()).toEqual([
			expect.stringMatching(`${DAY_FILE} The file is missing`),
			`${DAY_FILE}/x The file does not belong here: no manifest names it.`,
		]);
	});

	test.each<[string, (name: string) => unknown]>([
		['a link', (name) => symlinkSync('/etc/passwd', name)],
		['a FIFO', (name) => execFileSync('mkfifo', [name])],
	])('%s that takes a file’s place while it is read', async (_, make) => {
		const files = await ArchiveFiles.in(directory);
		rmSync(at(DAY_FILE));
		make(at(DAY_FILE));
		expect(await files.read(DAY_FILE, MIB)).toBeUndefined();
	});

	test('an executable file is like any other', async () => {
		execFileSync('chmod', ['755', at(DAY_FILE)]);
		expect(await problems()).toEqual([]);
	});
});

describe('what systems and editors leave', () => {
	const left = [
		'.DS_Store',
		'._.checkpoint.json',
		'.git/HEAD',
		'2026/.DS_Store',
		'2026/03/._01.ndjson',
		'2026/03/Thumbs.db',
		'2026/03/desktop.ini',
		'2026/03/01.ndjson~',
		'2026/03/.01.ndjson.swp',
		'manifests/.directory',
	];

	test('is reported, but not as a finding', async () => {
		for (const name of left) put(name, 'x');
		const verification = await verifyArchive(directory);
		expect(verification.findings).toEqual([]);
		const expected = left.map((name) => name.replace('.git/HEAD', '.git'));
		expect([...verification.leftovers].sort()).toEqual(expected.sort());
		const said = renderVerification(verification);
		expect(said).toContain('Ignored        10 files of a system or an editor, such as .DS_Store\n');
		expect(said).toContain('The archive is consistent: there are no findings.');
	});

	test('may be a file .git, if the archive is the root of a submodule', async () => {
		put('.git', 'gitdir: elsewhere\n');
		expect(await problems()).toEqual([]);
	});

	test.each(['README.md', '2026/03/notes', 'DS_Store', '2026/03/01.ndjson.bak'])(
		'does not include %s',
		async (name) => {
			put(name, 'x');
			expect(await problems()).toEqual([
				`${name} The file does not belong here: no manifest names it.`,
			]);
		},
	);

	test('is no excuse for a link of that name', async () => {
		symlinkSync('/etc/passwd', at('.DS_Store'));
		expect(await problems()).toEqual(['.DS_Store This is not a regular file.']);
	});
});

describe('verify stops reading a file that causes excessive work, and names it:', () => {
	const idle = 'The file has 1000 lines that are invalid or repeat another line.';

	test.each([
		['newlines', '\n'],
		['objects that are no activities', '{"n":1,"what":"is long enough to be looked at, but"}\n'],
		['lines that are no JSON', '{"id":"a","created_at":"2026-03-07T00:00:00Z"},,,,,,,,,,\n'],
		['the same activity', '{"id":"a","created_at":"2026-03-07T00:00:00Z"}\n'],
	])('a day file of %s', async (_, line) => {
		const lines = Math.floor((4 * MIB) / line.length);
		const content = line.repeat(lines);
		put(ADDED, content);
		putManifest(ADDED, lines, content);
		const { findings, omitted } = await verifyArchive(directory);
		expect(findings).toContainEqual(
			expect.objectContaining({ path: ADDED, problem: expect.stringContaining(idle) }),
		);
		// Few findings, listed or not, show that the check of the file stopped.
		expect(findings.length + omitted).toBeLessThan(1100);
	});

	test.each([
		['newlines', '\n'],
		['the same record', '0\n'],
		['two records in turns', '0\n1\n'],
	])('unreadable records of %s', async (_, text) => {
		const content = text.repeat(MIB);
		put('unreadable.ndjson', content);
		putManifest('unreadable.ndjson', text.length === 4 ? 2 * MIB : MIB, content);
		const { findings, omitted } = await verifyArchive(directory);
		expect(findings).toContainEqual(
			expect.objectContaining({
				path: 'unreadable.ndjson',
				problem: expect.stringContaining(idle),
			}),
		);
		expect(findings.length + omitted).toBeLessThan(1100);
	});

	test('more lines than an archive can have, of which a manifest names few', async () => {
		put(ADDED, Buffer.alloc(5 * MIB, '\n'));
		putManifest(ADDED, 1, '\n');
		expect(await problems()).toEqual([
			`${ADDED} The file has more than 4194305 lines. The Action never writes so many.`,
		]);
	});

	test('a line nested millions of times', async () => {
		const content = `{"id":"a","created_at":"2026-03-07T00:00:00Z","x":${'['.repeat(4 * MIB)}\n`;
		put(ADDED, content);
		putManifest(ADDED, 1, content);
		expect((await problems())[0]).toMatch(`${ADDED}:1 The line holds no activity`);
	});

	test.each([
		['a part', DAY_FILE, 73 * MIB],
		['a manifest', pathOfManifest(3), 36 * MIB],
		['the head', HEAD_PATH, 36 * MIB],
	])('%s larger than any real one, which is not read', async (_, name, size) => {
		putSparse(name, size);
		expect(await problems()).toContainEqual(`${name} ${NOT_READ}`);
	});

	test('larger attributes, which are not read', async () => {
		putSparse('.gitattributes', 99 * MIB);
		expect(await problems()).toEqual(['.gitattributes The file is not what the Action writes.']);
	});

	test.each([
		['a manifest', pathOfManifest(3), 'This is not a valid manifest'],
		['the head', HEAD_PATH, "The archive's .checkpoint.json cannot be used."],
	])('%s nested millions of times', async (_, name, problem) => {
		put(name, '{"version":'.repeat(MIB));
		expect(await problems()).toContainEqual(expect.stringContaining(`${name} ${problem}`));
	});

	test.each([1e15, 4_194_306])('a manifest that names %d lines', async (lines) => {
		const changed = archive
			.get(pathOfManifest(3))
			?.toString()
			.replace(/"lines": \d+/, `"lines": ${lines}`);
		put(pathOfManifest(3), changed ?? '');
		expect(await problems()).toContainEqual(
			expect.stringContaining(`${pathOfManifest(3)} This is not a valid manifest`),
		);
	});

	test('a manifest that names more lines than the file has', async () => {
		putManifest(DAY_FILE, 4 * MIB, '');
		expect(await problems()).toEqual([
			`${DAY_FILE}:1 Manifest 11 names lines that another manifest names, too.`,
		]);
	});

	test('manifests whose numbers are a thousand million apart', async () => {
		const far = pathOfManifest(1_000_000_000);
		put(far, archive.get(pathOfManifest(10)) ?? '');
		expect((await problems())[0]).toBe(
			`${far} The file was renamed or changed: it holds manifest 10.`,
		);
	});
});
