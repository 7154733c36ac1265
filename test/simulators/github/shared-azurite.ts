import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Azurite, startAzurite } from './azurite';

/** The address of the server that knows the shared Azurite, for the processes of the test files. */
const VARIABLE = 'SHARED_AZURITE';

/**
 * Jest calls it before the tests. Azurite takes more than a second to start, so all test files share one,
 * which starts when the first of them asks for it.
 */
export default async function offerAzurite(): Promise<void> {
	let azurite: ReturnType<typeof startAzurite> | undefined;
	const server = createServer((_, response) => {
		azurite ??= startAzurite();
		azurite.then(
			({ url, account, key }) => response.end(JSON.stringify({ url, account, key })),
			(error: unknown) => response.writeHead(500).end(String(error)),
		);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	// It does not keep Jest alive.
	server.unref();
	process.env[VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The Azurite that all test files share; `undefined` outside Jest. */
export async function sharedAzurite(): Promise<Azurite | undefined> {
	const server = process.env[VARIABLE];
	if (server === undefined) return undefined;
	const response = await fetch(server);
	if (!response.ok) throw new Error(await response.text());
	return (await response.json()) as Azurite;
}
