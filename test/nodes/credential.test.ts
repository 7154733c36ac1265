import { describe, expect, test } from '@jest/globals';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { BASE_URL, GetManyBench } from './harness';
import { testCredential } from './n8n/credential-test';

const OK = 'Connection successful!';
const errorPage = { status: 502, body: '<html>Bad Gateway</html>' };
const otherJson = { transform: () => ({ status: 'ok' }) };

describe('the test of the credential', () => {
	test.each<[string, (bench: GetManyBench) => void, string]>([
		['a key that works', () => undefined, OK],
		['an invalid key', ({ feed }) => feed.revoke(ACCESS_KEY), 'The key is not accepted'],
		[
			'an expired key',
			({ feed }) => feed.grant(ACCESS_KEY, { scopes: [], expired: true }),
			'invalid, revoked or expired',
		],
		[
			'a key without the scope',
			({ feed }) => feed.grant(ACCESS_KEY, { scopes: ['read:other'] }),
			'create a key with read:compliance_activities, or read:org_audit',
		],
		['another path', failing({ status: 404 }), 'There is no Activity Feed at this address'],
		['used up requests', failing({ status: 429 }), 'try again in a minute'],
		['an outage', failing({ status: 503 }), 'The API is unavailable'],
		['an overload', failing({ status: 529 }), 'The API is unavailable'],
		['a refused parameter', failing({ status: 400 }), 'The API is unavailable or refused'],
		['a web page', failing({ html: true }), 'The answer is not from the Activity Feed'],
		[
			'a gateway with an error page',
			failing(errorPage),
			'The answer is not from the Activity Feed',
		],
		['JSON of something else', failing(otherJson), 'The answer is not from the Activity Feed'],
		[
			'a redirect',
			failing({ redirect: 'https://elsewhere.example/' }),
			'The answer is not from the Activity Feed',
		],
	])('tells of %s', async (_, arrange, message) => {
		const bench = new GetManyBench();
		arrange(bench);
		const result = await testCredential(bench.installation);
		expect(result).toEqual({
			status: message === OK ? 'OK' : 'Error',
			message: expect.stringContaining(message),
		});
	});

	test('sends the key to the base URL alone, even through a redirect', async () => {
		const bench = new GetManyBench();
		const elsewhere = 'https://elsewhere.example';
		bench.network.serve(elsewhere, new ActivityFeed({ clock: { now: () => bench.now } }));
		bench.fails({ redirect: `${elsewhere}/v1/compliance/activities` });
		await testCredential(bench.installation);
		expect(bench.network.sent).toMatchObject([
			{ url: `${BASE_URL}/v1/compliance/activities?limit=1`, headers: { 'x-api-key': ACCESS_KEY } },
		]);
	});

	test.each([` ${BASE_URL}/ `, `${BASE_URL}//`, '', BASE_URL.replace('https', 'http')])(
		'asks at the base URL "%s"',
		async (baseUrl) => {
			const bench = new GetManyBench({
				credentialData: { baseUrl, apiKey: `${ACCESS_KEY}\n` },
			});
			expect(await testCredential(bench.installation)).toMatchObject({ status: 'OK' });
		},
	);

	test('tells of a network that is down', async () => {
		const bench = new GetManyBench();
		bench.network.down = true;
		expect(await testCredential(bench.installation)).toMatchObject({ status: 'Error' });
	});
});

function failing(fault: Fault) {
	return (bench: GetManyBench) => bench.fails(fault, { times: Infinity });
}
