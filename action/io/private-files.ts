import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { UserError, quote } from '../../core';

// The files that the Action creates. The user names their directory, which may be a link or be behind
// one. Everything below that directory belongs to the Action alone. On a machine that outlives the run,
// somebody may have put a link or a pipe there, so that the Action changes, reads or waits for another
// file.

// Windows lacks O_NOFOLLOW and O_NONBLOCK. It has no such pipes, and not everybody may create links.
const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const MIB = 1024 * 1024;
const FOR_THE_RUNNER_ALONE = "Let only the runner's user write to that directory.";

/** A file that is open for reading and writing. */
export interface PrivateFile {
	readonly handle: FileHandle;
	/** The directories that may have a new entry. */
	readonly directories: readonly string[];
}

/**
 * Opens a file, or creates it for the owner of this process only.
 *
 * @param directory absolute path, as the user names it; created when it is missing
 * @param name path below it
 * @throws UserError `invalid-setting` when something else created what is there
 */
export async function openPrivate(directory: string, name: string): Promise<PrivateFile> {
	const directories = await makeDirectories(directory, path.dirname(name));
	const file = path.join(directory, name);
	const handle = (await openExisting(file, O_RDWR)) ?? (await create(file));
	return { handle, directories };
}

/** Creates a file for the owner of this process only. Nothing of that name may exist. */
export async function createPrivate(directory: string, name: string): Promise<PrivateFile> {
	const directories = await makeDirectories(directory, path.dirname(name));
	return { handle: await create(path.join(directory, name)), directories };
}

/**
 * Reads a file as text.
 *
 * @param mostBytes a larger file is not read
 * @returns `undefined` when there is no file
 * @throws UserError as `openPrivate` does, and `invalid-checkpoint` when the file is too large
 */
export async function readPrivate(
	directory: string,
	name: string,
	mostBytes: number,
): Promise<string | undefined> {
	await examineDirectories(directory, path.dirname(name));
	const file = path.join(directory, name);
	const handle = await openExisting(file, O_RDONLY);
	if (!handle) return undefined;
	try {
		const { size } = await handle.stat();
		if (size > mostBytes) throw tooLarge(file, mostBytes);
		return await handle.readFile('utf8');
	} finally {
		await handle.close();
	}
}

/**
 * Checks that nothing replaced a file of the Action, before other code opens it by its path.
 *
 * @throws UserError as `openPrivate` does
 */
export async function examinePrivate(directory: string, name: string): Promise<void> {
	await examineDirectories(directory, path.dirname(name));
	const file = path.join(directory, name);
	examineFile(file, await lstat(file, { bigint: true }));
}

async function create(file: string): Promise<FileHandle> {
	return open(file, O_RDWR | O_CREAT | O_EXCL, FILE_MODE);
}

async function openExisting(file: string, mode: number): Promise<FileHandle | undefined> {
	const found = await lstatIfAny(file);
	if (!found) return undefined;
	examineFile(file, found);
	// Something may have replaced the file since.
	const handle = await open(file, mode | O_NOFOLLOW | O_NONBLOCK);
	const opened = await handle.stat({ bigint: true });
	if (opened.dev === found.dev && opened.ino === found.ino) return handle;
	await handle.close();
	throw foreignFile(file, 'replaced another file while this run opened it');
}

/**
 * Creates a directory, and those above it, for the owner of this process only, unless it is there.
 *
 * @returns the directories that were created, the innermost first; none when it was there
 */
export async function makeDirectory(directory: string): Promise<string[]> {
	const firstMade = await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
	if (firstMade === undefined) return [];
	const made = [directory];
	for (let each = directory; each !== firstMade && each !== path.dirname(each);) {
		each = path.dirname(each);
		made.push(each);
	}
	return made;
}

async function makeDirectories(directory: string, below: string): Promise<string[]> {
	const changed = (await makeDirectory(directory)).map((made) => path.dirname(made));
	for (const each of stepsBelow(directory, below)) {
		try {
			await mkdir(each, { mode: DIRECTORY_MODE });
			changed.push(path.dirname(each));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
		await examineDirectory(each);
	}
	return [...changed, path.join(directory, below)];
}

async function examineDirectories(directory: string, below: string): Promise<void> {
	for (const each of stepsBelow(directory, below)) await examineDirectory(each);
}

async function examineDirectory(directory: string): Promise<void> {
	const found = await lstatIfAny(directory);
	if (found && !found.isDirectory())
		throw foreignFile(directory, `is ${kindOf(found)}, not a directory`);
}

function examineFile(file: string, found: BigIntStats): void {
	if (!found.isFile()) throw foreignFile(file, `is ${kindOf(found)}, not a file`);
	// A write to one name would change the file under its other name, wherever that is.
	if (found.nlink > 1n) throw linked(file);
}

function kindOf(found: BigIntStats): string {
	if (found.isSymbolicLink()) return 'a symbolic link';
	if (found.isDirectory()) return 'a directory';
	if (found.isFIFO()) return 'a named pipe';
	return found.isSocket() ? 'a socket' : found.isFile() ? 'a file' : 'a device';
}

function foreignFile(place: string, what: string): UserError {
	return new UserError(
		'invalid-setting',
		`${quote(place)} ${what}: the Action did not create it, and neither reads nor writes it.`,
		{
			remedy: `Find out who put it there, and move it away. ${FOR_THE_RUNNER_ALONE}`,
		},
	);
}

/** The error for a hard link. The Action may have created the file, and something else the link. */
function linked(file: string): UserError {
	return new UserError(
		'invalid-setting',
		`${quote(file)} has another name elsewhere (a hard link): a write to it would also change the file there, so the Action neither reads nor writes it.`,
		{
			remedy: `If a backup created that name, as cp -l does, delete it, and let backups copy instead. Otherwise find out who created it, and move it away. ${FOR_THE_RUNNER_ALONE}`,
		},
	);
}

function tooLarge(file: string, mostBytes: number): UserError {
	return new UserError(
		'invalid-checkpoint',
		`${quote(file)} is larger than ${mostBytes / MIB} MiB, so it holds no checkpoint, and the Action does not read it.`,
		{ remedy: 'Move it away, and restore it from a copy if there is one.' },
	);
}

async function lstatIfAny(place: string): Promise<BigIntStats | undefined> {
	try {
		return await lstat(place, { bigint: true });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}

/** The directories on the way down, the outermost first. */
function stepsBelow(directory: string, below: string): string[] {
	const names = path.normalize(below).split(path.sep);
	return names
		.filter((name) => name !== '.')
		.map((_, index, all) => path.join(directory, ...all.slice(0, index + 1)));
}
