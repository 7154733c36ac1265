import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Lock, type Lockable, whileLocked } from '../../../action/io/lock';

let home = '';
let lockable: Lockable;
let lockFile = '';
beforeEach(() => {
	home = mkdtempSync(path.join(os.tmpdir(), 'lock-'));
	const place = path.join(home, 'named', 'below');
	lockFile = path.join(place, '.lock');
	lockable = { input: 'output-directory', place, lockFile };
});
afterEach(() => rmSync(home, { recursive: true }));

type Held = Record<'machine' | 'started' | 'token', string> & { pid: number };

/** Leaves a lock that differs from one of this process, and is as old as given, in milliseconds. */
async function leave(change: Partial<Held>, age = 0): Promise<void> {
	rmSync(lockFile, { force: true });
	const lock = await Lock.take(lockable);
	const text = readFileSync(lockFile, 'utf8');
	await lock.release();
	mkdirSync(path.dirname(lockFile), { recursive: true });
	writeFileSync(lockFile, JSON.stringify({ ...(JSON.parse(text) as Held), ...change }));
	const time = new Date(statSync(lockFile).mtimeMs - age);
	utimesSync(lockFile, time, time);
}

async function expectFree(): Promise<void> {
	await (await Lock.take(lockable)).release();
	expect(existsSync(lockFile)).toBe(false);
}

const MINUTE = 60_000;
const IN_USE =
	/^Another run .*uses the same output-directory now: .*Let only one run at a time use it/;

describe('a lock', () => {
	it('is held by one run at a time, and leaves nothing behind', async () => {
		await whileLocked([lockable], async () => {
			expect(statSync(lockFile).mode & 0o777).toBe(0o600);
			await expect(Lock.take(lockable)).rejects.toThrow(IN_USE);
			await expect(Lock.take(lockable)).rejects.toThrow(`process ${process.pid} on `);
			expect(existsSync(lockFile)).toBe(true);
		});
		expect(readdirSync(home)).toEqual([]);
		await expectFree();
	});

	it('leaves the directory that it made when there is something in it', async () => {
		await whileLocked([lockable], () => {
			writeFileSync(path.join(lockable.place, 'file'), '');
			return Promise.resolve();
		});
		expect(readdirSync(lockable.place)).toEqual(['file']);
	});

	it('is released when the work fails, and when a second lock cannot be taken', async () => {
		const other = { ...lockable, lockFile: path.join(home, 'other.lock') };
		const held = await Lock.take(other);
		await expect(whileLocked([lockable, other], () => Promise.resolve())).rejects.toThrow(IN_USE);
		await held.release();
		const failing = whileLocked([lockable], () => Promise.reject(new Error('failed')));
		await expect(failing).rejects.toThrow('failed');
		await expectFree();
	});
});

describe('a lock of a run that was killed', () => {
	it('is taken over at once on the same machine', async () => {
		const { pid } = spawnSync(process.execPath, ['-e', '']);
		await leave({ pid });
		await expectFree();
	});

	// Only Linux tells when a process started, and what it was killed as.
	const onLinux = process.platform === 'linux' ? it : it.skip;

	onLinux('is taken over when its process id belongs to another process now', async () => {
		await leave({ started: '1' });
		await expectFree();
	});

	onLinux('is taken over while its parent has not noticed', async () => {
		// The shell becomes a program that does not wait for its child.
		const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
		const told = async (what: string, expected: string) => {
			while (!readFileSync(`/proc/${what}`, 'utf8').includes(expected)) await setTimeout(5);
		};
		try {
			const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
			await told(`${parent.pid}/comm`, 'sleep');
			process.kill(Number(pid), 'SIGKILL');
			await told(`${Number(pid)}/stat`, ') Z ');
			await leave({ pid: Number(pid), started: '' });
			await expectFree();
		} finally {
			parent.kill();
		}
	});

	it.each(['another machine', 'nobody that can be read'])(
		'is taken over 5 minutes after the last heartbeat: %s',
		async (who) => {
			const change = who === 'another machine' ? { machine: 'elsewhere' } : undefined;
			const left = async (age: number) => {
				await leave(change ?? {}, age);
				if (change) return;
				const { mtime } = statSync(lockFile);
				writeFileSync(lockFile, '{"tok');
				utimesSync(lockFile, mtime, mtime);
			};
			await left(4 * MINUTE);
			await expect(Lock.take(lockable)).rejects.toThrow(IN_USE);
			await expect(Lock.take(lockable)).rejects.toThrow(`or delete ${lockFile}`);
			await left(6 * MINUTE);
			await expectFree();
			expect(readdirSync(path.dirname(lockFile))).toEqual([]);
		},
	);

	it.each(['another machine', 'nobody that can be read'])(
		'is taken over by one run only, and the others are told so: %s',
		async (who) => {
			// The runs take turns in another order each time.
			for (let round = 0; round < 100; round++) {
				await leave({ machine: 'elsewhere' }, 6 * MINUTE);
				if (who !== 'another machine') {
					const { mtime } = statSync(lockFile);
					writeFileSync(lockFile, '');
					utimesSync(lockFile, mtime, mtime);
				}
				const taken = await Promise.allSettled([1, 2, 3, 4].map(() => Lock.take(lockable)));
				const locks = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
				const reasons = taken.flatMap((each) =>
					each.status === 'rejected' ? [(each.reason as Error).message] : [],
				);
				expect(reasons).toEqual([1, 2, 3].map(() => expect.stringMatching(IN_USE)));
				await locks[0]?.release();
			}
		},
	);

	it('is taken over by a later run when the one that did so was killed, too', async () => {
		const takeover = `${lockFile}.takeover`;
		await leave({ machine: 'elsewhere' }, 6 * MINUTE);
		writeFileSync(takeover, '');
		await expect(Lock.take(lockable)).rejects.toThrow(IN_USE);
		const old = new Date(statSync(takeover).mtimeMs - 6 * MINUTE);
		utimesSync(takeover, old, old);
		await expect(Lock.take(lockable)).rejects.toThrow(IN_USE);
		await expectFree();
		expect(readdirSync(path.dirname(lockFile))).toEqual([]);
	});
});

it('runs that come and go tell each other only that the place is in use', async () => {
	mkdirSync(lockable.place, { recursive: true });
	const visit = async () => {
		for (let each = 0; each < 100; each++) {
			const lock = await Lock.take(lockable).catch((error: unknown) => {
				expect((error as Error).message).toMatch(IN_USE);
			});
			await lock?.release();
		}
	};
	await Promise.all([1, 2, 3, 4].map(visit));
	expect(readdirSync(lockable.place)).toEqual([]);
});

it('a holder shows that it lives', async () => {
	const lock = await Lock.take(lockable, 5);
	const old = new Date(statSync(lockFile).mtimeMs - 6 * MINUTE);
	utimesSync(lockFile, old, old);
	while (statSync(lockFile).mtimeMs <= old.getTime()) await setTimeout(5);
	await lock.release();
});

it('a holder that lost its lock does not remove that of another', async () => {
	const lock = await Lock.take(lockable);
	const others = '{"token":"other"}';
	writeFileSync(lockFile, others);
	await lock.release();
	expect(readFileSync(lockFile, 'utf8')).toBe(others);
});

it('what somebody else has put in its place is not followed', async () => {
	const victim = path.join(home, 'victim');
	writeFileSync(victim, '');
	mkdirSync(path.dirname(lockFile), { recursive: true });
	symlinkSync(victim, lockFile);
	await expect(Lock.take(lockable)).rejects.toThrow('is a symbolic link, not a file');
	expect(readFileSync(victim, 'utf8')).toBe('');
});
