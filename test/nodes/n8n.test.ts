import { describe, expect, test } from '@jest/globals';
import { type IHttpRequestOptions, NodeApiError } from 'n8n-workflow';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { BASE_URL, GetManyBench, MINUTE, time } from './harness';

/** Defaults of n8n's HTTP client that the nodes must switch off. */
describe('the fake of n8n', () => {
	function request(bench: GetManyBench, options: Partial<IHttpRequestOptions> = {}) {
		const context = bench.installation.executeContext([]);
		return time.settle(
			context.helpers.httpRequestWithAuthentication.call(context, 'anthropicComplianceApi', {
				url: `${BASE_URL}/v1/compliance/activities`,
				...options,
			}) as Promise<unknown>,
		);
	}

	test('parses JSON unless a stream is asked for', async () => {
		const bench = new GetManyBench();
		expect(await request(bench)).toMatchObject({ data: [], has_more: false });
		const stream = (await request(bench, { encoding: 'stream' })) as AsyncIterable<Buffer>;
		const parts: Buffer[] = [];
		for await (const part of stream) parts.push(part);
		expect(Buffer.concat(parts).toString()).toMatch(/^\{/);
	});

	test('throws if a status is not a success, with the key in the cause', async () => {
		const bench = new GetManyBench();
		bench.fails({ status: 403 });
		const error = (await request(bench).catch((failure: unknown) => failure)) as NodeApiError;
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.httpCode).toBe('403');
		expect(JSON.stringify(error.cause)).toContain(ACCESS_KEY);
	});

	test('follows redirects, and sends the key there', async () => {
		const bench = new GetManyBench();
		const elsewhere = 'https://elsewhere.example';
		bench.network.serve(elsewhere, new ActivityFeed({ clock: { now: () => bench.now } }));
		bench.fails({ redirect: `${elsewhere}/v1/compliance/activities` });
		await request(bench);
		expect(bench.network.sent.at(-1)).toMatchObject({
			url: `${elsewhere}/v1/compliance/activities`,
			headers: { 'x-api-key': ACCESS_KEY },
		});
	});

	test('numbers the entries of a list, which the API rejects', async () => {
		const bench = new GetManyBench();
		const qs = { 'activity_types[]': ['claude_chat_created'] };
		await expect(request(bench, { qs })).rejects.toThrow(NodeApiError);
		expect(bench.asked[0]?.has('activity_types[][0]')).toBe(true);
	});

	test('waits five minutes for an answer', async () => {
		const bench = new GetManyBench();
		bench.fails({ hang: true });
		const since = Date.now();
		await expect(request(bench)).rejects.toThrow(NodeApiError);
		expect(Date.now() - since).toBe(5 * MINUTE);
	});
});
