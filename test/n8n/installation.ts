import { createHash } from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../simulators/command';

/** The directory with the `package.json` and the lock file of the pinned n8n. */
const LISTED = path.resolve('test/n8n');
/** The files that determine an installation. */
const LISTING = ['package.json', 'package-lock.json', '.npmrc'];

/** Gets one line of progress. */
export type Say = (line: string) => void;

/** An installed n8n: the pinned version, exactly as locked. */
export interface Installation {
	readonly version: string;
	/** The script that starts n8n. */
	readonly script: string;
}

/**
 * Installs the pinned n8n, unless an earlier run has installed it. The directory is in the user's cache, so
 * that fresh clones find it too; users may delete it at any time.
 *
 * @param say gets a line for each step, because the first installation takes minutes
 * @throws Error when npm or the compiler fails, with their output
 */
export async function installN8n(say: Say): Promise<Installation> {
	const { version, home } = place();
	const installation = { version, script: path.join(home, 'node_modules/n8n/bin/n8n') };
	if (existsSync(home)) return installation;

	mkdirSync(path.dirname(home), { recursive: true });
	await removeHalfInstalled(home, say);
	// Only a complete installation gets the name that the next run looks for.
	const unfinished = mkdtempSync(`${home}.${process.pid}.`);
	try {
		for (const file of LISTING) copyFileSync(path.join(LISTED, file), path.join(unfinished, file));
		await step(say, `Installing n8n ${version} into ${home} (2.9 GB, some 4 minutes)`, () =>
			run('npm', ['ci', '--ignore-scripts', `--prefix=${unfinished}`], unfinished),
		);
		await step(say, 'Compiling its database driver, sqlite3 (about 1 minute)', () =>
			compileSqlite(path.join(unfinished, 'node_modules')),
		);
		rename(unfinished, home);
	} finally {
		await rm(unfinished, { recursive: true, force: true });
	}
	return installation;
}

/** The pinned version of n8n, and the directory for an installation of exactly these files. */
function place(): { version: string; home: string } {
	const { dependencies } = JSON.parse(readFileSync(path.join(LISTED, 'package.json'), 'utf8')) as {
		dependencies: { n8n: string };
	};
	const version = dependencies.n8n;
	const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
	for (const file of LISTING) hash.update(readFileSync(path.join(LISTED, file)));
	const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
	const name = `n8n-${version}-${hash.digest('hex').slice(0, 12)}`;
	return { version, home: path.join(cache, 'n8n-nodes-anthropic-compliance', name) };
}

/** Deletes the directories of installations that were killed. */
async function removeHalfInstalled(home: string, say: Say): Promise<void> {
	const cache = path.dirname(home);
	for (const entry of readdirSync(cache)) {
		const [, pid] = /\.(\d+)\.\w{6}$/.exec(entry) ?? [];
		if (pid === undefined || isAlive(Number(pid))) continue;
		await step(say, 'Removing an installation that was interrupted', () =>
			rm(path.join(cache, entry), { recursive: true, force: true }),
		);
	}
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/**
 * Compiles sqlite3, the only part of n8n that does not run as npm unpacks it. It uses the headers of the
 * Node that runs this script, so that nothing is downloaded.
 */
function compileSqlite(modules: string): Promise<void> {
	const headers = nodeHeaders();
	return run(
		process.execPath,
		[
			path.join(modules, 'node-gyp/bin/node-gyp.js'),
			'rebuild',
			...(headers === undefined ? [] : [`--nodedir=${headers}`]),
		],
		path.join(modules, 'sqlite3'),
	);
}

/** The directory whose `include/node` has the headers of this Node; `undefined` if this machine lacks them. */
function nodeHeaders(): string | undefined {
	const prefix = path.dirname(path.dirname(process.execPath));
	// The npm package `node` wraps a package for the platform, which has the headers.
	const nested = path.join(prefix, 'node_modules');
	const candidates = existsSync(nested)
		? readdirSync(nested).map((name) => path.join(nested, name))
		: [];
	return [prefix, ...candidates].find((directory) =>
		existsSync(path.join(directory, 'include/node/node_api.h')),
	);
}

/** Renames the finished directory, unless another run was faster. */
function rename(unfinished: string, home: string): void {
	try {
		renameSync(unfinished, home);
	} catch (error) {
		if (!existsSync(home)) throw error;
	}
}

async function step(say: Say, what: string, work: () => Promise<void>): Promise<void> {
	say(`${what} …`);
	const start = Date.now();
	await work();
	say(`… done in ${Math.round((Date.now() - start) / 1000)} s`);
}

/** Runs a command to its end. Shows its output only if it fails. */
async function run(command: string, args: string[], cwd: string): Promise<void> {
	const { exitCode, output } = await runCommand(command, args, { cwd });
	if (exitCode === 0) return;
	throw new Error(`${command} ${args.join(' ')} failed:\n${output.slice(-4000)}`);
}
