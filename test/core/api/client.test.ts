import { describe, expect, test } from '@jest/globals';
import { ApiClient, UserError, Feed, type HttpResponse, toInstant } from '../../../core';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { Bench, DAY, MINUTE, NO_FILTERS, PRESENT, SECOND } from '../harness';

const QUERY = {
	filters: NO_FILTERS,
	order: 'asc',
	from: toInstant(PRESENT - 60 * MINUTE),
	limit: 100,
} as const;

const LONG_TEXT = `"${'x'.repeat(100_000)}"`;
const PAST = new Date(PRESENT - MINUTE).toUTCString();

async function failureOf(bench: Bench, query: object = {}): Promise<UserError> {
	const outcome = await bench.feed.page({ ...QUERY, ...query }).catch((error: unknown) => error);
	if (outcome instanceof UserError) return outcome;
	throw new Error('The page was read.', { cause: outcome });
}

describe('another endpoint', () => {
	const request = {
		path: '/v1/compliance/others',
		query: 'order=asc',
		what: 'others',
		parse: (body: Buffer) => (JSON.parse(body.toString()) as { names: string[] }).names,
		refusal: () => new UserError('not-found', 'No others.', { remedy: 'None.' }),
	};

	function clientOf(...answers: Partial<HttpResponse>[]) {
		const asked: string[] = [];
		const headers = { date: new Date(PRESENT).toUTCString(), 'request-id': 'req_1' };
		const client = new ApiClient({
			baseUrl: 'https://api.anthropic.com',
			accessKey: ACCESS_KEY,
			http: async ({ url }) => {
				asked.push(url);
				return { status: 200, headers, body: Buffer.from(''), ...answers.shift() };
			},
			now: () => PRESENT,
			sleep: async () => undefined,
			log: { info: () => undefined, warning: () => undefined },
		});
		return { client, asked };
	}

	test('is asked until it answers properly', async () => {
		const { client, asked } = clientOf(
			{ status: 503 },
			{ body: Buffer.from('{"names":["cut') },
			{ body: Buffer.from('{"names":["whole"]}') },
		);
		const refusal = () =>
			new UserError('unavailable', 'Not now.', { remedy: 'None.', status: 503 });
		const answer = await client.get({ ...request, refusal });
		expect(answer).toMatchObject({ content: ['whole'], requestId: 'req_1', date: PRESENT });
		const url = 'https://api.anthropic.com/v1/compliance/others?order=asc';
		expect(asked).toEqual([url, url, url]);
		expect(client.requests.latest).toHaveLength(3);
	});

	test('defines what a refusal means', async () => {
		const { client, asked } = clientOf({ status: 404 });
		await expect(client.get(request)).rejects.toMatchObject({ code: 'not-found' });
		expect(asked).toHaveLength(1);
	});
});

describe('a failure that may pass', () => {
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
	])('is followed by another try: %j', async (fault) => {
		const bench = new Bench({ recordReads: false });
		bench.happened(MINUTE);
		bench.simulated.fail(fault, { times: 3 });
		const page = await bench.feed.page(QUERY);
		expect(page.records.count).toBe(1);
		expect(bench.simulated.requests).toHaveLength(4);
		expect(new Set(bench.simulated.requests.map(({ url }) => url)).size).toBe(1);
		// Half of 1 s, 2 s and 4 s: full jitter with a random number of 0.5. No request follows a refusal
		// for the rate within a second.
		const paced = 'status' in fault && fault.status === 429 ? [500] : [];
		expect(bench.sleeps).toEqual([500, ...paced, 1000, 2000]);
	});

	test('ends the request after ten tries, with the last cause', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 503 }, { times: Infinity });
		const error = await failureOf(bench);
		expect(error).toMatchObject({ code: 'unavailable', status: 503 });
		expect(error.requestId).toMatch(/^req_/);
		expect(bench.simulated.requests).toHaveLength(10);
		expect(bench.sleeps.at(-1)).toBe(30 * SECOND);
		expect(bench.infos).toHaveLength(9);
	});

	test('ends the request at the deadline', async () => {
		const bench = new Bench({ latency: () => 3 * MINUTE });
		bench.simulated.fail({ hang: true }, { times: Infinity });
		expect(await failureOf(bench)).toMatchObject({ code: 'unavailable' });
		expect(bench.simulated.requests.length).toBeLessThanOrEqual(4);
	});

	test.each([
		['seconds', '20'],
		['an HTTP date', new Date(PRESENT + 20 * SECOND).toUTCString()],
	])('is followed by a pause as long as retry-after says: %s', async (_, value) => {
		const bench = new Bench();
		bench.simulated.fail({ status: 429, headers: { 'retry-after': value } });
		await bench.feed.page(QUERY);
		expect(bench.sleeps).toEqual([20.5 * SECOND]);
	});

	test.each(['0', '-5', '-0.5', 'NaN', 'Infinity', '1e3', '5, 5', 'soon', PAST, '2026-03-01'])(
		'is followed by the usual back-off if retry-after says nothing: %s',
		async (value) => {
			for (const status of [429, 503, 529]) {
				const bench = new Bench();
				bench.simulated.fail({ status, headers: { 'retry-after': value } }, { times: 5 });
				await bench.feed.page(QUERY);
				expect(bench.clock.now() - PRESENT).toBeGreaterThan(12 * SECOND);
			}
		},
	);

	test.each([
		['0.25', 0.75],
		['1.5', 2],
		['20', 20.5],
	])('is followed by the longer of retry-after and the back-off: %s', async (value, wait) => {
		const bench = new Bench();
		bench.simulated.fail({ status: 503, headers: { 'retry-after': value } });
		await bench.feed.page(QUERY);
		expect(bench.sleeps).toEqual([wait * SECOND]);
		bench.simulated.fail({ status: 503, headers: { 'retry-after': '1' } }, { times: 5 });
		await bench.feed.page(QUERY);
		expect(bench.sleeps.slice(1)).toEqual([1500, 1500, 2000, 4000, 8000]);
	});

	test('is followed by a pause until the date in retry-after, judged by earlier answers if there is no Date', async () => {
		const bench = new Bench();
		const headers = {
			date: null,
			'retry-after': new Date(PRESENT + 20 * SECOND).toUTCString(),
		};
		bench.simulated.fail({ status: 429, headers });
		await bench.feed.page(QUERY);
		// Nobody knows what time it is there.
		expect(bench.sleeps.at(0)).toBe(500);
		bench.simulated.fail({ status: 429, headers });
		await bench.feed.page(QUERY);
		expect(bench.sleeps.at(-1)).toBeGreaterThan(18 * SECOND);
	});

	test.each([
		['an hour', '3600'],
		['a year', '31536000'],
		['more than a number holds', '9'.repeat(400)],
		['a date in a year', new Date(PRESENT + 365 * DAY).toUTCString()],
	])(
		'ends the run when the API asks for a longer pause than there is time for: %s',
		async (_, value) => {
			const bench = new Bench();
			bench.simulated.fail({ status: 429, headers: { 'retry-after': value } });
			const error = await failureOf(bench);
			// Nothing waits for longer than an hour, whatever an answer says.
			expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 3_600_000, status: 429 });
			expect(error.message).toContain('3600 s');
			expect(bench.sleeps).toEqual([]);
		},
	);
});

describe('a failure that cannot pass', () => {
	test.each([
		[400, 'invalid-request'],
		[401, 'key-invalid'],
		[403, 'scope-missing'],
		[404, 'not-found'],
		[405, 'invalid-request'],
	])('is not followed by another try: %i', async (status, code) => {
		const bench = new Bench();
		bench.simulated.fail({ status });
		const error = await failureOf(bench);
		expect(error).toMatchObject({ code, status });
		expect(error.message).toContain(error.requestId ?? 'a request-id');
		expect(bench.simulated.requests).toHaveLength(1);
	});

	test.each([401, 413, 429, 500, 511])(
		'says nothing about what a later reader does, which only the caller knows: %i',
		async (status) => {
			const bench = new Bench();
			const headers = { 'x-should-retry': 'false' };
			bench.simulated.fail({ status, headers }, { times: Infinity });
			expect((await failureOf(bench)).message).not.toMatch(/next (run|poll)|same place|is lost/);
		},
	);

	test('can be declared by x-should-retry, whatever the status', async () => {
		const bench = new Bench();
		bench.simulated.fail({ status: 500, headers: { 'x-should-retry': 'false' } });
		expect(await failureOf(bench)).toMatchObject({ code: 'unavailable', status: 500 });
		expect(bench.simulated.requests).toHaveLength(1);
	});

	test('has the same remedy for an invalid, a revoked and an expired key, however the API words it', async () => {
		const bench = new Bench();
		bench.simulated.grant(ACCESS_KEY, { scopes: ['read:compliance_activities'], expired: true });
		const expired = await failureOf(bench);
		bench.simulated.revoke(ACCESS_KEY);
		const revoked = await failureOf(bench);
		expect(expired).toMatchObject({ code: 'key-invalid', remedy: revoked.remedy });
		expect(expired.message).toContain('"API key has expired"');
		expect(expired.remedy).toContain('create a new one');
	});

	describe('about what the key may read', () => {
		const organizations = { ...NO_FILTERS, organizationIds: ['org_elsewhere'] };
		const WORDS = 'Whatever the API says';
		const forbidden = (details?: object) => ({
			status: 403,
			body: JSON.stringify({ error: { type: 'permission_error', message: WORDS, details } }),
		});
		const scope = 'read:compliance_activities, or read:org_audit';
		const fewer = 'Remove organization ids';

		test.each([
			['no organization', NO_FILTERS, undefined, 'scope-missing', [scope], [fewer]],
			[
				'one out of reach',
				organizations,
				{ error_visibility: 'user_facing' },
				'organization-out-of-reach',
				[fewer],
				['scope'],
			],
			[
				'one, and the answer gives no reason',
				organizations,
				undefined,
				'scope-missing',
				[scope, fewer],
				[],
			],
		] as const)(
			'says what to do if the request named %s',
			async (_, filters, details, code, remedies, others) => {
				const bench = new Bench();
				bench.simulated.fail(forbidden(details));
				const error = await failureOf(bench, { filters });
				expect(error.code).toBe(code);
				expect(error.message).toContain(WORDS);
				for (const remedy of remedies) expect(error.remedy).toContain(remedy);
				for (const other of others) expect(error.remedy).not.toContain(other);
			},
		);

		test('shows what the API says', async () => {
			const bench = new Bench();
			bench.simulated.grant(ACCESS_KEY, { scopes: ['read:compliance_user_data'] });
			expect((await failureOf(bench)).message).toContain('Got: [read:compliance_user_data]');
			bench.simulated.grant(ACCESS_KEY);
			expect((await failureOf(bench, { filters: organizations })).message).toContain(
				'outside this API key',
			);
		});
	});

	describe('is distinguished from answers of somebody else', () => {
		const page = '<!DOCTYPE html><html>Blocked</html>';
		test.each<[status: number, body: string, message: string]>([
			[401, page, 'Something between this machine and the API answered with status 401 and a web'],
			[403, page, 'Something between this machine and the API answered with status 403 and a web'],
			[403, 'Access denied: Blocked', 'Something between this machine and the API answered with'],
			[403, '[{"error":"Blocked"}]', 'Something between this machine and the API answered with'],
			[403, '{"message":"Forbidden"}', 'answered with status 403: "Forbidden".'],
			[400, '{"error":"no such host"}', 'answered with status 400: "no such host".'],
			[404, '404 page not found', 'There is no Activity Feed at this address (404).'],
			[407, page, 'The proxy between this machine and the API asks for credentials (407).'],
			[407, '', 'The proxy between this machine and the API asks for credentials (407).'],
			[403, '', 'The request was refused (403), and the answer does not say by whom or why.'],
			[401, '', 'The API does not accept the Compliance Access Key'],
			[403, LONG_TEXT, 'Something between this machine and the API answered'],
			[400, 'null', 'Something between this machine and the API answered'],
		])('%i, case %#', async (status, body, message) => {
			const bench = new Bench();
			bench.simulated.fail({ status, body });
			const error = await failureOf(bench);
			expect(error.message).toContain(message);
			expect(error.message).not.toContain('Blocked');
			expect(error.message.length).toBeLessThan(600);
		});

		test.each<[status: number, code: string, message: string]>([
			[429, 'rate-limited', 'limits the rate'],
			[511, 'unavailable', 'asks to sign in (511)'],
			[502, 'unavailable', 'unavailable for now (502)'],
		])('%i with a web page keeps its meaning', async (status, code, message) => {
			const bench = new Bench();
			bench.simulated.fail({ status, body: page }, { times: Infinity });
			const error = await failureOf(bench);
			expect(error).toMatchObject({ code, status });
			expect(error.message).toContain(message);
		});
	});

	describe('because of the length of the request', () => {
		const named = (count: number) =>
			Array.from({ length: count }, (_, i) => `claude_activity_of_some_type_${i}`);
		test.each([
			[{ activityTypes: named(250) }, '250 activity types.', 'Name fewer activity types'],
			[
				{ excludeActivityTypes: named(250) },
				'250 activity types to exclude.',
				'Exclude fewer activity types',
			],
			[{ organizationIds: named(60) }, '60 organization ids.', 'or none'],
			[{ userIds: named(60), activityTypes: named(3) }, '60 user ids.', 'Name fewer of them'],
		])('names the long filter: %#', async (list, what, remedy) => {
			const filters = { ...NO_FILTERS, ...list };
			for (const fault of [
				{ status: 414, body: '<html>Request-URI Too Large</html>' },
				{ status: 431, body: '' },
				{ status: 400, body: '' },
				{ status: 400, body: '<html>Bad Request</html>' },
				{ status: 404, body: '' },
				{ status: 404, body: '<html>Not Found</html>' },
			]) {
				const bench = new Bench();
				bench.simulated.fail(fault);
				const { message } = await failureOf(bench, { filters });
				expect(message).toContain(what);
				expect(message).toContain(remedy);
			}
		});

		test('does not blame short filters, and blames none if the API itself refuses', async () => {
			const bench = new Bench();
			const filters = { ...NO_FILTERS, activityTypes: named(3) };
			bench.simulated.fail({ status: 414, body: '' });
			expect((await failureOf(bench, { filters })).message).not.toContain('3 activity types');
			const long = { ...NO_FILTERS, activityTypes: named(250) };
			const error = await failureOf(bench, { filters: long });
			expect(error.message).toContain('not one of the permitted values');
			expect(error.message).not.toContain('too long');
		});
	});

	test('quotes the API on one line and without keys', async () => {
		const bench = new Bench();
		const message = `bad\n::error::key ##[warning] ${ACCESS_KEY} \u2028${'x'.repeat(1000)}`;
		const body = JSON.stringify({
			type: 'error',
			error: { type: 'invalid_request_error', message },
		});
		bench.simulated.fail({ status: 400, body });
		const error = await failureOf(bench);
		expect(error.message).toContain('"bad ::error::key # #[warning] sk-ant-*** \\u2028xxx');
		expect(error.message).not.toMatch(/[\n\r\u2028]/);
		expect(error.message.length).toBeLessThan(700);
	});
});

describe('messages show no part of the key', () => {
	const parts = [ACCESS_KEY, ACCESS_KEY.slice(13), ACCESS_KEY.slice(20), ACCESS_KEY.slice(13, -9)];
	const echoes = parts.flatMap((part) => [
		part,
		part.replaceAll('-', '%2D'),
		...['', 'u', 'us', 'user:'].map((before) => Buffer.from(before + part).toString('base64')),
		Buffer.from(`user:${part}`).toString('base64url'),
	]);
	const hidden = (text: string) => {
		for (let at = 13; at + 9 < ACCESS_KEY.length; at++) {
			const part = ACCESS_KEY.slice(at, at + 9);
			expect(text.replaceAll('%2D', '-')).not.toContain(part);
			for (const before of ['', 'u', 'us']) {
				const coded = Buffer.from(before + part)
					.toString('base64')
					.slice(4, -4);
				expect(text).not.toContain(coded);
			}
		}
	};

	test.each(echoes)('even if an error repeats it: %s', async (echo) => {
		const bench = new Bench();
		const message = `The key ${echo} cannot do that.`;
		const body = JSON.stringify({ type: 'error', error: { type: 'permission_error', message } });
		bench.simulated.fail({ status: 400, body, headers: { 'request-id': `req_${echo}` } });
		const error = await failureOf(bench);
		hidden(error.message);
		hidden(String(error.requestId));
		expect(error.message).toContain('cannot do that');
	});
});

describe('redirects', () => {
	const page = Buffer.from('{"data":[],"has_more":false,"first_id":null,"last_id":null}');

	function feedBehind(answers: Record<string, Partial<HttpResponse>>) {
		const asked: string[] = [];
		const client = new ApiClient({
			baseUrl: 'https://api.anthropic.com',
			accessKey: ACCESS_KEY,
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
		return { feed: new Feed(client), asked };
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
	])('to another origin do not get the key: %s', async (location) => {
		const { feed, asked } = feedBehind(to(location));
		await expect(feed.page(QUERY)).rejects.toMatchObject({ code: 'redirect-refused' });
		expect(asked).toHaveLength(1);
	});

	test('in circles end with an error', async () => {
		const { feed, asked } = feedBehind(to('/v1/compliance/activities'));
		await expect(feed.page(QUERY)).rejects.toMatchObject({ code: 'redirect-refused' });
		expect(asked).toHaveLength(6);
	});
});

describe('the shared budget', () => {
	async function use(bench: Bench, pages: number) {
		for (let page = 0; page < pages; page++) await bench.feed.page({ ...QUERY, limit: 1 });
	}

	test('allows full speed while much of it is left', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		await use(bench, 50);
		expect(bench.sleeps).toEqual([]);
	});

	test('never falls below its reserve, so other integrations keep their share', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		await use(bench, 300);
		expect(bench.simulated.requests.filter(({ status }) => status === 429)).toEqual([]);
		const minutes = (bench.clock.now() - PRESENT) / MINUTE;
		expect(300 / Math.ceil(minutes)).toBeLessThanOrEqual(82);
		expect(minutes).toBeLessThan(5);
	});

	test('makes requests wait for the next minute if others have used it up', async () => {
		const bench = new Bench({ requestsPerMinute: 100 });
		const headers = { 'x-api-key': ACCESS_KEY };
		for (let i = 0; i < 90; i++)
			bench.simulated.answer({ url: '/v1/compliance/activities', headers });
		await use(bench, 2);
		expect(bench.clock.now() - PRESENT).toBeGreaterThanOrEqual(MINUTE - SECOND);
		expect(bench.infos.join()).toContain('shared request budget');
	});
});
