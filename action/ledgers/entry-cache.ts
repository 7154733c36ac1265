import { execFile } from 'node:child_process';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as cache from '@actions/cache';
import { UserError, MAX_CHECKPOINT_LENGTH, quote } from '../../core';
import { readPrivate } from '../io/private-files';
import { makeTemporaryDirectory, temporaryRoot } from '../io/temporary-directory';

/** The Actions cache did not do what it was asked to; the message says why, as far as it is known. */
export class CacheFailure extends Error {
	override readonly name = 'CacheFailure';
}

/** Small texts by the name of their file. */
export type Texts = Readonly<Partial<Record<string, string>>>;

/** An entry that was found. */
export interface CacheEntry {
	readonly key: string;
	readonly texts: Texts;
}

/**
 * Entries of the Actions cache, each of some small texts.
 *
 * GitHub's library works on files, packs them with the runner's tar, and tells failures to the log
 * only. What it does depends on the workspace, on PATH and on the system; entries must not.
 *
 * It works in a place of its own, to which a call takes the whole process: no two calls at a time.
 */
export class EntryCache {
	/**
	 * @param directory where the library finds the files. It tells entries apart by this very text as
	 *   well as by key, so it must be the same on every machine
	 * @param names what an entry's texts are called
	 */
	constructor(
		private readonly directory: string,
		private readonly names: readonly string[],
	) {}

	/**
	 * Finds the entry of this key, else the newest whose key begins with one of the prefixes.
	 *
	 * @throws CacheFailure when it is not known whether there is one
	 * @throws UserError `invalid-checkpoint` when something else has made the entry
	 */
	async restore(key: string, prefixes: string[]): Promise<CacheEntry | undefined> {
		return inPlainDirectory(async (place) => {
			const found = await this.#find(key, prefixes, false);
			if (found === undefined) return undefined;
			const texts = await Promise.all(
				this.names.map(async (name) => [
					name,
					await readEntryFile(place, this.directory, name, found),
				]),
			);
			return { key: found, texts: Object.fromEntries(texts) as Texts };
		});
	}

	/** @throws CacheFailure when it is not known whether there is an entry of this key */
	async has(key: string): Promise<boolean> {
		return inPlainDirectory(async () => (await this.#find(key, [], true)) === key);
	}

	/** @throws CacheFailure when the cache does not take the entry */
	async save(key: string, texts: Texts): Promise<void> {
		await inPlainDirectory(async (place) => {
			await mkdir(path.join(place, this.directory));
			for (const [name, text = ''] of Object.entries(texts)) {
				await writeFile(path.join(place, this.directory, name), text);
			}
			const { result, failure } = await heard(() =>
				cache.saveCache([this.directory], key, undefined, true),
			);
			if (result === -1) throw new CacheFailure(failure ?? 'it says more above');
		});
	}

	async #find(key: string, prefixes: string[], lookupOnly: boolean): Promise<string | undefined> {
		const { result, failure } = await heard(() =>
			cache.restoreCache([this.directory], key, prefixes, { lookupOnly }, true),
		);
		if (result === undefined && failure !== undefined) throw new CacheFailure(failure);
		return result;
	}
}

/** What an entry held is whatever somebody has put into it, and need not even be a file. */
async function readEntryFile(
	place: string,
	directory: string,
	name: string,
	key: string,
): Promise<string | undefined> {
	try {
		return await readPrivate(place, path.join(directory, name), MAX_CHECKPOINT_LENGTH);
	} catch (error) {
		const reason = error instanceof UserError ? error.summary : (error as Error).message;
		throw new UserError(
			'invalid-checkpoint',
			`The checkpoint in the entry ${quote(key)} of the Actions cache cannot be read: ${quote(reason.replace(/\.$/, ''))}.`,
			{
				remedy:
					'Something else wrote that entry: find out what, and delete it under Actions → Caches.',
			},
		);
	}
}

/** What keeps this runner from making entries and reading them, in words for the user. */
export async function obstacleToEntries(): Promise<{ what: string; remedy: string } | undefined> {
	let place: string;
	try {
		place = await makePlainDirectory();
	} catch (error) {
		const remedy = 'Set TMPDIR (on Windows TEMP) to one that can.';
		return { what: `${(error as Error).message}.`, remedy };
	}
	try {
		await workIn(place, tryTar);
		return undefined;
	} catch (error) {
		const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
		// BusyBox goes on with all that it can.
		const [firstLine = ''] = (stderr ?? '').trim().split('\n');
		const reason = quote(firstLine || message);
		// What is not of tar is of the files around it. Tar says in words what it comes upon.
		if (stderr === undefined || NO_ROOM.test(stderr)) {
			return {
				what: `The Actions cache needs room for temporary files, and in ${quote(path.dirname(place))} they cannot be written: ${reason}.`,
				remedy:
					'If the disk or the quota is full, make room there. Or set checkpoint to file, with a checkpoint-file that outlives the run.',
			};
		}
		return {
			what: `The Actions cache needs a tar that can do what GNU tar can, and this runner's cannot: ${code === 'ENOENT' ? 'there is none on PATH' : reason}.`,
			remedy:
				'Install GNU tar and gzip (on Alpine, apk add tar), or set checkpoint to file, with a checkpoint-file that outlives the run.',
		};
	}
}

/** What tar and gzip say, in English, of a disk or a quota that is full. */
const NO_ROOM = /no space left|quota exceeded/i;

/** Packs and unpacks a file with the options that the library uses. */
async function tryTar(place: string): Promise<void> {
	// There, the library takes a tar that it knows.
	if (process.platform === 'win32') return;
	const run = promisify(execFile);
	const options = { cwd: place, env: { ...process.env, LC_ALL: 'C' } };
	const tar = async (...args: string[]) => {
		if (process.platform === 'darwin') {
			try {
				return await run('gtar', args, options);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
			}
		}
		return run('tar', args, options);
	};
	const packed = 'probe.tgz';
	const exclude = ['--exclude', packed];
	await writeFile(path.join(place, 'probe.txt'), 'probe');
	await writeFile(path.join(place, 'manifest.txt'), 'probe.txt');
	const files = ['--files-from', 'manifest.txt'];
	await tar('--posix', '-cf', packed, ...exclude, '-P', '-C', place, ...files, '-z');
	await tar('-xf', path.join(place, packed), '-P', '-C', place, '-z');
}

/** What stands in a command line for itself, without quotes, and in a glob. */
const PLAIN_PATH = /^[\w./\\:~-]+$/;

/**
 * Does something in an empty directory of its own, which it gives the library for workspace, for
 * temporary files, and to work in.
 *
 * - The library neither quotes a path for tar nor sees to it that workspace and working directory
 *   are the same by name: a blank in one, or a link, and it fails or packs something else.
 * - It compresses with zstd where that is on PATH, and tells entries apart by that. A zstd that says
 *   nothing is none to it, so that all runners go on from each other's entries.
 *
 * @throws CacheFailure when there is no such directory
 */
async function inPlainDirectory<Result>(work: (place: string) => Promise<Result>): Promise<Result> {
	return await workIn(await makePlainDirectory(), work);
}

async function workIn<Result>(
	place: string,
	work: (place: string) => Promise<Result>,
): Promise<Result> {
	const { env } = process;
	const home = process.cwd();
	const variables = { GITHUB_WORKSPACE: place, RUNNER_TEMP: place, PATH: searchPath(place) };
	const before = Object.keys(variables).map((name) => [name, env[name]] as const);
	try {
		await hideZstd(place);
		process.chdir(place);
		Object.assign(env, variables);
		return await work(place);
	} finally {
		process.chdir(home);
		for (const [name, value] of before) {
			if (value === undefined) Reflect.deleteProperty(env, name);
			else env[name] = value;
		}
		await rm(place, { recursive: true, force: true });
	}
}

async function makePlainDirectory(): Promise<string> {
	const refused: string[] = [];
	for (const root of new Set([temporaryRoot(), os.tmpdir()])) {
		try {
			const real = await realpath(root);
			if (PLAIN_PATH.test(real)) return await makeTemporaryDirectory(real);
			refused.push(quote(root));
		} catch (error) {
			// The next one may do.
			refused.push(`${quote(root)} (${(error as NodeJS.ErrnoException).code})`);
		}
	}
	throw new CacheFailure(
		`The Actions cache needs a directory for temporary files that can be written to and whose path tar takes without quotes, so only letters, digits, _ . - and /; ${refused.join(' and ')} cannot be used`,
	);
}

async function hideZstd(place: string): Promise<void> {
	const [name, script] =
		process.platform === 'win32' ? ['zstd.cmd', '@exit /b 0\r\n'] : ['zstd', '#!/bin/sh\nexit 0\n'];
	await writeFile(path.join(place, name), script, { mode: 0o700 });
}

function searchPath(place: string): string {
	const { PATH = '', ProgramFiles = '' } = process.env;
	// Git for Windows brings the tar that the library prefers there, and the gzip that this one
	// calls, but need not have put them on PATH.
	const git = process.platform === 'win32' ? [path.join(ProgramFiles, 'Git', 'usr', 'bin')] : [];
	return [place, PATH, ...git].join(path.delimiter);
}

/** How the library begins the lines in which it tells of a failure. */
const FAILURE =
	/^(?:::(?:warning|error)::)?(?:Failed to (?:save|restore)|Cache (?:save|restore) skipped): (.*)|^::(?:warning|error)::(.*)/;
/** Of an entry that it could not make, it tells aloud that another job may be making it, whatever it was. */
const CAUSE = /^::debug::Failed to reserve cache: (?:Error: )?(.*)/;

/** Does something, and listens to what the library logs of its failure, since it throws none. */
async function heard<Result>(
	call: () => Promise<Result>,
): Promise<{ result: Result; failure: string | undefined }> {
	const log = process.stdout.write.bind(process.stdout);
	let failure: string | undefined;
	let cause: string | undefined;
	process.stdout.write = ((...parts: Parameters<typeof log>) => {
		const line = String(parts[0]);
		const [, told, warned] = FAILURE.exec(line) ?? [];
		failure = told ?? warned ?? failure;
		cause = CAUSE.exec(line)?.[1] ?? cause;
		return log(...parts);
	}) as typeof log;
	try {
		const result = await call();
		const reason = cause ?? failure;
		return { result, failure: reason && quote(plain(reason)) };
	} finally {
		process.stdout.write = log;
	}
}

/** Undoes what the toolkit escapes in a workflow command, and leaves off a full stop at the end. */
function plain(message: string): string {
	return message
		.replace(/%0[AD]/g, ' ')
		.replaceAll('%25', '%')
		.replace(/\.?\s*$/, '');
}
