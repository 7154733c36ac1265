import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
	DOMAIN_RESTRICTION_FIELDS,
	getCredentialAllowedDomains,
	type ICredentialDataDecryptedObject,
	injectDomainRestrictionFields,
	type INode,
	type INodePropertyOptions,
	NodeApiError,
} from 'n8n-workflow';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { MAX_BODY_BYTES, parseBaseUrl } from '../../core';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { BASE_URL, GetManyBench, TriggerBench } from './harness';
import { testCredential } from './n8n/credential-test';

const OK = 'Connection successful!';
const ELSEWHERE = 'https://elsewhere.example';

describe('the test of the credential', () => {
	test.each<[string, (bench: GetManyBench) => void, string]>([
		['a key that works', () => undefined, OK],
		['an invalid key', ({ feed }) => feed.revoke(ACCESS_KEY), 'does not accept the Compliance'],
		[
			'an expired key',
			({ feed }) => feed.grant(ACCESS_KEY, { scopes: [], expired: true }),
			'it is invalid, revoked or expired (401)',
		],
		[
			'a key without the scope',
			({ feed }) => feed.grant(ACCESS_KEY, { scopes: ['read:other'] }),
			'read:compliance_activities',
		],
		['another path', failing({ status: 404 }), 'There is no Activity Feed at this address'],
		['used up requests', failing({ status: 429 }), 'The API limits the rate of requests'],
		['an outage', failing({ status: 503 }), 'The API is unavailable for now (503)'],
		['a refused parameter', failing({ status: 400 }), 'does not accept the request (400)'],
		['a web page', failing({ html: true }), 'The answer holds a web page instead of activities'],
		[
			'a gateway with an error page',
			failing({ status: 502, body: '<html>Bad Gateway</html>' }),
			'The API is unavailable for now (502)',
		],
		[
			'JSON of something else',
			failing({ transform: () => ({ status: 'ok' }) }),
			'an answer without a list of activities',
		],
		['a redirect', failing({ redirect: `${ELSEWHERE}/` }), 'redirects to another origin'],
		[
			'a connection that is refused',
			({ network }) => (network.down = true),
			'The connection to the API, or to a proxy on the way to it, was refused (ECONNREFUSED). Check the base URL with its port',
		],
		[
			'the address of a proxy that is not a URL',
			({ network }) =>
				(network.meanwhile = () => {
					throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
				}),
			'The address of the API, or of a proxy on the way to it, is not a URL (ERR_INVALID_URL). Check that address',
		],
		['no answer', failing({ hang: true }), 'No complete answer came'],
		[
			'an answer without end',
			({ network }) => (network.rewrite = () => Buffer.alloc(MAX_BODY_BYTES + 1, ' ')),
			'An answer of the API is too large (more than 64 MiB)',
		],
	])('reports %s, with one request', async (_, arrange, message) => {
		const bench = new GetManyBench();
		arrange(bench);
		const result = await testCredential(bench.installation);
		expect(result).toEqual({
			status: message === OK ? 'OK' : 'Error',
			message: expect.stringContaining(message),
		});
		expect(bench.network.sent).toHaveLength(1);
		expect(result.message).not.toContain(ACCESS_KEY);
	});

	test('says in words that the name of the base URL was not found', async () => {
		const bench = new GetManyBench({ credentialData: { baseUrl: ELSEWHERE } });
		const { status, message } = await testCredential(bench.installation);
		expect(status).toBe('Error');
		expect(message).toContain(
			'The name of the API, or of a proxy on the way to it, was not found (ENOTFOUND). Check the base URL for a typing error',
		);
	});

	test.each(['', 'sk-ant-api03-for-models', '"quoted"'])(
		'sends nothing with a key that can never work: %j',
		async (apiKey) => {
			const bench = new GetManyBench({ credentialData: { apiKey } });
			expect(await testCredential(bench.installation)).toMatchObject({ status: 'Error' });
			expect(bench.network.sent).toEqual([]);
		},
	);

	test.each<[string, string, Buffer | undefined]>([
		['whose coding is not known', 'zstd, sdch', undefined],
		['that is coded too often', Array(6).fill('gzip').join(), undefined],
		['that is not UTF-8', '', Buffer.from('{"data":[],"name":"Zoë"}', 'latin1')],
		['that is cut', '', Buffer.from('{"data":')],
		['that is too large', '', Buffer.alloc(MAX_BODY_BYTES + 1, ' ')],
	])('refuses an answer %s, with the message of the node', async (_, coding, body) => {
		const bench = new GetManyBench();
		bench.fails({ headers: { 'content-encoding': coding } }, { times: Infinity });
		if (body) bench.network.rewrite = () => body;
		const { status, message } = await testCredential(bench.installation);
		expect(status).toBe('Error');
		const failure = await bench.execute().catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(NodeApiError);
		expect(message).toContain((failure as NodeApiError).message);
	});

	test('is the same for both nodes', async () => {
		for (const bench of [new GetManyBench(), new TriggerBench()]) {
			expect(await testCredential(bench.installation)).toEqual({ status: 'OK', message: OK });
		}
	});

	test('sends the key to the base URL alone, even through a redirect', async () => {
		const bench = new GetManyBench();
		bench.network.serve(ELSEWHERE, new ActivityFeed({ clock: { now: () => bench.now } }));
		bench.fails({ redirect: `${ELSEWHERE}/v1/compliance/activities` });
		await testCredential(bench.installation);
		expect(bench.network.sent).toMatchObject([
			{
				url: `${BASE_URL}/v1/compliance/activities?order=desc&limit=1`,
				headers: { 'x-api-key': ACCESS_KEY },
			},
		]);
	});

	test.each([` ${BASE_URL}/ `, `${BASE_URL}//`, ''])(
		'asks at the base URL "%s"',
		async (baseUrl) => {
			const bench = new GetManyBench({ credentialData: { baseUrl, apiKey: `${ACCESS_KEY}\n` } });
			expect(await testCredential(bench.installation)).toMatchObject({ status: 'OK' });
		},
	);
});

describe('the credential', () => {
	const credential = new AnthropicComplianceApi();
	const property = (name: string) => credential.properties.find((each) => each.name === name);

	test('says at the key which kinds there are, and which scope they need', () => {
		for (const part of ['sk-ant-api01-', 'sk-ant-admin01-', 'read:compliance_activities']) {
			expect(property('apiKey')?.hint).toContain(part);
		}
	});

	test('lets no HTTP Request node send the key, unless the user allows it', () => {
		// n8n leaves its own field, which allows all domains, out.
		expect(injectDomainRestrictionFields(credential)).toEqual(credential.properties);
		const { name, default: mode } = property('allowedHttpRequestDomains') ?? {};
		const request = { node: { name: 'HTTP Request' } as INode, surface: 'HTTP Request' };
		const allowed = (credentialData: ICredentialDataDecryptedObject) =>
			getCredentialAllowedDomains({ ...request, credentialData });
		expect(() => allowed({ [String(name)]: String(mode) })).toThrow('configured to prevent use');
		expect(
			allowed({ allowedHttpRequestDomains: 'domains', allowedDomains: 'api.anthropic.com' }),
		).toBe('api.anthropic.com');
	});

	test('offers what n8n would offer', () => {
		for (const own of DOMAIN_RESTRICTION_FIELDS) {
			const { type, displayOptions, options } = property(own.name) ?? {};
			expect({ type, displayOptions }).toEqual({
				type: own.type,
				displayOptions: own.displayOptions,
			});
			const values = (fields: typeof options) =>
				(fields as INodePropertyOptions[] | undefined)?.map(({ value }) => value).sort();
			expect(values(options)).toEqual(values(own.options));
		}
	});
});

/** Addresses that resemble this machine or https, but are neither. */
const hostile = [
	'http://127.0.0.1.evil.test',
	'http://localhost@evil.test',
	'http://localhost:80@evil.test',
	'http://127.evil.test',
	'http://localhost.evil.test',
	'http://localhostevil.test',
	'http://127.0.0.1:80@evil.test',
	'http://[::1]@evil.test',
	'http://[::1].evil.test',
	'http://localhost%2eevil.test',
	'http://localhost。evil.test',
	'http://127.0.0.1\t.evil.test',
	'http://localhost.',
	'http://LOCALHOST.evil.test',
	'http://[::ffff:127.0.0.1]',
	'http://[::]',
	'http://0.0.0.0',
	'http://128.0.0.1',
	'http:evil.test',
	'http:\\\\evil.test',
	'HTTP://evil.test',
	'h\nttp://evil.test',
	'https://evil.test?',
	'https://evil.test#',
	'https://user@evil.test',
	'ftp://localhost',
	'//evil.test',
	'evil.test',
];

describe.each([
	['the test of the credential', testedAt],
	['a poll', polledAt],
])('if the address is not a base URL, %s sends the key nowhere:', (_, askedAt) => {
	test.each(hostile)('%j', async (baseUrl) => {
		expect(await askedAt(baseUrl)).toEqual([]);
	});
});

const part = fc.constantFrom(
	...['localhost', '127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]'],
	...[
		'evil.test',
		'.',
		'@',
		':',
		':80',
		'/',
		'\\',
		'%2e',
		'。',
		'\t',
		'?',
		'#',
		'',
		'LOCALHOST',
		'x',
	],
);

test('whatever the address is made of, the key goes over https or stays on this machine', async () => {
	const address = fc.tuple(
		fc.constantFrom(
			'http://',
			'https://',
			'HTTP://',
			'http:',
			'http:/',
			'http:\\\\',
			'htt\tp://',
			'',
		),
		fc.array(part, { minLength: 1, maxLength: 5 }),
	);
	await fc.assert(
		fc.asyncProperty(address, async ([scheme, parts]) => {
			const baseUrl = `${scheme}${parts.join('')}`;
			for (const url of await testedAt(baseUrl)) {
				const { protocol, hostname } = new URL(url);
				const isLocal = ['localhost', '[::1]'].includes(hostname) || /^127[.\d]*$/.test(hostname);
				expect(protocol === 'https:' || isLocal).toBe(true);
				expect(url).toBe(`${parseBaseUrl(baseUrl)}/v1/compliance/activities?order=desc&limit=1`);
			}
		}),
		{ numRuns: 500 },
	);
});

/** The URLs that the test of a credential with this base URL requests. */
async function testedAt(baseUrl: string): Promise<string[]> {
	const bench = new GetManyBench({ credentialData: { baseUrl } });
	await testCredential(bench.installation);
	return bench.network.sent.map(({ url }) => url);
}

async function polledAt(baseUrl: string): Promise<string[]> {
	const bench = new TriggerBench({ credentialData: { baseUrl } });
	await bench.publish().catch(() => undefined);
	return bench.network.sent.map(({ url }) => url);
}

function failing(fault: Fault) {
	return (bench: GetManyBench) => bench.fails(fault, { times: Infinity });
}
