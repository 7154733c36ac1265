import { execFile } from 'node:child_process';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as cache from '@actions/cache';
import { UserError, MAX_CHECKPOINT_LENGTH, quote } from '../../core';
import { readPrivate } from '../io/private-files';
import { makeTemporaryDirectory, temporaryRoot } from '../io/temporary-directory';

/** A request to the Actions cache failed; the message gives the reason, if it is known. */
export class CacheFailure extends Error {
	override readonly name = 'CacheFailure';
}

/** Small texts by file name. */
export type Texts = Readonly<Partial<Record<string, string>>>;

/** An entry that was found. */
export interface CacheEntry {
	readonly key: string;
	readonly texts: Texts;
}

/**
 * Entries of the Actions cache. Each holds a few small texts.
 *
 * GitHub's library works on files, packs them with the runner's tar, and reports failures only in
 * the log. Its result depends on the workspace, on PATH and on the system; entries must not.
 *
 * So each call moves the whole process into a directory of its own. Two calls must not overlap.
 */
export class EntryCache {
	/**
	 * @param directory where the library finds the files. The library identifies an entry by this text
	 *   and by its key, so the text must be the same on every machine
	 * @param names the names of an entry's texts
	 */
	constructor(
		private readonly directory: string,
		private readonly names: readonly string[],
	) {}

	/**
	 * Finds the entry of this key, or else the newest entry whose key begins with one of the prefixes.
	 *
	 * @throws CacheFailure when the cache does not answer whether there is one
	 * @throws UserError `invalid-checkpoint` when something else created the entry
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

	/** @throws CacheFailure when the cache does not answer whether there is an entry of this key */
	async has(key: string): Promise<boolean> {
		return inPlainDirectory(async () => (await this.#find(key, [], true)) === key);
	}

	/** @throws CacheFailure when the cache does not store the entry */
	async save(key: string, texts: Texts): Promise<void> {
		await inPlainDirectory(async (place) => {
			await mkdir(path.join(place, this.directory));
			for (const [name, text = ''] of Object.entries(texts)) {
				await writeFile(path.join(place, this.directory, name), text);
			}
			const { result, failure } = await withLoggedFailure(() =>
				cache.saveCache([this.directory], key, undefined, true),
			);
			if (result === -1) throw new CacheFailure(failure ?? 'the log above says why');
		});
	}

	async #find(key: string, prefixes: string[], lookupOnly: boolean): Promise<string | undefined> {
		const { result, failure } = await withLoggedFailure(() =>
			cache.restoreCache([this.directory], key, prefixes, { lookupOnly }, true),
		);
		if (result === undefined && failure !== undefined) throw new CacheFailure(failure);
		return result;
	}
}

/** Anybody may have created the entry, so what it holds may not even be a file. */
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
				remedy: 'Find out what else wrote that entry, and delete it under Actions → Caches.',
			},
		);
	}
}

/** Why this runner can neither create nor read entries, in words for the user; `undefined` when it can. */
export async function obstacleToEntries(): Promise<{ what: string; remedy: string } | undefined> {
	let place: string;
	try {
		place = await makePlainDirectory();
	} catch (error) {
		const remedy = 'Set TMPDIR (on Windows TEMP) to such a directory.';
		return { what: `${(error as Error).message}.`, remedy };
	}
	try {
		await workIn(place, tryTar);
		return undefined;
	} catch (error) {
		const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
		// After an error, BusyBox goes on with its usage: the first line is the error.
		const [firstLine = ''] = (stderr ?? '').trim().split('\n');
		const reason = quote(firstLine || message);
		// Without an output of tar, the files around it caused the error. Tar reports a full disk in words.
		if (stderr === undefined || NO_ROOM.test(stderr)) {
			return {
				what: `The Actions cache needs room for temporary files, but cannot write them in ${quote(path.dirname(place))}: ${reason}.`,
				remedy:
					'If the disk or the quota is full, make room there. Or set checkpoint to file, with a checkpoint-file that outlives the run.',
			};
		}
		return {
			what: `The Actions cache needs a tar with the features of GNU tar, which this runner lacks: ${code === 'ENOENT' ? 'there is no tar on PATH' : reason}.`,
			remedy:
				'Install GNU tar and gzip (on Alpine, apk add tar), or set checkpoint to file, with a checkpoint-file that outlives the run.',
		};
	}
}

/** How tar and gzip report, in English, that a disk or a quota is full. */
const NO_ROOM = /no space left|quota exceeded/i;

/** Packs and unpacks a file with the options that the library uses. */
async function tryTar(place: string): Promise<void> {
	// On Windows, the library uses a tar that it knows.
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

/** A path that needs no quotes, in a command line or in a glob. */
const PLAIN_PATH = /^[\w./\\:~-]+$/;

/**
 * Works in a new, empty directory. For the library, this directory is the workspace, the place for
 * temporary files, and the working directory.
 *
 * - The library does not quote paths for tar, and does not make sure that workspace and working
 *   directory have the same name. With a space or a link in a path it fails or packs something else.
 * - The library compresses with zstd if zstd is on PATH, and then finds only entries that were
 *   compressed with zstd. A zstd that prints nothing counts as missing, so all runners share entries.
 *
 * @throws CacheFailure when no such directory can be created
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
			// The next root may be usable.
			refused.push(`${quote(root)} (${(error as NodeJS.ErrnoException).code})`);
		}
	}
	throw new CacheFailure(
		`The Actions cache needs a writable directory for temporary files, with only letters, digits, _ . - and / in its path; ${refused.join(' and ')} cannot be used`,
	);
}

async function hideZstd(place: string): Promise<void> {
	const [name, script] =
		process.platform === 'win32' ? ['zstd.cmd', '@exit /b 0\r\n'] : ['zstd', '#!/bin/sh\nexit 0\n'];
	await writeFile(path.join(place, name), script, { mode: 0o700 });
}

function searchPath(place: string): string {
	const { PATH = '', ProgramFiles = '' } = process.env;
	// Git for Windows includes the tar that the library prefers, and the gzip that this tar calls.
	// They may not be on PATH.
	const git = process.platform === 'win32' ? [path.join(ProgramFiles, 'Git', 'usr', 'bin')] : [];
	return [place, PATH, ...git].join(path.delimiter);
}

/** How the library's log lines about a failure begin. */
const FAILURE =
	/^(?:::(?:warning|error)::)?(?:Failed to (?:save|restore)|Cache (?:save|restore) skipped): (.*)|^::(?:warning|error)::(.*)/;
/**
 * When the library cannot create an entry, it always says that another job may be creating it. Only
 * its debug log has the cause.
 */
const CAUSE = /^::debug::Failed to reserve cache: (?:Error: )?(.*)/;

/** Calls the library and reads the reason of a failure from its log, because it throws no error. */
async function withLoggedFailure<Result>(
	call: () => Promise<Result>,
): Promise<{ result: Result; failure: string | undefined }> {
	const log = process.stdout.write.bind(process.stdout);
	let failure: string | undefined;
	let cause: string | undefined;
	process.stdout.write = ((...parts: Parameters<typeof log>) => {
		const line = String(parts[0]);
		const [, reported, warned] = FAILURE.exec(line) ?? [];
		failure = reported ?? warned ?? failure;
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

/** Undoes the toolkit's escapes in a workflow command, and removes a full stop at the end. */
function plain(message: string): string {
	return message
		.replace(/%0[AD]/g, ' ')
		.replaceAll('%25', '%')
		.replace(/\.?\s*$/, '');
}
