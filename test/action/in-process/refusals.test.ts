import { describe, expect, it } from '@jest/globals';
import catalogue from '../../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { ACCESS_KEY, type KeyGrant } from '../../simulators/activity-feed/keys';
import { type Inputs, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

const scopes = ['read:compliance_activities'];

describe('a refusal by the API is one sentence', () => {
	const refusals: [name: string, grant: KeyGrant | undefined, inputs: Inputs, message: RegExp][] = [
		[
			'unknown key',
			undefined,
			{},
			/^The API does not accept the Compliance Access Key: it is invalid, revoked or expired \(401\)\./,
		],
		[
			'expired key',
			{ scopes, expired: true },
			{},
			/or expired \(401\)\. The API says: "API key has expired"\. .*create a new one/,
		],
		[
			'missing scope',
			{ scopes: ['read:compliance_groups'] },
			{},
			/^The key lacks a scope \(403\)\..*Got: \[read:compliance_groups\].* Create a key with the scope read:compliance_activities, or read:org_audit/,
		],
		[
			'organization out of reach',
			{ scopes, organizations: ['org_01main'] },
			{ 'organization-ids': 'org_01sandbox' },
			/^The key does not reach all requested organizations .*this API key's scope"\. Remove organization ids/,
		],
		[
			'wrong path',
			{ scopes },
			{ 'base-url': '/wrong' },
			/^There is no Activity Feed at this address/,
		],
	];

	it.each(refusals)('%s', async (_, grant, inputs, message) => {
		const scene = await theatre.scene();
		scene.feed.revoke(ACCESS_KEY);
		if (grant) scene.feed.grant(ACCESS_KEY, grant);
		const path = inputs['base-url'];
		const error = await scene.fail({ ...inputs, ...(path && { 'base-url': scene.url + path }) });
		expect(error).toMatch(message);
		scene.expectReference(error);
		expect(scene.feed.requests).toHaveLength(1);
	});

	it('unknown activity type, with a guess at the right one', async () => {
		const scene = await theatre.scene();
		const run = await scene.run({ 'activity-types': 'claude_chat_create' });
		expect(run.exitCode).toBe(1);
		expect(run.annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
			expect.stringMatching(/^warning: .*claude_chat_create .*Did you mean claude_chat_created\?/),
			expect.stringMatching(
				/^error: .*\(400\)\. .*activity_types\[\]\.0: Input is not one of the permitted values/,
			),
		]);
	});

	const types = Object.keys(catalogue.types).slice(0, 250);
	it.each<[name: string, status: number, inputs: Inputs, message: RegExp]>([
		[
			'',
			403,
			{},
			/answered with status 403 and a web page\. Allow the request in the proxy or firewall/,
		],
		['of a proxy', 407, {}, /^The proxy .* asks for credentials \(407\)\. Put the proxy's user/],
		[
			'to a request that is too long',
			414,
			{ 'activity-types': types.join() },
			/^The request is too long .*\(414\): it names 250 activity types\. Name fewer activity types/,
		],
	])('a web page in place of an answer %s', async (_, status, inputs, message) => {
		const scene = await theatre.scene();
		const headers = { 'content-type': 'text/html', 'request-id': null };
		scene.feed.fail({ status, headers, body: '<html>Forbidden: ::error::x</html>' });
		expect(await scene.fail(inputs)).toMatch(message);
	});
});

describe('a redirect', () => {
	it('within the origin is followed', async () => {
		const scene = await theatre.scene();
		scene.populate(5);
		scene.feed.fail({ redirect: '/v1/compliance/activities?order=asc&limit=5000' });
		const { delivered } = await scene.succeed();
		expect(delivered).toHaveLength(5);
		expect(scene.feed.requests).toHaveLength(2);
	});

	it('in circles ends the run', async () => {
		const scene = await theatre.scene();
		scene.feed.fail({ redirect: '/v1/compliance/activities' }, { times: 50 });
		expect(await scene.fail()).toMatch(/^The API address redirects .*in circles/);
		expect(scene.feed.requests.length).toBeLessThan(10);
	});
});
