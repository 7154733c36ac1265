import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import {
	brotliCompressSync,
	constants,
	createBrotliCompress,
	deflateRawSync,
	deflateSync,
	gzipSync,
	zstdCompressSync,
} from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { complianceHttp } from '../../../action/io/http';
import { ApiClient, BodyTooLarge, Feed, MAX_BODY_BYTES, parseFilters } from '../../../core';
import { ActivityFeed } from '../../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../../simulators/activity-feed/clock';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { startActivityFeed } from '../../simulators/activity-feed/server';
import { startProxy } from '../end-to-end/proxy';

let server: Server | undefined;
let connections = 0;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
	jest.useRealTimers();
});

async function serve(
	answer: RequestListener,
	certificate?: { key: string; cert: string },
): Promise<string> {
	const listening = certificate ? createSecureServer(certificate, answer) : createServer(answer);
	// Whatever the machine is busy with, connections stay open for the next request.
	listening.keepAliveTimeout = 10 * 60_000;
	server = listening;
	connections = 0;
	listening.on('connection', () => connections++);
	await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
	const { port } = listening.address() as AddressInfo;
	return certificate ? `https://localhost:${port}/` : `http://127.0.0.1:${port}/`;
}

/** Longer than any machine takes, except for the timeouts under test. */
const PATIENCE = { answer: 60_000, silence: 60_000, body: 60_000 };
const waiting = (timeouts: Partial<typeof PATIENCE>) =>
	complianceHttp('sk-ant-api01-key', { ...PATIENCE, ...timeouts });
const http = waiting({});

/** From now on, timers wait in a time that only the test advances. The network keeps its own time. */
function holdTime() {
	jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
	const begun = jest.spyOn(globalThis, 'setTimeout');
	return {
		pass: (ms: number) => jest.advanceTimersByTime(ms),
		/** Resolves when something waits anew, for the answer's end or for more of it. */
		waitsAnew: async (times = 1) => {
			await until(() => begun.mock.calls.length >= times);
			begun.mockClear();
		},
	};
}

/** Waits for a long but limited time; longer on a slow machine. */
async function until(holds: () => boolean): Promise<void> {
	for (let looks = 0; !holds(); looks++) {
		if (looks > 50_000) throw new Error('Waited in vain.');
		await sleep(2);
	}
}

/** Serves one answer; the caller sends its parts. */
function serveInParts(): { url: Promise<string>; answer: Promise<ServerResponse> } {
	let url = Promise.resolve('');
	const answer = new Promise<ServerResponse>((resolve) => {
		url = serve((_, response) => {
			response.flushHeaders();
			resolve(response);
		});
	});
	return { url, answer };
}

test('sends the key and reads status, headers and body', async () => {
	const url = await serve((request, response) => {
		response.writeHead(418, { 'Request-Id': 'req_1' });
		response.end(`${String(request.headers['x-api-key'])} ${String(request.headers.accept)} é`);
	});
	await expect(http({ url, headers: { accept: 'application/json' } })).resolves.toMatchObject({
		status: 418,
		headers: { 'request-id': 'req_1' },
		body: Buffer.from('sk-ant-api01-key application/json é'),
	});
});

test('does not follow redirects', async () => {
	const url = await serve((_, response) => {
		response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
	});
	await expect(http({ url, headers: {} })).resolves.toMatchObject({
		status: 302,
		headers: { location: 'http://127.0.0.1:1/' },
	});
});

test('gives up on an answer that does not begin', async () => {
	const url = await serve(() => undefined);
	const failure = waiting({ answer: 500 })({ url, headers: {} });
	await expect(failure).rejects.toThrow('an answer did not arrive');
});

test('gives up on a body that stops arriving', async () => {
	const url = await serve((_, response) => void response.write('{"data":['));
	const failure = waiting({ silence: 500 })({ url, headers: {} });
	await expect(failure).rejects.toThrow('more of the answer did not arrive');
});

/** Sends the given number of parts of a body, one every 400 ms. */
async function drip(
	response: ServerResponse,
	time: ReturnType<typeof holdTime>,
	parts: number,
): Promise<void> {
	for (let part = 0; part < parts; part++) {
		time.pass(400);
		response.write('x');
		await time.waitsAnew();
	}
}

test('is patient with a body that keeps arriving', async () => {
	const { url, answer } = serveInParts();
	const time = holdTime();
	const whole = waiting({ silence: 500 })({ url: await url, headers: {} });
	const response = await answer;
	// For the answer, for its end and for its first part.
	await time.waitsAnew(3);
	await drip(response, time, 5);
	response.end();
	expect(await whole).toMatchObject({ body: Buffer.from('xxxxx') });
});

test('gives up on a body that drips without end', async () => {
	const { url, answer } = serveInParts();
	const time = holdTime();
	const request = waiting({ silence: 500, body: 2000 })({ url: await url, headers: {} });
	const failure = expect(request).rejects.toThrow('the end of the answer did not arrive');
	const response = await answer;
	await time.waitsAnew(3);
	await drip(response, time, 4);
	time.pass(400);
	await failure;
});

test('gives up on an answer that is not whole in the time given, however it arrives', async () => {
	const { url, answer } = serveInParts();
	const time = holdTime();
	const request = http({ url: await url, headers: {}, timeout: 1999.9934 });
	const failure = expect(request).rejects.toThrow(
		'the end of the answer did not arrive within 2 s',
	);
	const response = await answer;
	// For the whole answer, for its beginning, for its end and for its first part.
	await time.waitsAnew(4);
	await drip(response, time, 4);
	time.pass(400);
	await failure;
});

test('tells of a failure without the address, which holds filters and a cursor', async () => {
	const failure = http({ url: 'http://127.0.0.1:1/?after_id=cursor', headers: {} });
	await expect(failure).rejects.toThrow(/^(?!.*cursor).*ECONNREFUSED/);
	// The core has words for the code.
	await expect(failure).rejects.toHaveProperty('code', 'ECONNREFUSED');
});

test.each([
	['a cut connection', (response: { destroy: () => void }) => response.destroy()],
	[
		'a body that is no UTF-8',
		(response: { end: (b: Buffer) => void }) => response.end(Buffer.from([0x22, 0xff, 0x22])),
	],
])('rejects %s', async (_, end) => {
	const url = await serve((_request, response) => {
		response.writeHead(200, { 'transfer-encoding': 'chunked' });
		response.write('{');
		end(response);
	});
	await expect(http({ url, headers: {} })).rejects.toThrow();
});

describe('connections', () => {
	const SIDE_BY_SIDE = 60;
	/** A slow machine needs a while for this many handshakes at once. */
	const patient = complianceHttp('sk-ant-api01-key');
	let certificate: { key: string; cert: string };
	const trusted = tls.getCACertificates();
	beforeAll(async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
			extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
		});
		certificate = { key, cert };
		tls.setDefaultCACertificates([...trusted, cert]);
	});
	afterAll(() => tls.setDefaultCACertificates(trusted));
	afterEach(() => {
		delete process.env.HTTP_PROXY;
		delete process.env.HTTPS_PROXY;
	});

	/** Answers only when the given number of requests are waiting. */
	function serveTogether(count: number, secure: boolean): Promise<string> {
		let waiting: (() => void)[] = [];
		return serve(
			(_, response) => {
				waiting.push(() => response.end('{}'));
				if (waiting.length < count) return;
				waiting.forEach((answer) => answer());
				waiting = [];
			},
			secure ? certificate : undefined,
		);
	}

	async function ask(url: string, rounds: number, sideBySide: number): Promise<void> {
		for (let round = 0; round < rounds; round++) {
			const requests = Array.from({ length: sideBySide }, () => patient({ url, headers: {} }));
			await Promise.all(requests);
			// A finished connection is returned in the next turn of the event loop.
			await sleep(0);
		}
	}

	const cases = [
		{ to: 'http', secure: false, proxied: false },
		{ to: 'https', secure: true, proxied: false },
		{ to: 'http through a proxy', secure: false, proxied: true },
		{ to: 'https through a proxy', secure: true, proxied: true },
	];

	it.each(cases)('to $to are used again', async ({ secure, proxied }) => {
		const proxy = await startProxy();
		if (proxied) process.env.HTTP_PROXY = process.env.HTTPS_PROXY = proxy.url;
		const opened = () => (proxied ? proxy.connections : connections);
		try {
			const url = await serveTogether(1, secure);
			await ask(url, 20, 1);
			expect(opened()).toBe(1);
		} finally {
			await proxy.close();
		}
	});

	it('through a proxy that speaks TLS are made', async () => {
		const proxy = await startProxy(certificate);
		process.env.HTTPS_PROXY = proxy.url.replace('//', '//someone:pass@');
		try {
			const url = await serveTogether(1, true);
			await ask(url, 1, 1);
			expect(proxy.tunnels).toEqual([new URL(url).host]);
			expect(proxy.seen).toContain(`Basic ${Buffer.from('someone:pass').toString('base64')}`);
		} finally {
			await proxy.close();
		}
	});

	it('through a proxy get a new connection after one was given up', async () => {
		const proxy = await startProxy();
		process.env.HTTPS_PROXY = proxy.url;
		try {
			const url = await serveTogether(1, true);
			proxy.manner = 'silent';
			const leaving = new AbortController();
			const failure = expect(
				patient({ url, headers: {}, signal: leaving.signal }),
			).rejects.toThrow();
			await until(() => proxy.tunnels.length === 1);
			leaving.abort();
			await failure;
			proxy.manner = 'open';
			await ask(url, 2, 1);
			expect(proxy.tunnels).toHaveLength(2);
		} finally {
			await proxy.close();
		}
	});

	it.each(cases)('to $to are as many as the requests', async ({ secure, proxied }) => {
		const proxy = await startProxy();
		if (proxied) process.env.HTTP_PROXY = process.env.HTTPS_PROXY = proxy.url;
		const opened = () => (proxied ? proxy.connections : connections);
		try {
			const url = await serveTogether(SIDE_BY_SIDE, secure);
			await ask(url, 3, SIDE_BY_SIDE);
			expect(opened()).toBe(SIDE_BY_SIDE);
		} finally {
			await proxy.close();
		}
	});
});

describe('a compressed body', () => {
	const text = JSON.stringify({ data: Array.from({ length: 5000 }, (_, n) => `activité ${n}`) });

	it.each([
		['gzip', gzipSync],
		['br', brotliCompressSync],
	])('is asked for and read: %s', async (encoding, compress) => {
		const url = await serve((request, response) => {
			const accepted = request.headers['accept-encoding']?.split(', ');
			if (!accepted?.includes(encoding)) return void response.writeHead(406).end();
			response.setHeader('content-encoding', encoding);
			response.end(compress(text));
		});
		expect(await http({ url, headers: {} })).toMatchObject({
			status: 200,
			body: Buffer.from(text),
		});
	});

	const twice = (compress: (bytes: Buffer) => Buffer) => (bytes: Buffer) =>
		compress(compress(bytes));

	it.each<[string | string[], (bytes: Buffer) => Buffer]>([
		['GZIP', gzipSync],
		['x-gzip', gzipSync],
		['deflate', deflateSync],
		['deflate', deflateRawSync],
		['zstd', zstdCompressSync],
		['identity', (bytes) => bytes],
		['', (bytes) => bytes],
		[' , gzip ,\tidentity', gzipSync],
		['gzip, GZIP', twice(gzipSync)],
		['gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))],
		[['br', 'gzip'], (bytes) => gzipSync(brotliCompressSync(bytes))],
	])('is read though it was not asked for: %s', async (coding, compress) => {
		const url = await serve((_, response) => {
			response.setHeader('content-encoding', coding);
			response.end(compress(Buffer.from(text)));
		});
		const { body } = await http({ url, headers: {} });
		expect(body.equals(Buffer.from(text))).toBe(true);
	});

	it.each(['compress', 'gzip, sdch', Array(6).fill('gzip').join()])(
		'whose coding is not known is told as such: %s',
		async (coding) => {
			const url = await serve((_, response) => {
				response.setHeader('content-encoding', coding);
				response.end(gzipSync(text));
			});
			const { body, unknownCoding } = await http({ url, headers: {} });
			expect(coding).toContain(unknownCoding);
			expect(body).toHaveLength(0);
			const failure = readPage(url);
			await expect(failure).rejects.toMatchObject({
				code: 'coding-unknown',
				summary: `The answer has an unknown content encoding: ${unknownCoding}.`,
			});
		},
	);

	it.each(['gzip', 'deflate', 'br', 'zstd'])(
		'is rejected when its end is missing: %s',
		async (coding) => {
			const compress =
				{ gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[coding] ??
				zstdCompressSync;
			const url = await serve((_, response) => {
				response.setHeader('content-encoding', coding);
				response.end(compress(text).subarray(0, -20));
			});
			await expect(http({ url, headers: {} })).rejects.toThrow('Z_BUF_ERROR');
		},
	);

	it('may be none at all', async () => {
		const url = await serve((_, response) => {
			response.writeHead(502, { 'content-encoding': 'gzip' }).end();
		});
		expect(await http({ url, headers: {} })).toMatchObject({ status: 502, body: Buffer.alloc(0) });
	});

	it('is what the feed sends', async () => {
		const clock = new SimulatedClock(Date.parse('2025-03-18T12:00:00Z'));
		const feed = new ActivityFeed({ clock, recordReads: false });
		feed.generate({ count: 500, from: clock.now() - 86_400_000, to: clock.now() });
		const simulated = await startActivityFeed(feed, { gzip: true });
		try {
			const { headers, body } = await complianceHttp(ACCESS_KEY)({
				url: `${simulated.url}/v1/compliance/activities?limit=100`,
				headers: { 'anthropic-version': '2023-06-01' },
			});
			expect(headers['content-encoding']).toBe('gzip');
			expect((JSON.parse(body.toString()) as { data: unknown[] }).data).toHaveLength(100);
			expect(Number(headers['content-length'])).toBeLessThan(body.length / 4);
		} finally {
			await simulated.close();
		}
	});
});

describe('a body above 64 MiB', () => {
	/** Resolves when the server's connection is closed. */
	let closed: Promise<unknown>;

	async function reject(answer: RequestListener): Promise<void> {
		const url = await serve((request, response) => {
			closed = new Promise((resolve) => request.socket.once('close', resolve));
			answer(request, response);
		});
		await expect(http({ url, headers: {} })).rejects.toThrow(BodyTooLarge);
	}

	it('is not waited for when its length is known before', async () => {
		await reject((_, response) => {
			response.writeHead(200, { 'content-length': MAX_BODY_BYTES + 1 }).flushHeaders();
		});
		await closed;
	});

	it('is read no farther than that, also of a refusal', async () => {
		const part = Buffer.alloc(1024 * 1024, ' ');
		let sent = 0;
		await reject((_, response) => {
			response.writeHead(503);
			const more = () => {
				while (!response.destroyed) {
					sent += part.length;
					if (!response.write(part)) return void response.once('drain', more);
				}
			};
			more();
		});
		await closed;
		expect(sent).toBeLessThan(2 * MAX_BODY_BYTES);
	});

	it.each(['br', 'br, gzip'])('is unpacked no farther than that: %s', async (coding) => {
		const bomb = await bombOf(4 * MAX_BODY_BYTES);
		const concat = jest.spyOn(Buffer, 'concat');
		await reject((_, response) => {
			response.setHeader('content-encoding', coding);
			response.end(coding === 'br' ? bomb : gzipSync(bomb));
		});
		for (const { value } of concat.mock.results) {
			expect((value as Buffer).length).toBeLessThanOrEqual(MAX_BODY_BYTES);
		}
		concat.mockRestore();
	});

	/** So many zeros, compressed to next to nothing. */
	async function bombOf(length: number): Promise<Buffer> {
		const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
		const zeros = Buffer.alloc(1024 * 1024);
		for (let written = 0; written < length; written += zeros.length) brotli.write(zeros);
		brotli.end();
		return Buffer.concat((await brotli.toArray()) as Buffer[]);
	}
});

/** Reads a page like a run, but does not try again. */
async function readPage(baseUrl: string): Promise<unknown> {
	const client = new ApiClient({
		baseUrl: baseUrl.replace(/\/$/, ''),
		accessKey: ACCESS_KEY,
		http,
		now: () => performance.now(),
		sleep: () => Promise.reject(new Error('It would be tried again.')),
		log: { info: () => undefined, warning: () => undefined },
	});
	return new Feed(client).page({
		filters: parseFilters({}, () => undefined),
		order: 'asc',
		limit: 10,
	});
}

describe('an error names the variable of a proxy that cannot be reached, without its password', () => {
	afterEach(() => {
		delete process.env.https_proxy;
	});

	it.each([
		['proxy.invalid:3128', /ENOTFOUND|EAI_AGAIN/],
		['127.0.0.1:1', /ECONNREFUSED/],
		['localhost:1', /ECONNREFUSED/],
	])('%s', async (proxy, code) => {
		process.env.https_proxy = `http://someone:pass@${proxy}`;
		const asked = http({ url: 'https://api.example/path?filter', headers: {} });
		const error = (await asked.catch((failure: unknown) => failure)) as Error;
		expect(error.message).toContain(
			`the proxy that https_proxy names, ${proxy}, cannot be reached: `,
		);
		expect(error.message).toMatch(code);
		expect(error.message).not.toMatch(/someone|pass|filter/);
	});
});

describe('a certificate', () => {
	const trusted = tls.getCACertificates();
	afterEach(() => tls.setDefaultCACertificates(trusted));

	const YEAR_2001 = new Date('2001-01-01T00:00:00Z');
	const YEAR_2002 = new Date('2002-01-01T00:00:00Z');
	const YEAR_9000 = new Date('9000-01-01T00:00:00Z');

	it.each<[string, string, { name?: string; from?: Date; until?: Date; known?: boolean }]>([
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS', { known: false }],
		['CERT_HAS_EXPIRED', 'clock', { from: YEAR_2001, until: YEAR_2002 }],
		['CERT_NOT_YET_VALID', 'clock', { from: YEAR_9000 }],
		['ERR_TLS_CERT_ALTNAME_INVALID', 'DNS', { name: 'elsewhere.example' }],
	])('that is refused fails at once, and says what helps: %s', async (code, remedy, options) => {
		const { name = 'localhost', known = true, from = YEAR_2001, until } = options;
		const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
			notBeforeDate: from,
			notAfterDate: until ?? new Date('9999-01-01T00:00:00Z'),
			extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
		});
		if (known) tls.setDefaultCACertificates([...trusted, cert]);
		let asked = false;
		const url = await serve(() => (asked = true), { key, cert });
		await expect(readPage(url)).rejects.toMatchObject({
			code: 'certificate-refused',
			summary: expect.stringContaining(`(${code})`),
			remedy: expect.stringContaining(remedy),
		});
		expect(asked).toBe(false);
	});

	it('is none where something speaks no TLS', async () => {
		const url = await serve((_, response) => void response.end());
		await expect(readPage(url.replace('http:', 'https:'))).rejects.toMatchObject({
			code: 'certificate-refused',
			summary: expect.stringContaining('speak TLS'),
			remedy: expect.stringContaining('HTTPS_PROXY'),
		});
	});
});

test('takes the text of a refusal in any charset, but no altered evidence', async () => {
	const url = await serve((request, response) => {
		response.writeHead(request.url === '/page' ? 200 : 403);
		response.end(Buffer.from('für', 'latin1'));
	});
	await expect(http({ url, headers: {} })).resolves.toMatchObject({ status: 403 });
	await expect(http({ url: `${url}page`, headers: {} })).rejects.toThrow('not UTF-8');
});

test('reads a body with a byte order mark as one without', async () => {
	const url = await serve((_, response) => void response.end('\uFEFF{"data":[]}'));
	expect(await http({ url, headers: {} })).toMatchObject({ body: Buffer.from('{"data":[]}') });
});

/** More than the buffers of the network hold. */
const LARGE = Buffer.alloc(200 * 64 * 1024, 'x');

test('reads few bodies at a time, and those that wait are not late for it', async () => {
	const time = holdTime();
	let begun = 0;
	let most = 0;
	const read: ServerResponse[] = [];
	const url = await serve((_, response) => {
		begun++;
		response.writeHead(200).write(LARGE);
		response.once('drain', () => (most = Math.max(most, read.push(response))));
	});
	const slow = waiting({ answer: 500, silence: 500, body: 500 });
	const asked = Promise.all(Array.from({ length: 9 }, () => slow({ url, headers: {} })));
	for (let round = 0; round < 3; round++) {
		// Two timers for each body that is read, for its end and for its next part; none for bodies that wait.
		await until(() => begun === 9 && read.length === 3 && jest.getTimerCount() === 3 * 2);
		time.pass(400);
		read.splice(0).forEach((response) => response.end());
	}
	const answers = await asked;
	expect(new Set(answers.map(({ body }) => body.length))).toEqual(new Set([LARGE.length]));
	expect(begun).toBe(9);
	expect(most).toBe(3);
});

test('a body that breaks off while it waits for its turn is reported as such', async () => {
	const read: ServerResponse[] = [];
	const url = await serve((request, response) => {
		response.writeHead(200);
		if (request.url !== '/last') {
			response.write(LARGE);
			response.once('drain', () => read.push(response));
			return;
		}
		response.write('{');
		request.socket.end();
		request.socket.once('close', () => read.forEach((each) => each.end()));
	});
	const first = ['a', 'b', 'c'].map((each) => http({ url: url + each, headers: {} }));
	await until(() => read.length === 3);
	await expect(http({ url: `${url}last`, headers: {} })).rejects.toThrow();
	await Promise.all(first);
});
