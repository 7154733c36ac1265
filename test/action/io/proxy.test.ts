import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { complianceHttp } from '../../../action/io/http';
import { fetchWhole } from '../../../action/io/whole-fetch';
import { type Manner, type Proxy, startProxy } from '../end-to-end/proxy';

/** Longer than any machine takes. */
const PATIENCE = { answer: 60_000, silence: 60_000, body: 60_000 };

const http = complianceHttp('sk-ant-api01-key', PATIENCE);
const askers: [who: string, ask: (url: string) => Promise<unknown>][] = [
	['the API', async (url) => http({ url, headers: {} })],
	['GitHub', async (url) => fetchWhole(url, {}, PATIENCE)],
];

const environment = process.env;
beforeEach(() => {
	// Timers wait in a time that only the test advances. The network keeps its own time.
	jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
	jest.useRealTimers();
	process.env = environment;
});

/** Waits for a long but limited time; longer on a slow machine. */
async function until(holds: () => boolean): Promise<void> {
	for (let looks = 0; !holds(); looks++) {
		if (looks > 50_000) throw new Error('Waited in vain.');
		await sleep(2);
	}
}

async function failureOf(answer: Promise<unknown>): Promise<string> {
	return answer.then(
		() => 'none',
		(error: unknown) => (error as Error).message,
	);
}

/** A server on loopback that accepts connections and never sends anything. */
async function startSilence() {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
		// Only a reader notices the end of a connection.
		socket.resume();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		host: `localhost:${(server.address() as AddressInfo).port}`,
		get open() {
			return sockets.size;
		},
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

describe.each(askers)('a request to %s', (_, ask) => {
	let proxy: Proxy;
	let silence: Awaited<ReturnType<typeof startSilence>>;
	beforeEach(async () => {
		[proxy, silence] = await Promise.all([startProxy(), startSilence()]);
		process.env = { ...environment, NO_PROXY: '', HTTPS_PROXY: withPassword(proxy.url) };
	});
	afterEach(() => Promise.all([proxy.close(), silence.close()]));

	const withPassword = (url: string) => url.replace('//', '//someone:s3cret@');

	it.each<Manner>(['silent', 'dripping', 'leading nowhere'])(
		'is given up, with its connection, where the tunnel is %s',
		async (manner) => {
			proxy.manner = manner;
			const failure = failureOf(ask('https://somewhere.example/'));
			await until(() => proxy.tunnels.length === 1);
			jest.advanceTimersByTime(PATIENCE.answer);
			expect(await failure).toBe(
				'an answer did not arrive within 60 s, through the proxy that HTTPS_PROXY names',
			);
			await until(() => proxy.open === 0);
		},
	);

	it.each<Manner>(['closing', 'resetting'])(
		'fails at once where the tunnel is %s',
		async (manner) => {
			proxy.manner = manner;
			const failure = failureOf(ask('https://somewhere.example/'));
			expect(await failure).toMatch(/^[^/]*, through the proxy that HTTPS_PROXY names$/);
			await until(() => proxy.open === 0);
		},
	);

	it('is given up, with its connection, where a proxy that speaks TLS is silent', async () => {
		process.env.HTTPS_PROXY = withPassword(`https://${silence.host}`);
		const failure = failureOf(ask('https://somewhere.example/'));
		await until(() => silence.open === 1);
		jest.advanceTimersByTime(PATIENCE.answer);
		expect(await failure).toBe(
			'an answer did not arrive within 60 s, through the proxy that HTTPS_PROXY names',
		);
		await until(() => silence.open === 0);
	});

	it('is given up, with its connection, where no proxy is and TLS is not answered', async () => {
		delete process.env.HTTPS_PROXY;
		const failure = failureOf(ask(`https://${silence.host}/`));
		await until(() => silence.open === 1);
		jest.advanceTimersByTime(PATIENCE.answer);
		expect(await failure).toBe('an answer did not arrive within 60 s');
		await until(() => silence.open === 0);
	});

	it('names the variable of a proxy that cannot be reached', async () => {
		delete process.env.HTTPS_PROXY;
		process.env.all_proxy = 'http://someone:s3cret@127.0.0.1:1';
		expect(await failureOf(ask('https://somewhere.example/'))).toBe(
			'the proxy that all_proxy names, 127.0.0.1:1, cannot be reached: ECONNREFUSED',
		);
	});
});

it('a request that nobody waits for any more takes its tunnel along', async () => {
	const proxy = await startProxy();
	try {
		process.env = { ...environment, NO_PROXY: '', HTTPS_PROXY: proxy.url };
		proxy.manner = 'silent';
		const leaving = new AbortController();
		const { signal } = leaving;
		const failure = failureOf(http({ url: 'https://somewhere.example/', headers: {}, signal }));
		await until(() => proxy.tunnels.length === 1);
		leaving.abort();
		expect(await failure).not.toBe('none');
		await until(() => proxy.open === 0);
	} finally {
		await proxy.close();
	}
});
