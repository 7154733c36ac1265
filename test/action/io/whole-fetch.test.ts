import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetchWhole } from '../../../action/io/whole-fetch';
import { listen, type LoopbackServer, readBody } from '../../simulators/github/loopback';

/** Longer than any machine takes. */
const PATIENCE = { answer: 60_000, silence: 60_000, body: 60_000 };
const POST = { method: 'POST', headers: { authorization: 'token secret' }, body: 'something' };

interface Received {
	method: string | undefined;
	url: string | undefined;
	token: string | undefined;
	body: string;
}

let origin: LoopbackServer;
let elsewhere: LoopbackServer;
let received: Received[];
let strayed: number;
/** The answer to every request but those for `/here`. */
let redirect: { status: number; location: string };

beforeEach(async () => {
	received = [];
	strayed = 0;
	elsewhere = await listen(async (_, response) => {
		strayed++;
		response.end('there');
	});
	origin = await listen(async (request, response) => {
		const { method, url, headers } = request;
		const body = (await readBody(request)).toString();
		received.push({ method, url, token: headers.authorization, body });
		if (url === '/here') return void response.end('here');
		const { status, location } = redirect;
		// Larger than the buffers of the network, so that the connection waits for its reader.
		response.writeHead(status, { location }).end('x'.repeat(5_000_000));
	});
});

afterEach(() => Promise.all([origin.close(), elsewhere.close()]));

const post = () => fetchWhole(`${origin.url}/start`, POST, PATIENCE);

describe.each([301, 302, 303, 307, 308])('a redirect with status %d', (status) => {
	it('to another origin is refused, and nothing is sent there', async () => {
		redirect = { status, location: `${elsewhere.url}/here` };
		await expect(post()).rejects.toThrow(/^the answer redirects to another origin/);
		expect(received).toHaveLength(1);
		expect(strayed).toBe(0);
	});

	it('within the origin is followed, with the token', async () => {
		redirect = { status, location: '/here' };
		const { response, body } = await post();
		expect({ status: response.status, body: body.toString() }).toEqual({
			status: 200,
			body: 'here',
		});
		const sent = { method: 'POST', token: 'token secret', body: 'something' };
		// Only 303 does not ask to repeat the request.
		const repeated = status === 303 ? { ...sent, method: 'GET', body: '' } : sent;
		expect(received).toEqual([
			{ url: '/start', ...sent },
			{ url: '/here', ...repeated },
		]);
	});
});

it('a HEAD remains a HEAD after a redirect with status 303', async () => {
	redirect = { status: 303, location: '/here' };
	const { response } = await fetchWhole(`${origin.url}/start`, { method: 'HEAD' }, PATIENCE);
	expect(response.status).toBe(200);
	expect(received.map(({ method, url }) => [method, url])).toEqual([
		['HEAD', '/start'],
		['HEAD', '/here'],
	]);
});

it.each(['https://127.0.0.1/', 'http://', '//elsewhere.example/here'])(
	'a redirect to %s is refused',
	async (location) => {
		redirect = { status: 302, location };
		await expect(post()).rejects.toThrow(/^the answer redirects to another origin/);
	},
);

it('a redirect in circles is given up', async () => {
	redirect = { status: 302, location: '/start' };
	await expect(post()).rejects.toThrow(/in circles/);
	expect(received).toHaveLength(6);
});
