import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port';

/** Azurite's blob service: it keeps blobs in memory, and checks signatures as Azure does. */
export interface Azurite {
	/** The address of the only account. */
	readonly url: string;
	readonly account: string;
	readonly key: string;
}

/** Starts Azurite on loopback. It ends at the latest with this process. */
export async function startAzurite(): Promise<Azurite & { close: () => Promise<void> }> {
	const account = 'actionsresults';
	const key = randomBytes(32).toString('base64');
	// From the root, where tests run: the module systems that load this file share neither
	// import.meta nor __filename.
	const bin = createRequire(path.resolve(process.cwd(), 'package.json')).resolve(
		'azurite/dist/src/blob/main.js',
	);
	const port = await freePort();
	const child = spawn(
		process.execPath,
		[
			'-e',
			// The pipe closes however the parent ends, SIGKILL included, so no azurite outlives it.
			"process.stdin.resume().on('close', () => process.exit()); require(process.argv[1]);",
			bin,
			...['--blobHost', '127.0.0.1', '--blobPort', String(port)],
			...['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent'],
		],
		{
			stdio: ['pipe', 'ignore', 'pipe'],
			env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
		},
	);
	// None of them keeps this process alive.
	for (const each of [child, child.stdin, child.stderr]) (each as unknown as Socket).unref();
	let complaint = '';
	child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
	const origin = `http://127.0.0.1:${port}`;
	while (!(await isAzurite(origin))) {
		if (hasEnded(child)) throw new Error(`azurite did not start: ${complaint}`);
		await sleep(25);
	}
	return { url: `${origin}/${account}`, account, key, close: () => stop(child) };
}

/** Asks for the server's name, because another process may have taken the port meanwhile. */
async function isAzurite(origin: string): Promise<boolean> {
	try {
		const response = await fetch(origin);
		await response.arrayBuffer();
		return response.headers.get('server')?.startsWith('Azurite') ?? false;
	} catch {
		return false;
	}
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
	return exitCode !== null || signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
	if (hasEnded(child)) return;
	child.ref();
	const exited = once(child, 'exit');
	child.kill('SIGKILL');
	await exited;
}
