import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { githubApi } from '../../../action/github/rest-client';
import { HASTE } from '../haste';
import { type GitHub, startGitHub } from '../../simulators/github/github';
import { listen, type LoopbackServer, sendJson } from '../../simulators/github/loopback';

/** Longer than any machine takes. */
const PATIENCE = { answer: 60_000, silence: 60_000, body: 60_000 };
const PLACE = { owner: 'acme', repo: 'audit' };

const environment = process.env;

let github: GitHub;
let server: LoopbackServer | undefined;

beforeAll(async () => {
	github = await startGitHub();
});

afterAll(() => github.close());

beforeEach(() => {
	process.env = { ...environment, GITHUB_API_URL: github.apiUrl };
	github.traffic.reset();
});

afterEach(async () => {
	process.env = environment;
	await server?.close();
	server = undefined;
});

const ask = (timeouts = PATIENCE) => githubApi(github.token, HASTE, timeouts).rest.repos.get(PLACE);

/** Has a short timeout only for the given number of first answers; counts the answers. */
function impatientFor(answers: number) {
	return {
		...PATIENCE,
		waits: 0,
		get answer(): number {
			return ++this.waits > answers ? PATIENCE.answer : 300;
		},
	};
}

it('asks again when no answer comes', async () => {
	github.traffic.script({ answer: 'silence' });
	const timeouts = impatientFor(1);
	expect((await ask(timeouts)).data.full_name).toBe('acme/audit');
	expect(timeouts.waits).toBe(2);
});

it('gives up on answers that never come, and says what it waited for', async () => {
	github.traffic.script({ answer: 'silence', times: Infinity });
	const timeouts = impatientFor(Infinity);
	await expect(ask(timeouts)).rejects.toMatchObject({
		status: 500,
		message: 'an answer did not arrive within 0.3 s',
	});
	expect(timeouts.waits).toBe(3);
});

it('names the proxy that it cannot reach, by its variable and without its password', async () => {
	process.env.HTTP_PROXY = 'http://someone:pass@127.0.0.1:1';
	await expect(ask()).rejects.toMatchObject({
		message: 'the proxy that HTTP_PROXY names, 127.0.0.1:1, cannot be reached: ECONNREFUSED',
	});
});

it('never takes an answer that breaks off, or stops, for an empty one', async () => {
	let tries = 0;
	const timeouts = { ...PATIENCE };
	server = await listen(async (_, response) => {
		const body = JSON.stringify({ full_name: 'acme/audit' });
		const whole = { 'content-type': 'application/json', 'content-length': body.length };
		response.writeHead(200, whole);
		timeouts.silence = ++tries === 2 ? 300 : PATIENCE.silence;
		if (tries === 3) response.end(body);
		else response.write(body.slice(0, 5), () => tries === 1 && response.destroy());
	});
	process.env.GITHUB_API_URL = server.url;
	expect((await ask(timeouts)).data.full_name).toBe('acme/audit');
	expect(tries).toBe(3);
});

it('takes its token to no other origin when an answer redirects there', async () => {
	const strayed: string[] = [];
	const elsewhere = await listen(async (request, response) => {
		strayed.push(`${request.url}`);
		sendJson(response, 200, { private: true });
	});
	server = await listen(async (_, response) => {
		// Another port is another origin, and node-fetch would send the token there.
		response.writeHead(302, { location: `${elsewhere.url}/repos/acme/audit` }).end();
	});
	process.env.GITHUB_API_URL = server.url;
	try {
		const once = { ...PLACE, request: { retries: 0 } };
		await expect(
			githubApi(github.token, HASTE, PATIENCE).rest.repos.get(once),
		).rejects.toMatchObject({
			status: 500,
			message: expect.stringMatching(/^the answer redirects to another origin/),
		});
		expect(strayed).toEqual([]);
	} finally {
		await elsewhere.close();
	}
});
