import { execFileSync } from 'node:child_process';
import {
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { uploadArtifact } from '../../../action/sinks/artifact-upload';
import { FileLedger } from '../../../action/ledgers/file-ledger';
import { DayFiles } from '../../../action/sinks/day-files';
import { PageFiles } from '../../../action/io/page-files';
import { replaceFile } from '../../../action/io/durable';
import { UnreadableFile } from '../../../action/sinks/unreadable-file';
import { currentRun, type WorkflowRun } from '../../../action/github/workflow-run';
import { type Activity, type Checkpoint, formats, parseActivity, Unreadable } from '../../../core';
import { SharedText } from '../../../core/json/shared-text';

let home = '';
/** The directory that the user names. */
let directory = '';
/** A file of somebody else. It is empty, so that its content does not stop a careless writer. */
let victim = '';
beforeEach(() => {
	home = mkdtempSync(path.join(os.tmpdir(), 'private-files-'));
	directory = path.join(home, 'named');
	victim = path.join(home, 'victim');
	writeFileSync(victim, '');
});
afterEach(() => rmSync(home, { recursive: true }));

const DAY = path.join('2026', '01', '31.ndjson');
const checkpoint = { version: 4 } as Checkpoint;

function activity(id: string): Activity {
	return parseActivity(Buffer.from(jsonOf(id)))!;
}

function jsonOf(id: string): string {
	return `{"id":"${id}","created_at":"2026-01-31T00:00:00Z"}`;
}

async function writeDay(...ids: string[]): Promise<void> {
	const files = new DayFiles(directory, formats.raw, '.ndjson');
	try {
		await files.write(ids.map(activity));
	} finally {
		await files.close();
	}
}

async function writeUnreadable(): Promise<void> {
	const file = new UnreadableFile(directory);
	await file.write([new Unreadable('{}', undefined)]);
	await file.close();
}

const CHECKPOINT = 'checkpoint.json';
const fileLedger = () => new FileLedger(path.join(directory, CHECKPOINT), currentRun(), undefined);
const save = () => replaceFile(directory, CHECKPOINT, JSON.stringify(checkpoint));

/** All files that outlive a run, and the function that opens each. */
const files: [name: string, open: () => Promise<unknown>][] = [
	[DAY, () => writeDay('a')],
	['unreadable.ndjson', writeUnreadable],
	['checkpoint.json', () => fileLedger().open()],
];

/** What somebody may put in the place of a file. */
const obstacles: [what: string, put: (place: string) => void, told: RegExp][] = [
	['a link to a file', (place) => symlinkSync(victim, place), / is a symbolic link, not a file: /],
	[
		'a link to nothing yet',
		(place) => symlinkSync(path.join(home, 'new'), place),
		/ is a symbolic link, not a file: /,
	],
	['a second name of a file', (place) => linkSync(victim, place), / \(a hard link\): /],
	['a named pipe', (place) => execFileSync('mkfifo', [place]), / is a named pipe, not a file: /],
	['a directory', (place) => mkdirSync(place), / is a directory, not a file: /],
];

describe.each(files)('%s', (name, open) => {
	it.each(obstacles)('is not opened where %s lies in its place', async (_, put, told) => {
		const place = path.join(directory, name);
		mkdirSync(path.dirname(place), { recursive: true });
		put(place);
		const before = lstatSync(place);
		await expect(open()).rejects.toThrow(told);
		await expect(open()).rejects.toThrow('move it away');
		expect(lstatSync(place)).toEqual({
			...before,
			atimeMs: expect.anything(),
			atime: expect.anything(),
		});
		expect(readFileSync(victim, 'utf8')).toBe('');
		expect(existsSync(path.join(home, 'new'))).toBe(false);
	});

	it('may lie in a directory that the user has linked', async () => {
		const elsewhere = path.join(home, 'elsewhere');
		mkdirSync(elsewhere);
		symlinkSync(elsewhere, directory);
		await open();
	});
});

it.each(['2026', path.join('2026', '01')])(
	'no directory is gone through by a link: %s',
	async (name) => {
		const elsewhere = path.join(home, 'elsewhere');
		mkdirSync(elsewhere);
		const place = path.join(directory, name);
		mkdirSync(path.dirname(place), { recursive: true });
		symlinkSync(elsewhere, place);
		await expect(writeDay('a')).rejects.toThrow(`${place} is a symbolic link, not a directory: `);
		expect(readdirSync(elsewhere)).toEqual([]);
	},
);

it('a file that a backup has linked is not called foreign, and goes on when that is gone', async () => {
	await writeDay('a');
	const backup = path.join(home, 'backup');
	linkSync(path.join(directory, DAY), backup);
	const failure = writeDay('b');
	await expect(failure).rejects.toThrow(/ has another name elsewhere \(a hard link\): .*cp -l/);
	await expect(failure).rejects.not.toThrow('did not create it');
	rmSync(backup);
	await writeDay('b');
	expect(readFileSync(path.join(directory, DAY), 'utf8')).toBe(`${jsonOf('a')}\n${jsonOf('b')}\n`);
});

it('what is made is for the owner alone', async () => {
	directory = path.join(directory, 'and', 'below');
	await writeDay('a');
	await writeUnreadable();
	await save();
	const made = readdirSync(path.join(home, 'named'), { recursive: true, withFileTypes: true });
	expect(made.filter((entry) => entry.isFile())).toHaveLength(3);
	for (const entry of made) {
		const { mode } = statSync(path.join(entry.parentPath, entry.name));
		expect([entry.name, (mode & 0o777).toString(8)]).toEqual([
			entry.name,
			entry.isFile() ? '600' : '700',
		]);
	}
	expect(statSync(path.join(home, 'named')).mode & 0o777).toBe(0o700);
});

it('pages that wait for their turn are for the owner alone', async () => {
	const before = process.env.RUNNER_TEMP;
	process.env.RUNNER_TEMP = home;
	try {
		const store = await PageFiles.open();
		const stored = await store.put(new SharedText(Buffer.from('{}')), [
			Buffer.from('['),
			Buffer.from(']'),
		]);
		const [pages = ''] = readdirSync(home).filter((name) => name !== 'victim');
		expect(statSync(path.join(home, pages)).mode & 0o777).toBe(0o700);
		expect(statSync(path.join(home, pages, '0')).mode & 0o777).toBe(0o600);
		const { text, tables } = await stored.take();
		expect([text.toString(), tables.toString()]).toEqual(['{}', '[]']);
		await expect(stored.take()).rejects.toThrow('ENOENT');
		await store.close();
	} finally {
		if (before === undefined) delete process.env.RUNNER_TEMP;
		else process.env.RUNNER_TEMP = before;
	}
});

it('a link that comes while a file is opened leads nowhere', async () => {
	const place = path.join(directory, DAY);
	const spare = path.join(home, 'spare');
	await writeDay('first');
	let done = false;
	const attack = async () => {
		while (!done) {
			await symlink(victim, spare);
			await rename(spare, place);
			await writeFile(spare, '');
			await rename(spare, place);
		}
	};
	const attacked = attack();
	for (let run = 0; run < 300; run++) await writeDay('next').catch(() => undefined);
	done = true;
	await attacked;
	expect(readFileSync(victim, 'utf8')).toBe('');
});

it('two that write to one file do not write over each other', async () => {
	const [one, other] = [
		new DayFiles(directory, formats.raw, '.ndjson'),
		new DayFiles(directory, formats.raw, '.ndjson'),
	];
	await one.write([activity('a')]);
	await other.write([activity('b')]);
	await expect(one.write([activity('c')])).rejects.toThrow('Something else writes to ');
	await other.write([activity('d')]);
	for (const each of [one, other]) await each.close();
	expect(readFileSync(path.join(directory, DAY), 'utf8')).toBe(
		['a', 'b', 'd'].map((id) => `${jsonOf(id)}\n`).join(''),
	);
});

describe('a checkpoint', () => {
	const place = () => path.join(directory, 'checkpoint.json');

	it('that is too large to be one is not read', async () => {
		mkdirSync(directory);
		writeFileSync(place(), '');
		truncateSync(place(), 65 * 1024 ** 2);
		await expect(fileLedger().open()).rejects.toThrow('is larger than 64 MiB');
	});

	it('is written through no link, whatever name it has', async () => {
		mkdirSync(directory);
		symlinkSync(victim, place());
		symlinkSync(victim, `${place()}.new`);
		await save();
		expect(readFileSync(victim, 'utf8')).toBe('');
		expect(lstatSync(place()).isFile()).toBe(true);
		expect(readFileSync(place(), 'utf8')).toBe(JSON.stringify(checkpoint));
	});

	it('takes the drafts of killed runs with it, and nothing else', async () => {
		mkdirSync(directory);
		const draft = 'checkpoint.json.0123456789abcdef.new';
		const others = [`other-${draft}`, `${draft}.txt`, 'checkpoint.json.mine.new'];
		for (const name of [draft, ...others]) writeFileSync(path.join(directory, name), '');
		await save();
		expect(readdirSync(directory).sort()).toEqual(['checkpoint.json', ...others].sort());
	});

	it('that cannot be put in its place leaves no draft', async () => {
		mkdirSync(place(), { recursive: true });
		await expect(save()).rejects.toThrow('EISDIR');
		expect(readdirSync(directory)).toEqual(['checkpoint.json']);
	});
});

it('a link in the place of a file is not uploaded', async () => {
	await writeDay('a');
	const place = path.join(directory, DAY);
	rmSync(place);
	await writeFile(victim, 'secret');
	await symlink(victim, place);
	await expect(
		uploadArtifact({} as WorkflowRun, 'activities', [place], directory, undefined),
	).rejects.toThrow(/ is a symbolic link, not a file: /);
});
