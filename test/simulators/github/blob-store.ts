import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	BlobSASPermissions,
	BlobServiceClient,
	StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { freePort } from '../free-port';

export interface BlobStore {
	url: string;
	account: string;
	key: string;
	/** A real SAS URL of one blob, good for an hour, or one that has already expired. */
	signedUrl(blob: string, access: 'read' | 'write', expired?: boolean): Promise<string>;
	read(blob: string): Promise<Buffer>;
	close(): Promise<void>;
}

const CONTAINER = 'actions-results';

/** Starts azurite's blob service on loopback; without a directory it keeps its data in memory. */
export async function startBlobStore(dir?: string): Promise<BlobStore> {
	const account = 'actionsresults';
	const key = randomBytes(32).toString('base64');
	const { child, origin } = await startAzurite(`${account}:${key}`, dir);
	const url = `${origin}/${account}`;
	const container = new BlobServiceClient(
		url,
		new StorageSharedKeyCredential(account, key),
	).getContainerClient(CONTAINER);
	await container.createIfNotExists();
	return {
		url,
		account,
		key,
		signedUrl: (blob, access, expired = false) =>
			container.getBlobClient(blob).generateSasUrl({
				permissions: BlobSASPermissions.parse(access === 'read' ? 'r' : 'cw'),
				startsOn: new Date(Date.now() - 7_200_000),
				expiresOn: new Date(Date.now() + (expired ? -3_600_000 : 3_600_000)),
			}),
		read: (blob) => container.getBlobClient(blob).downloadToBuffer(),
		close: () => stop(child),
	};
}

async function startAzurite(
	accounts: string,
	dir: string | undefined,
): Promise<{ child: ChildProcess; origin: string }> {
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
			...(dir === undefined ? ['--inMemoryPersistence'] : ['--location', dir]),
			...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
		],
		{ stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, AZURITE_ACCOUNTS: accounts } },
	);
	let complaint = '';
	child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
	const origin = `http://127.0.0.1:${port}`;
	while (!(await isAzurite(origin))) {
		if (hasEnded(child)) throw new Error(`azurite did not start: ${complaint}`);
		await sleep(25);
	}
	return { child, origin };
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
	const exited = once(child, 'exit');
	child.kill('SIGKILL');
	await exited;
}
