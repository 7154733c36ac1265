import { describe, expect, test } from '@jest/globals';
import { ComplianceError, Feed, type HttpResponse, toInstant } from '../../core';
import { product } from '../../core/product';
import packageJson from '../../package.json';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { Bench, MINUTE, NO_FILTERS, PRESENT, SECOND } from './harness';

const QUERY = {
	filters: NO_FILTERS,
	order: 'asc',
	from: toInstant(PRESENT - 60 * MINUTE),
	limit: 100,
} as const;

async function failureOf(bench: Bench, query: object = {}): Promise<ComplianceError> {
	const outcome = await bench.feed.page({ ...QUERY, ...query }).catch((error: unknown) => error);
	if (outcome instanceof ComplianceError) return outcome;
	throw new Error('The page was read.', { cause: outcome });
}

describe('a request', () => {
	test('carries version, product, every bound and every filter', async () => {
		const bench = new Bench();
		bench.happened(MINUTE, { organization_id: 'org_x' });
		await bench.feed.page({
			...QUERY,
			to: toInstant(PRESENT),
			filters: {
				organizationIds: ['org_x'],
				activityTypes: ['claude_chat_created', 'claude_chat_viewed'],
				excludeActivityTypes: [],
				userIds: ['user_1'],
			},
		});
		const [request] = bench.simulated.requests;
		const asked = bench.asked[0];
		expect(request?.headers).toMatchObject({
			'anthropic-version': '2023-06-01',
			'user-agent': `n8n-nodes-anthropic-compliance/${packageJson.version}`,
		});
		expect(product.name).toBe(packageJson.name);
		expect([...(asked ?? [])]).toEqual([
			['order', 'asc'],
			['limit', '100'],
			['created_at.gte', '2026-03-01T11:00:00.000Z'],
			['created_at.lte', '2026-03-01T12:00:00.000Z'],
			['organization_ids[]', 'org_x'],
			['activity_types[]', 'claude_chat_created'],
			['activity_types[]', 'claude_chat_viewed'],
			['user_ids[]', 'user_1'],
		]);
	});
});

describe('what may pass', () => {
	test.each([
		{ status: 500 },
		{ status: 502 },
		{ status: 503 },
		{ status: 504 },
		{ status: 529 },
		{ status: 429 },
		{ status: 408 },
		{ status: 418, headers: { 'x-should-retry': 'true' } },
		{ reset: true as const },
		{ hang: true as const },
		{ cutBody: 0.5 },
		{ stallBody: true as const },
		{ html: true as const },
		{ transform: () => 'no JSON' },
	])('is tried again: %j', async (fault) => {
		const bench = new Bench({ recordReads: false });
		bench.happened(MINUTE);
		bench.simulated.fail(fault, { times: 3 });
		const page = await bench.feed.page(QUERY);
		expect(page.activities).toHaveLength(1);
		expect(bench.simulated.requests).toHaveLength(4);
		expect(new Set(bench.simulated.requests.map(({ url }) => url)).size).toBe(1);
		// Half of 1 s, 2 s and 4 s: full jitter with a random number of 0.5.
		expect(bench.sleeps).toEqual([500, 1000, 2000]);
	});

	test('is given up after ten tries, with the last cause', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 503 }, { times: Infinity });
		const error = await failureOf(bench);
		expect(error).toMatchObject({ code: 'unavailable', status: 503 });
		expect(error.requestId).toMatch(/^req_/);
		expect(bench.simulated.requests).toHaveLength(10);
		expect(bench.sleeps.at(-1)).toBe(30 * SECOND);
		expect(bench.infos).toHaveLength(9);
	});

	test('is given up at the deadline', async () => {
		const bench = new Bench({ latency: () => 3 * MINUTE });
		bench.simulated.fail({ hang: true }, { times: Infinity });
		expect(await failureOf(bench)).toMatchObject({ code: 'unavailable' });
		expect(bench.simulated.requests.length).toBeLessThanOrEqual(4);
	});

	test.each([
		['seconds', '20'],
		['an HTTP date', new Date(PRESENT + 20 * SECOND).toUTCString()],
	])('waits as long as retry-after says in %s', async (_, value) => {
		const bench = new Bench();
		bench.simulated.fail({ status: 429, headers: { 'retry-after': value } });
		await bench.feed.page(QUERY);
		expect(bench.sleeps).toEqual([20.5 * SECOND]);
	});

	test('ends the run when the API asks for a longer pause than there is time for', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 429, headers: { 'retry-after': '3600' } });
		const error = await failureOf(bench);
		expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 3_600_000, status: 429 });
		expect(error.message).toContain('3600 s');
		expect(bench.sleeps).toEqual([]);
	});
});

describe('what cannot pass', () => {
	test.each([
		[400, 'invalid-request'],
		[401, 'key-invalid'],
		[403, 'organization-out-of-reach'],
		[404, 'not-found'],
		[405, 'invalid-request'],
	])('is not tried again: %i', async (status, code) => {
		const bench = new Bench();
		bench.simulated.fail({ status });
		const error = await failureOf(bench);
		expect(error).toMatchObject({ code, status });
		expect(error.message).toContain(error.requestId ?? 'a request-id');
		expect(bench.simulated.requests).toHaveLength(1);
	});

	test('is what x-should-retry says, whatever the status', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 500, headers: { 'x-should-retry': 'false' } });
		expect(await failureOf(bench)).toMatchObject({ code: 'unavailable', status: 500 });
		expect(bench.simulated.requests).toHaveLength(1);
	});

	test('tells an expired key from an invalid one', async () => {
		const bench = new Bench();
		bench.simulated.grant(ACCESS_KEY, { scopes: ['read:compliance_activities'], expired: true });
		expect(await failureOf(bench)).toMatchObject({ code: 'key-expired' });
		bench.simulated.revoke(ACCESS_KEY);
		expect(await failureOf(bench)).toMatchObject({ code: 'key-invalid' });
	});

	test('shows which scope the key has and which it needs', async () => {
		const bench = new Bench();
		bench.simulated.grant(ACCESS_KEY, { scopes: ['read:compliance_user_data'] });
		const error = await failureOf(bench);
		expect(error.code).toBe('scope-missing');
		expect(error.message).toContain('read:compliance_user_data');
		expect(error.message).toContain('read:compliance_activities');
	});

	test('names an organization out of reach', async () => {
		const bench = new Bench();
		const filters = { ...NO_FILTERS, organizationIds: ['org_elsewhere'] };
		expect(await failureOf(bench, { filters })).toMatchObject({
			code: 'organization-out-of-reach',
		});
	});

	test('recognises a web page in the place of a refusal', async () => {
		const bench = new Bench();
		const headers = { 'content-type': 'text/html' };
		bench.simulated.fail({ status: 403, headers, body: '<html>Blocked</html>' });
		const error = await failureOf(bench);
		expect(error.message).toContain('proxy or firewall');
		expect(error.message).not.toContain('Blocked');
	});

	test('quotes the API on one line and without keys', async () => {
		const bench = new Bench();
		const message = `bad\n::error::key ##[warning] ${ACCESS_KEY}\u2028${'x'.repeat(1000)}`;
		const body = JSON.stringify({
			type: 'error',
			error: { type: 'invalid_request_error', message },
		});
		bench.simulated.fail({ status: 400, body });
		const error = await failureOf(bench);
		expect(error.message).toContain('"bad ::error::key # #[warning] sk-ant-*** xxx');
		expect(error.message).not.toMatch(/[\n\r\u2028]/);
		expect(error.message.length).toBeLessThan(700);
	});
});

describe('redirects', () => {
	const page = Buffer.from('{"data":[],"has_more":false,"first_id":null,"last_id":null}');

	function feedBehind(answers: Record<string, Partial<HttpResponse>>) {
		const asked: string[] = [];
		const feed = new Feed({
			baseUrl: 'https://api.anthropic.com',
			http: async ({ url }) => {
				const { origin, pathname } = new URL(url);
				asked.push(origin + pathname);
				const headers = { date: new Date(PRESENT).toUTCString() };
				return { status: 200, headers, body: page, ...answers[pathname] };
			},
			now: () => PRESENT,
			sleep: async () => undefined,
			log: { info: () => undefined, warning: () => undefined },
		});
		return { feed, asked };
	}

	const to = (location: string) => ({
		'/v1/compliance/activities': { status: 307, headers: { location } },
	});

	test('are followed within the origin', async () => {
		const { feed, asked } = feedBehind(to('/v2/activities'));
		await expect(feed.page(QUERY)).resolves.toMatchObject({ hasMore: false });
		expect(asked.at(-1)).toBe('https://api.anthropic.com/v2/activities');
	});

	test.each([
		'https://evil.example/v1/compliance/activities',
		'http://api.anthropic.com/v1/compliance/activities',
		'https://api.anthropic.com:8443/',
		'//evil.example/',
		'https://',
	])('take the key nowhere else: %s', async (location) => {
		const { feed, asked } = feedBehind(to(location));
		await expect(feed.page(QUERY)).rejects.toMatchObject({ code: 'redirect-refused' });
		expect(asked).toHaveLength(1);
	});

	test('in circles come to an end', async () => {
		const { feed, asked } = feedBehind(to('/v1/compliance/activities'));
		await expect(feed.page(QUERY)).rejects.toMatchObject({ code: 'redirect-refused' });
		expect(asked).toHaveLength(6);
	});
});

describe('the shared budget', () => {
	async function use(bench: Bench, pages: number) {
		for (let page = 0; page < pages; page++) await bench.feed.page({ ...QUERY, limit: 1 });
	}

	test('is used at full speed while there is plenty', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		await use(bench, 50);
		expect(bench.sleeps).toEqual([]);
	});

	test('never gets below its reserve, and others are never kept out', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		await use(bench, 300);
		expect(bench.simulated.requests.filter(({ status }) => status === 429)).toEqual([]);
		const minutes = (bench.clock.now() - PRESENT) / MINUTE;
		expect(300 / Math.ceil(minutes)).toBeLessThanOrEqual(82);
		expect(minutes).toBeLessThan(5);
	});

	test('that others have used up makes it wait for the next minute', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		const headers = { 'x-api-key': ACCESS_KEY };
		for (let i = 0; i < 90; i++)
			bench.simulated.answer({ url: '/v1/compliance/activities', headers });
		await use(bench, 2);
		expect(bench.clock.now() - PRESENT).toBeGreaterThanOrEqual(MINUTE - SECOND);
		expect(bench.infos.join()).toContain('shared request budget');
	});
});
