import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startAzurite } from '../simulators/github/azurite';
import { bundle } from './bundles';
import { type Shared, VARIABLE } from './shared';

const makers: { [name in keyof Shared]: () => Promise<Shared[name]> } = {
	azurite: startAzurite,
	bundles: bundle,
};

/**
 * Jest calls it before the tests. Each thing that test files share takes about a second to make, so it is
 * made once, when the first test file asks for it.
 */
export default async function share(): Promise<void> {
	shareCompiledCode();
	const made: Partial<Record<keyof Shared, Promise<Shared[keyof Shared]>>> = {};
	const server = createServer(({ url = '' }, response) => {
		const name = url.slice(1) as keyof Shared;
		// A connection that is kept would keep Jest alive, too.
		response.setHeader('connection', 'close');
		(made[name] ??= makers[name]()).then(
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
