import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { type FileHandle, open, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError, quote } from '../../core';
import { syncDirectory } from './durable';
import { makeDirectory, readPrivate } from './private-files';

/** How often a holder shows that it lives. */
const HEARTBEAT_MS = 15_000;
/** A lock of another machine or container counts as left behind after this time without a heartbeat. */
const LEFT_BEHIND_MS = 5 * 60_000;
const FILE_MODE = 0o600;
/** A lock file is far shorter, in bytes. */
const MAX_LENGTH = 4096;

/** What to lock. */
export interface Lockable {
	/** The input that names it, for the error. */
	readonly input: string;
	/** Absolute path. */
	readonly place: string;
	/** Absolute path of the lock file. */
	readonly lockFile: string;
}

/** Who holds a lock. */
interface Holder {
	/** Unique for each lock. */
	readonly token: string;
	/** Where its process id means something. */
	readonly machine: string;
	readonly pid: number;
	/** When the process started, in the system's own terms; empty when the system does not tell. */
	readonly started: string;
}

/**
 * Makes sure that one run at a time uses a place. The lock is a file, created exclusively. It outlives a
 * run that is killed, so it names its holder:
 *
 * - On the same machine, it counts as left behind as soon as that process is gone.
 * - On another machine or in another container, it counts as left behind 5 minutes after the last
 *   heartbeat. All times are the file system's.
 */
export class Lock {
	private constructor(
		private readonly lockFile: string,
		private readonly holder: Holder,
		private readonly handle: FileHandle,
		/** The directories that were made for the lock, the innermost first. */
		private readonly made: readonly string[],
		private readonly heartbeat: NodeJS.Timeout,
	) {}

	/**
	 * @param heartbeat milliseconds; only tests set it
	 * @throws UserError `invalid-setting` when another run holds the lock
	 */
	static async take(lockable: Lockable, heartbeat = HEARTBEAT_MS): Promise<Lock> {
		const { lockFile } = lockable;
		const directory = path.dirname(lockFile);
		const made = await makeDirectory(directory);
		for (const each of made) await syncDirectory(path.dirname(each));
		const holder = currentHolder();
		const text = JSON.stringify(holder);
		let handle = await createLock(lockFile, text);
		if (!handle) {
			await removeLeftBehind(lockable);
			handle = await createLock(lockFile, text);
		}
		if (!handle) throw inUse(lockable);
		const held = handle;
		// The server of a network file system sets the time of a write.
		const beat = () => void held.write(text, 0).catch(() => undefined);
		return new Lock(lockFile, holder, held, made, setInterval(beat, heartbeat).unref());
	}

	/** Removes the lock, and the directories that were made for it if they are still empty. */
	async release(): Promise<void> {
		clearInterval(this.heartbeat);
		try {
			await this.handle.close();
			const holder = await readHolder(this.lockFile);
			// If this run stood still for too long, another one may have taken the lock.
			if (holder?.token === this.holder.token) await rm(this.lockFile, { force: true });
			for (const directory of this.made) await rmdir(directory);
		} catch {
			// A directory has files in it now. Or the lock stays, and counts as left behind.
		}
	}
}

/** Works while nobody else holds one of the locks. */
export async function whileLocked<Result>(
	lockables: readonly Lockable[],
	work: () => Promise<Result>,
): Promise<Result> {
	const locks: Lock[] = [];
	try {
		for (const lockable of lockables) locks.push(await Lock.take(lockable));
		return await work();
	} finally {
		for (const lock of locks.reverse()) await lock.release();
	}
}

/** @returns `undefined` when there is a lock */
async function createLock(lockFile: string, text: string): Promise<FileHandle | undefined> {
	let handle: FileHandle;
	try {
		handle = await open(lockFile, 'wx+', FILE_MODE);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
		throw error;
	}
	await handle.write(text, 0);
	return handle;
}

/** @throws UserError when the lock is not left behind */
async function removeLeftBehind(lockable: Lockable): Promise<void> {
	await requireLeftBehind(lockable);
	// One run at a time removes it: another one may have removed the same lock, and hold its own by now.
	const takeover = `${lockable.lockFile}.takeover`;
	const handle = await createLock(takeover, '');
	if (!handle) {
		// A run that was killed while it removed the lock left this one.
		if (await isSilent(takeover)) await rm(takeover, { force: true });
		throw inUse(lockable);
	}
	try {
		await requireLeftBehind(lockable);
		await rm(lockable.lockFile, { force: true });
	} finally {
		await handle.close();
		await rm(takeover, { force: true });
	}
}

/** @throws UserError when there is a lock that is not left behind */
async function requireLeftBehind(lockable: Lockable): Promise<void> {
	const { lockFile } = lockable;
	const holder = await readHolder(lockFile);
	if (holder === undefined) return;
	const isLeftBehind = holder.machine === machine() ? !isAlive(holder) : await isSilent(lockFile);
	if (!isLeftBehind) throw inUse(lockable, holder);
}

/** Whether nobody has written the file for so long that it counts as left behind, or it is gone. */
async function isSilent(file: string): Promise<boolean> {
	const probe = `${file}.${randomUUID()}`;
	try {
		await writeFile(probe, '', { mode: FILE_MODE, flag: 'wx' });
		const [present, last] = await Promise.all([stat(probe), stat(file)]);
		return present.mtimeMs - last.mtimeMs > LEFT_BEHIND_MS;
	} catch (error) {
		// It has just been released.
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
		throw error;
	} finally {
		await rm(probe, { force: true });
	}
}

/**
 * @returns `undefined` when there is no lock; a holder that nobody knows when it cannot be read
 * @throws UserError when something else is in its place
 */
async function readHolder(lockFile: string): Promise<Holder | undefined> {
	const read = () => readPrivate(path.dirname(lockFile), path.basename(lockFile), MAX_LENGTH);
	// Its holder may release it, and the next one take it, in the middle of the first try.
	const text = await read().catch(read);
	if (text === undefined) return undefined;
	const unknown = { token: '', machine: '', pid: 0, started: '' };
	try {
		return { ...unknown, ...(JSON.parse(text) as Partial<Holder>) };
	} catch {
		// Its holder is just writing it, or was killed while it did.
		return unknown;
	}
}

function currentHolder(): Holder {
	const { pid } = process;
	return { token: randomUUID(), machine: machine(), pid, started: statusOf(pid).started };
}

/** Identifies the system, its start, and the container, because a process id is unique in these. */
function machine(): string {
	return [os.hostname(), fromSystem(bootId), fromSystem(processNamespace)].join(' ');
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const processNamespace = () => readlinkSync('/proc/self/ns/pid');

/** The state of a process and when it started, as Linux counts it; both empty where the system does not tell. */
function statusOf(pid: number): { state: string; started: string } {
	const text = fromSystem(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
	// The name of the program comes before, in brackets, and may hold blanks and brackets.
	const fields = text.replace(/^.*\) /s, '').split(' ');
	return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

function fromSystem(read: () => string): string {
	try {
		return read();
	} catch {
		return '';
	}
}

/** Whether the process still runs, and is not another one that got its id. */
function isAlive({ pid, started }: Holder): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		// It may belong to another user.
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
	}
	const now = statusOf(pid);
	// It has ended, and its parent has not asked how.
	if (now.state === 'Z') return false;
	return now.started === '' || started === '' || now.started === started;
}

function inUse({ input, place, lockFile }: Lockable, holder?: Holder): UserError {
	const who = holder?.machine
		? ` (process ${holder.pid} on ${quote(holder.machine.split(' ')[0] ?? '')})`
		: '';
	return new UserError(
		'invalid-setting',
		`Another run${who} uses the same ${input} now: ${quote(place)}. Two at the same time would lose or repeat activities.`,
		{
			remedy: `Let only one run at a time use it: give each step, job and workflow its own ${input}, and the workflow a concurrency group. If that run was killed on another machine or in another container, run this again after 5 minutes, or delete ${quote(lockFile)}.`,
		},
	);
}
