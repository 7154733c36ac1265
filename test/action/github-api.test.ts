import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { githubApi } from '../../action/github-api';
import { type GitHub, startGitHub } from '../simulators/github/github';
import { listen, type LoopbackServer } from '../simulators/github/loopback';

const TIMEOUTS = { answer: 300, silence: 300, body: 2000 };
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

const ask = () => githubApi(github.token, TIMEOUTS).rest.repos.get(PLACE);

it('asks again when no answer comes', async () => {
	github.traffic.script({ answer: 'silence' });
	expect((await ask()).data.full_name).toBe('acme/audit');
	expect(github.traffic.requests).toHaveLength(2);
});

it('gives up on answers that never come, and says what it waited for', async () => {
	github.traffic.script({ answer: 'silence', times: Infinity });
	await expect(ask()).rejects.toMatchObject({
		status: 500,
		message: 'an answer did not arrive within 0.3 s',
	});
	expect(github.traffic.requests).toHaveLength(3);
}, 15_000);

it('never takes an answer that breaks off, or stops, for an empty one', async () => {
	let tries = 0;
	server = await listen(async (_, response) => {
		const body = JSON.stringify({ full_name: 'acme/audit' });
		const whole = { 'content-type': 'application/json', 'content-length': body.length };
		response.writeHead(200, whole);
		if (++tries === 3) response.end(body);
		else response.write(body.slice(0, 5), () => tries === 1 && response.destroy());
	});
	process.env.GITHUB_API_URL = server.url;
	expect((await ask()).data.full_name).toBe('acme/audit');
	expect(tries).toBe(3);
}, 15_000);
