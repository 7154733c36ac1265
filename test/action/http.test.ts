import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { complianceHttp } from '../../action/http';

let server: Server | undefined;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
	const listening = createServer(answer);
	server = listening;
	await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
}

const http = complianceHttp('sk-ant-api01-key', { answer: 500, silence: 500, total: 2000 });

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
	await expect(http({ url, headers: {} })).rejects.toThrow('an answer did not arrive');
});

test('gives up on a body that stops arriving', async () => {
	const url = await serve((_, response) => void response.write('{"data":['));
	await expect(http({ url, headers: {} })).rejects.toThrow('more of the answer did not arrive');
});

test('is patient with a body that keeps arriving', async () => {
	const url = await serve((_, response) => {
		let parts = 0;
		const timer = setInterval(() => {
			response.write('x');
			if (++parts < 5) return;
			clearInterval(timer);
			response.end();
		}, 50);
	});
	await expect(http({ url, headers: {} })).resolves.toMatchObject({ body: Buffer.from('xxxxx') });
});

test('gives up on a body that drips without end', async () => {
	const url = await serve((request, response) => {
		const timer = setInterval(() => response.write('x'), 50);
		request.socket.on('close', () => clearInterval(timer));
	});
	await expect(http({ url, headers: {} })).rejects.toThrow('the end of the answer did not arrive');
});

test('tells of a failure without the address, which holds filters and a cursor', async () => {
	const failure = http({ url: 'http://127.0.0.1:1/?after_id=cursor', headers: {} });
	await expect(failure).rejects.toThrow(/^(?!.*cursor).*ECONNREFUSED/);
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
