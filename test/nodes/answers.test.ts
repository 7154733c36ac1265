import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
	brotliCompressSync,
	constants,
	createBrotliCompress,
	deflateRawSync,
	deflateSync,
	gzipSync,
	zstdCompressSync,
} from 'node:zlib';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { INodeType } from 'n8n-workflow';
import { generate } from 'selfsigned';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicCompliance } from '../../nodes/AnthropicCompliance/AnthropicCompliance.node';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node';
import { MAX_BODY_BYTES } from '../../core';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { testCredentialNow } from './n8n/credential-test';
import { testRun } from './n8n/engines';
import { Installation } from './n8n/installation';

let server: Server | undefined;
let asked = 0;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
	asked = 0;
	jest.restoreAllMocks();
});

const ACTIVITY = {
	id: 'activity_1',
	created_at: '2025-03-18T11:00:00Z',
	type: 'claude_chat_created',
	actor: { type: 'user_actor', email_address: 'zoë@example.com' },
};
const PAGE = JSON.stringify({ data: [ACTIVITY], has_more: false, first_id: 'a', last_id: 'a' });

/** A node that gets `answer` to its requests, through n8n's own HTTP library. */
async function install(
	type: INodeType,
	answer: RequestListener,
	certificate?: { key: string; cert: string },
): Promise<Installation> {
	const listener: RequestListener = (request, response) => {
		asked++;
		answer(request, response);
	};
	server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
	const listening = server;
	await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
	const { port } = listening.address() as AddressInfo;
	const baseUrl = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
	const installation = new Installation({
		type,
		credential: new AnthropicComplianceApi(),
		credentialData: { apiKey: ACCESS_KEY, baseUrl },
		parameters: {},
		workflowId: 'workflow',
	});
	installation.network.overSockets = true;
	return installation;
}

/** The items that Get Many returns. */
async function getMany(answer: RequestListener, certificate?: { key: string; cert: string }) {
	const type = new AnthropicCompliance();
	const installation = await install(type, answer, certificate);
	const output = await type.execute.call(installation.executeContext([{ json: {} }]));
	return output.flat().map(({ json }) => json);
}

const twice = (compress: (bytes: Buffer) => Buffer) => (bytes: Buffer) => compress(compress(bytes));
const same = (bytes: Buffer) => bytes;

describe('a coding', () => {
	test.each<[string | string[], (bytes: Buffer) => Buffer]>([
		['gzip', gzipSync],
		['GZIP', gzipSync],
		['x-gzip', gzipSync],
		['deflate', deflateSync],
		['deflate', deflateRawSync],
		['br', brotliCompressSync],
		['zstd', zstdCompressSync],
		['identity', same],
		['', same],
		[' , gzip , identity', gzipSync],
		['gzip, GZIP', twice(gzipSync)],
		['gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))],
		[['br', 'gzip'], (bytes) => gzipSync(brotliCompressSync(bytes))],
	])('is decompressed: %s', async (coding, compress) => {
		const items = await getMany((request, response) => {
			expect(request.headers['accept-encoding']).toBe('gzip, br');
			response.setHeader('content-encoding', coding);
			response.end(compress(Buffer.from(PAGE)));
		});
		expect(items).toMatchObject([{ actor: 'zoë@example.com' }]);
	});

	test.each(['sdch', 'gzip, sk-ant-api01-key', Array(6).fill('gzip').join()])(
		'that is unknown is named, without a retry: %s',
		async (coding) => {
			const failure = getMany((_, response) => {
				response.setHeader('content-encoding', coding);
				response.setHeader('request-id', 'req_1');
				response.end(gzipSync(PAGE));
			});
			await expect(failure).rejects.toMatchObject({
				message: `The answer has an unknown content encoding: ${
					coding.startsWith('gzip, sk') ? 'sk-ant-***' : coding
				}.`,
				description: expect.stringMatching(/a proxy .* changes answers.*req_1/),
				failure: { cause: 'configuration-invalid' },
			});
			expect(asked).toBe(1);
		},
	);
});

describe('a text', () => {
	test('that is not UTF-8 is not altered, but requested again', async () => {
		const items = await getMany((_, response) => {
			if (asked === 1) return void response.end(Buffer.from(PAGE, 'latin1'));
			response.end(`\uFEFF${PAGE}`);
		});
		expect(items).toMatchObject([{ actor: 'zoë@example.com' }]);
		expect(asked).toBe(2);
	});

	test('of a refusal may be in any charset', async () => {
		const failure = getMany((_, response) => {
			response.writeHead(403, { 'content-type': 'text/html' });
			response.end(Buffer.from('<h1>Zugriff verweigert für Sie</h1>', 'latin1'));
		});
		await expect(failure).rejects.toMatchObject({
			message: expect.stringContaining('answered with status 403 and a web page'),
		});
	});
});

describe('a body above 64 MiB', () => {
	const tooLarge = {
		message: expect.stringContaining('too large (more than 64 MiB)'),
		description: expect.stringMatching(/smaller pages/i),
	};

	test('is refused at once if its length is known', async () => {
		let closed: Promise<unknown> | undefined;
		const installation = await install(new AnthropicComplianceTrigger(), (_, response) => {
			response.writeHead(200, { 'content-length': MAX_BODY_BYTES + 1 }).write('{');
			closed = new Promise((resolve) => response.once('close', resolve));
		});
		await expect(testRun(installation, {})).rejects.toMatchObject(tooLarge);
		await closed;
	});

	test('is read no farther than that', async () => {
		let sent = 0;
		let closed: Promise<unknown> | undefined;
		const part = Buffer.alloc(1024 * 1024, ' ');
		const failure = getMany((_, response) => {
			closed = new Promise((resolve) => response.once('close', resolve));
			const more = () => {
				while (!response.destroyed) {
					sent += part.length;
					if (!response.write(part)) return void response.once('drain', more);
				}
			};
			more();
		});
		await expect(failure).rejects.toMatchObject(tooLarge);
		await closed;
		expect(sent).toBeLessThan(2 * MAX_BODY_BYTES);
	});

	test.each(['br', 'br, gzip'])('is unpacked no farther than that: %s', async (coding) => {
		const bomb = await bombOf(4 * MAX_BODY_BYTES);
		const unpacked = jest.spyOn(Buffer, 'concat');
		const failure = getMany((_, response) => {
			response.setHeader('content-encoding', coding);
			response.end(coding === 'br' ? bomb : gzipSync(bomb));
		});
		await expect(failure).rejects.toMatchObject(tooLarge);
		for (const [parts] of unpacked.mock.calls) {
			const length = parts.reduce((sum, each) => sum + each.length, 0);
			expect(length).toBeLessThanOrEqual(MAX_BODY_BYTES);
		}
	});
});

/** This many zeros, compressed to a few bytes. */
async function bombOf(length: number): Promise<Buffer> {
	const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
	const zeros = Buffer.alloc(1024 * 1024);
	for (let written = 0; written < length; written += zeros.length) brotli.write(zeros);
	brotli.end();
	return Buffer.concat((await brotli.toArray()) as Buffer[]);
}

test('a certificate of an unknown authority fails at once, with a remedy that says how to trust it', async () => {
	const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
	const failure = getMany((_, response) => void response.end(PAGE), { key, cert });
	await expect(failure).rejects.toMatchObject({
		message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
		description: expect.stringMatching(/NODE_EXTRA_CA_CERTS.* n8n process/),
		failure: { cause: 'configuration-invalid' },
	});
	expect(asked).toBe(0);
});

/**
 * Timeouts that fire when the test says so. A timeout signal without a listener of its own never fires:
 * Node 20 collects it as garbage, even if another signal depends on it.
 */
function scriptedTimeouts(): { fire: (least: number, most: number) => void } {
	const pending: { ms: number; fire: () => void }[] = [];
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		const controller = new AbortController();
		const { signal } = controller;
		signal.addEventListener = (...listener: Parameters<EventTarget['addEventListener']>) => {
			pending.push({ ms, fire: () => controller.abort() });
			EventTarget.prototype.addEventListener.apply(signal, listener);
		};
		return signal;
	});
	return {
		fire: (least, most) => {
			for (const { ms, fire } of pending.splice(0)) {
				if (ms >= least && ms <= most) fire();
				else pending.push({ ms, fire });
			}
		},
	};
}

describe('a body', () => {
	const SILENCE_MS = 15_000;

	test('that stops arriving is abandoned, and requested again', async () => {
		const timeouts = scriptedTimeouts();
		const items = await getMany((_, response) => {
			if (asked > 1) return void response.end(PAGE);
			response.write(PAGE.slice(0, 20));
			// Some of the body has arrived since the wait began, and then nothing more.
			const look = setInterval(() => timeouts.fire(0, SILENCE_MS), 20);
			response.once('close', () => clearInterval(look));
		});
		expect(items).toHaveLength(1);
		expect(asked).toBe(2);
	});

	test('that does not end is abandoned, closed, and requested again', async () => {
		const timeouts = scriptedTimeouts();
		let closed: Promise<unknown> | undefined;
		const items = await getMany((_, response) => {
			if (asked > 1) return void response.end(PAGE);
			closed = new Promise((resolve) => response.once('close', resolve));
			let parts = 0;
			const trickle = setInterval(() => {
				response.write(' ');
				if (++parts === 5) timeouts.fire(SILENCE_MS + 1, Infinity);
			}, 5);
			response.once('close', () => clearInterval(trickle));
		});
		expect(items).toHaveLength(1);
		expect(asked).toBe(2);
		await closed;
	});
});

describe('the test of the credential', () => {
	const tested = async (answer: RequestListener) =>
		await testCredentialNow(await install(new AnthropicCompliance(), answer));

	test.each<[string, string, (bytes: Buffer) => Buffer]>([
		['a byte order mark', '', (bytes) => Buffer.concat([Buffer.from('\uFEFF'), bytes])],
		['one coding', 'br', brotliCompressSync],
		['two codings', 'gzip, gzip', twice(gzipSync)],
	])('accepts an answer with %s, as a poll does', async (_, coding, compress) => {
		let accepted: string | undefined;
		const result = await tested((request, response) => {
			accepted = request.headers['accept-encoding']?.toString();
			response.setHeader('content-encoding', coding);
			response.end(compress(Buffer.from(PAGE)));
		});
		expect(result).toMatchObject({ status: 'OK' });
		expect(accepted).toBe('gzip, br');
	});

	test('closes a body that stops arriving, and says so', async () => {
		const timeouts = scriptedTimeouts();
		let closed: Promise<unknown> | undefined;
		const result = await tested((_, response) => {
			response.write(PAGE.slice(0, 20));
			const look = setInterval(() => timeouts.fire(0, 15_000), 20);
			closed = new Promise((resolve) => response.once('close', resolve));
			response.once('close', () => clearInterval(look));
		});
		expect(result).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('more of the answer did not arrive in time'),
		});
		await closed;
	});
});
