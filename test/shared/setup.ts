import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startAzurite } from '../simulators/github/azurite';
import { bundle } from './bundles';
import { type Shared, VARIABLE } from './shared';

const makers: { [name in keyof Shared]: () => Promise<Shared[name]> } = {
	azurite: startAzurite,
	bundles: bundle,
	starter: startStarter,
};

const made: { [name in keyof Shared]?: Promise<Shared[name]> } = {};

function make<Name extends keyof Shared>(name: Name): Promise<Shared[Name]> {
	return (made[name] ??= makers[name]() as (typeof made)[Name])!;
}

/**
 * Jest calls it before the tests. Each thing that test files share takes about a second to make, so it is
 * made once, when the first test file asks for it.
 */
export default async function share(): Promise<void> {
	shareCompiledCode();
	const server = createServer(({ url = '' }, response) => {
		const name = url.slice(1) as keyof Shared;
		// A connection that is kept would keep Jest alive, too.
		response.setHeader('connection', 'close');
		make(name).then(
			(thing) => response.end(JSON.stringify(thing)),
			(error: unknown) => response.writeHead(500).end(String(error)),
		);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	// It does not keep Jest alive.
	server.unref();
	process.env[VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Node compiles a file once for all processes that tests start, such as the bundle of the Action. */
function shareCompiledCode(): void {
	const directory = mkdtempSync(path.join(tmpdir(), 'compiled-'));
	process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
	process.env.NODE_COMPILE_CACHE = directory;
}

async function startStarter(): Promise<number> {
	const file = path.join(await make('bundles'), 'starter.mjs');
	// It has to stay small.
	const child = spawn(process.execPath, ['--max-semi-space-size=1', file], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const [port] = (await once(child.stdout, 'data')) as [Buffer];
	// Neither of them keeps Jest alive.
	for (const each of [child, child.stdin, child.stdout]) (each as unknown as Socket).unref();
	return Number(port.toString());
}
