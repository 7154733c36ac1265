import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { BASE_URL, SECOND, TriggerBench } from './harness';

const ELSEWHERE = 'https://elsewhere.example';

/** Everything that n8n would show or store. */
function traces(bench: TriggerBench): string {
	const { installation, engine } = bench;
	const errors = engine.executions.map(({ error }) => error);
	const all = [errors, engine.executions, installation.log, engine.stored()];
	return [
		...all.map((each) =>
			inspect(each, { depth: Infinity, showHidden: true, maxStringLength: null }),
		),
		...all.map((each) => JSON.stringify(each)),
		...errors.map((error) => [error?.stack, error?.message, String(error?.cause)].join()),
	].join('\n');
}

describe('the key', () => {
	test('goes out in its header, trimmed, and nowhere else', async () => {
		const credentialData = { apiKey: ` ${ACCESS_KEY}\n` };
		const bench = new TriggerBench({ credentialData });
		bench.happened(SECOND);
		await bench.publish();
		const [request] = bench.network.sent;
		expect(request?.headers['x-api-key']).toBe(ACCESS_KEY);
		expect(JSON.stringify(request).split(ACCESS_KEY)).toHaveLength(2);
	});

	test.each<[string, Fault]>([
		['a refused connection', { reset: true }],
		['a timeout', { hang: true }],
		['an error of the API', { status: 500 }],
		['a refusal', { status: 403 }],
		['a refusal that repeats the key', { status: 401, body: refusalWith(ACCESS_KEY) }],
		['a redirect', { redirect: `${ELSEWHERE}/?key=${ACCESS_KEY}` }],
		['a web page', { html: true }],
		['nonsense', { transform: () => ({ data: ACCESS_KEY }) }],
	])('is in no message and no record after %s', async (_, fault) => {
		const bench = new TriggerBench({ recordReads: true });
		bench.happened(SECOND);
		await bench.publish();
		bench.fails(fault, { times: Infinity });
		await bench.restart();
		await bench.failure();
		expect(traces(bench)).not.toContain(ACCESS_KEY);
		expect(traces(bench)).not.toContain('x-api-key');
	});

	test.each([
		['none', '', 'No Compliance Access Key was given'],
		['one with a gap', 'sk-ant-api01-two words', 'does not look like a key'],
		['one for models', 'sk-ant-api03-models', 'is for calling models (sk-ant-api03-…)'],
	])('that can never work is not sent: %s', async (_, apiKey, complaint) => {
		const bench = new TriggerBench({ credentialData: { apiKey } });
		const failure = bench.publish();
		await expect(failure).rejects.toThrow(NodeApiError);
		await expect(failure).rejects.toMatchObject({
			message: expect.stringContaining(complaint),
			failure: { cause: 'credential-invalid' },
		});
		expect(bench.network.sent).toEqual([]);
	});
});

describe('a redirect', () => {
	test('to another origin is refused, and the key not sent there', async () => {
		const bench = await new TriggerBench().publish();
		bench.network.serve(ELSEWHERE, new ActivityFeed({ clock: { now: () => bench.now } }));
		bench.fails({ redirect: `${ELSEWHERE}/v1/compliance/activities` }, { times: Infinity });
		const error = await bench.failure();
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toContain('redirects to another origin');
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
		expect(bench.network.sent.filter(({ url }) => !url.startsWith(BASE_URL))).toEqual([]);
	});

	test('within the origin is followed', async () => {
		const bench = new TriggerBench();
		const id = bench.happened(SECOND);
		bench.fails({ redirect: '/v1/compliance/activities?order=asc&limit=10' });
		await bench.publish();
		expect(bench.ids).toEqual([id]);
	});
});

test.each([
	'http://gateway.example',
	'gateway.example',
	`https://user:${ACCESS_KEY}@gateway.example`,
])('the key is not sent to a base URL like %s', async (baseUrl) => {
	const bench = new TriggerBench({ credentialData: { baseUrl } });
	const error = (await bench.publish().catch((failure: unknown) => failure)) as Error;
	expect(error.message).toContain('The base URL is not an https URL');
	expect(bench.network.sent).toEqual([]);
	expect(inspect(error, { depth: Infinity })).not.toContain(ACCESS_KEY);
});

function refusalWith(message: string): string {
	return JSON.stringify({ type: 'error', error: { type: 'authentication_error', message } });
}
