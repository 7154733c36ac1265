import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ActivityPage, Fault } from '../../simulators/activity-feed/faults';
import { ACCESS_KEY, type KeyGrant } from '../../simulators/activity-feed/keys';
import { DAY, type Inputs, MINUTE, type Scene, SECOND, Theatre, without } from './harness';

const theatre = Theatre.open();

const scopes = ['read:compliance_activities'];

describe('a refusal by the API is told in one sentence', () => {
	const refusals: [name: string, grant: KeyGrant | undefined, inputs: Inputs, message: RegExp][] = [
		['unknown key', undefined, {}, /^The API does not accept the Compliance Access Key \(401\)\./],
		[
			'expired key',
			{ scopes, expired: true },
			{},
			/^The Compliance Access Key has expired \(401\)\. .*Create a new key/,
		],
		[
			'missing scope',
			{ scopes: ['read:compliance_groups'] },
			{},
			/^The key lacks a scope \(403\)\..*Got: \[read:compliance_groups\] Needed one of: \[read:compliance_activities, read:org_audit\]/,
		],
		[
			'organization out of reach',
			{ scopes, organizations: ['org_01main'] },
			{ 'organization-ids': 'org_01sandbox' },
			/^The key may not read what was asked for \(403\)\..*organizations outside this API key's scope/,
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
		expect(error).toContain(`(request-id: ${scene.feed.requests[0]?.requestId})`);
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

	it('whatever the answer says, it stays one line and no command', async () => {
		const scene = await theatre.scene();
		const message = `\n::error::forged\r\n::set-output name=count::7\u2028${ACCESS_KEY} ${'x'.repeat(5000)}`;
		scene.feed.fail({ status: 400, body: JSON.stringify({ error: { message } }) }, { times: 2 });
		const run = await scene.run();
		expect(run.exitCode).toBe(1);
		expect(run.outputs).toEqual({});
		const [error] = run.annotations;
		expect(run.annotations).toHaveLength(1);
		expect(error?.message).toMatch(/^The API does not accept the request \(400\)\./);
		expect(error?.message).not.toContain('\n');
		expect(error?.message.length).toBeLessThan(800);
	});

	it('a web page in place of an answer', async () => {
		const scene = await theatre.scene();
		const headers = { 'content-type': 'text/html', 'request-id': null };
		scene.feed.fail({ status: 403, headers, body: '<html>Forbidden: ::error::x</html>' });
		const error = await scene.fail();
		expect(error).toMatch(/answered with status 403 and a web page\. A proxy or firewall/);
	});
});

describe('an input that cannot be used stops the run before any request', () => {
	const tomorrow = new Date(Date.now() + DAY).toISOString();
	it.each<[name: string, inputs: Inputs, message: RegExp]>([
		['no key', { 'compliance-access-key': '' }, /^No Compliance Access Key was given\./],
		[
			'model key',
			{ 'compliance-access-key': 'sk-ant-api03-key-for-models' },
			/^The key given is for calling models/,
		],
		['no key at all', { 'compliance-access-key': 'hunter2' }, /does not look like a key/],
		['plain http', { 'base-url': 'http://api.example.com' }, /^The base URL is not an https URL/],
		['user in URL', { 'base-url': 'https://a:b@example.com' }, /^The base URL is not an https URL/],
		['organization', { 'organization-ids': 'org_1, acme!' }, /^Not an organization id: acme!\./],
		['user', { 'user-ids': 'someone' }, /^Not a user id: someone\. Expected user_…/],
		['type', { 'activity-types': 'Chat Created' }, /^Not an activity type: Chat, Created\./],
		[
			'contradiction',
			{ 'activity-types': 'user_logged_out', 'exclude-activity-types': 'claude_chat_created' },
			/^Activity types to include and to exclude were both given.* Keep one of the two lists\.$/,
		],
		['future', { 'backfill-start': tomorrow }, /^The backfill start lies in the future/],
		['no date', { 'backfill-start': '2025-02-30' }, /^The backfill start is not an ISO 8601 date/],
		['overlap', { overlap: '30s' }, /^The input overlap cannot be used: "30s"\./],
		['overlap unit', { overlap: '300' }, /^The input overlap cannot be used: "300"\./],
		['boolean', { artifact: 'yes' }, /^The input artifact cannot be used: "yes"\./],
		['page size', { 'page-size': '5001' }, /^The input page-size cannot be used: "5001"\./],
		['limit', { 'max-activities': '0' }, /^The input max-activities cannot be used: "0"\./],
		['time limit', { 'time-limit': 'soon' }, /^The input time-limit cannot be used: "soon"\./],
		['name', { 'artifact-name': 'a/b' }, /^The input artifact-name cannot be used: "a\/b"\./],
		['retention', { 'artifact-retention-days': '-1' }, /artifact-retention-days cannot be used/],
		['checkpoint', { checkpoint: 'redis' }, /^The input checkpoint cannot be used: "redis"\./],
		['prefix', { 'cache-key-prefix': 'a/b' }, /^The input cache-key-prefix cannot be used/],
		['directory', { 'output-directory': '' }, /^The input output-directory cannot be used/],
		['forged', { overlap: '1m\n::error::x' }, /^The input overlap cannot be used/],
	])('%s', async (_, inputs, message) => {
		const scene = await theatre.scene();
		expect(await scene.fail(inputs)).toMatch(message);
		expect(scene.feed.requests).toEqual([]);
	});

	it('but white space around the key does no harm', async () => {
		const scene = await theatre.scene();
		await scene.succeed({ 'compliance-access-key': ` ${ACCESS_KEY}\n` });
		expect(scene.feed.requests[0]?.headers['x-api-key']).toBe(ACCESS_KEY);
	});
});

describe('an answer that breaks the rules ends the run, and the next one delivers everything', () => {
	const page = (change: (page: ActivityPage) => unknown): Fault => ({ transform: change });
	const withRow = (change: (row: Record<string, unknown>) => unknown) =>
		page((sent) => ({ ...sent, data: [...sent.data.slice(1), change(sent.data[0]!)] }));

	it.each<[name: string, fault: Fault, message: string]>([
		['no has_more', page((sent) => without(sent, 'has_more')), 'a page without has_more'],
		['no list', page((sent) => without(sent, 'data')), 'an answer without a list of activities'],
		['empty page', { emptyPageWithMore: true }, 'an empty page that claims more'],
		['no last_id', page((sent) => ({ ...sent, last_id: null })), 'claims more, but has no last_id'],
		['no id', withRow((row) => without(row, 'id')), 'a record without id'],
		['no time', withRow((row) => ({ ...row, created_at: 'now' })), 'without a created_at'],
		['no object', withRow(() => 'activity'), 'a record that is no object'],
		['order', page((sent) => ({ ...sent, data: sent.data.reverse() })), 'a page out of order'],
		[
			'before the start',
			page((sent) => ({
				...sent,
				data: [{ ...sent.data[0], created_at: '2025-01-01T00:00:00Z' }, ...sent.data.slice(1)],
			})),
			'an activity older than what was asked for',
		],
		['no date', { headers: { date: null } }, 'an answer without a Date header'],
	])('%s', async (_, fault, message) => {
		const { scene, before, limited } = await begun();
		// The page before it is good, and has been written when this one comes.
		scene.feed.fail(fault, { after: 1 });
		await expectViolation(scene, limited, message);
		await expectAllAfter(scene, before);
	});

	it('a cursor that does not move', async () => {
		const { scene, before, limited } = await begun();
		scene.feed.fail({ stuckLastId: true }, { times: 3 });
		await expectViolation(scene, limited, 'a cursor that does not move on');
		await expectAllAfter(scene, before);
	});

	async function begun() {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(50);
		const before = await scene.succeed();
		scene.feed.generate({ count: 60, from: scene.clock.now(), to: scene.clock.now() + DAY });
		scene.clock.advance(DAY);
		return { scene, before, limited: { 'page-size': '10' } };
	}

	async function expectViolation(scene: Scene, inputs: Inputs, message: string) {
		const error = await scene.fail(inputs);
		expect(error).toMatch(/^The Activity Feed sent /);
		expect(error).toContain(message);
		expect(error).toContain(`(request-id: ${scene.feed.requests.at(-1)?.requestId})`);
	}

	async function expectAllAfter(scene: Scene, before: { delivered: readonly string[] }) {
		const after = await scene.succeed();
		expect([...before.delivered, ...after.delivered]).toEqual(scene.shown);
	}
});

describe('a failure that may pass', () => {
	const now = { 'retry-after': '0' };
	it.each<[name: string, fault: Fault, line: RegExp]>([
		['500', { status: 500 }, /The API is unavailable for now \(500\)\. Trying again in 1 s/],
		['529', { status: 529, headers: now }, /The API is unavailable for now \(529\)\./],
		['429', { status: 429, headers: now }, /limits the rate of requests \(429\); it asks to wait/],
		['reset', { reset: true }, /No whole answer came from the API .*Trying again/],
		['cut body', { cutBody: 0.7 }, /No whole answer came from the API .*Trying again/],
		['web page', { html: true }, /Instead of activities came a web page\. Trying again/],
		['cut JSON', { transform: () => '{"data":[' }, /came a cut or unreadable body\. Trying again/],
	])('is tried again with the very same request: %s', async (_, fault, line) => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(30);
		scene.feed.fail(fault, { after: 1 });
		const { delivered, log } = await scene.succeed({ 'page-size': '20' });
		expect(delivered).toEqual(scene.shown);
		expect(log).toMatch(line);
		const urls = scene.feed.requests.map(({ url }) => url);
		expect(urls).toHaveLength(3);
		expect(urls[2]).toBe(urls[1]);
	});

	it.each<[name: string, fault: Fault, message: RegExp]>([
		['500 not to be retried', { status: 500, headers: { 'x-should-retry': 'false' } }, /500/],
		[
			'500 for an hour',
			{ status: 500, headers: { 'retry-after': '3600' } },
			/^The API is unavailable for now \(500\)\. Nothing is lost/,
		],
		[
			'429 for an hour',
			{ status: 429, headers: { 'retry-after': '3600' } },
			/^The API limits the rate of requests \(429\); it asks to wait 3600 s\./,
		],
	])(
		'for good ends the run, and the next one delivers everything: %s',
		async (_, fault, message) => {
			const scene = await theatre.scene({ recordReads: false });
			scene.populate(30);
			scene.feed.fail(fault, { after: 1 });
			const error = await scene.fail({ 'page-size': '20' });
			expect(error).toMatch(message);
			expect(error).toContain(`(request-id: ${scene.feed.requests.at(-1)?.requestId})`);
			expect(scene.feed.requests).toHaveLength(2);
			expect((await scene.succeed()).delivered).toEqual(scene.shown);
		},
	);

	it.each(['upload', 'finalize', 'unreachable', 501] as const)(
		'an artifact that cannot be stored leaves the checkpoint as it is: %s',
		async (fault) => {
			const scene = await theatre.scene({ recordReads: false });
			scene.happened(DAY);
			await scene.succeed();
			scene.clock.advance(MINUTE);
			const row = scene.happened(SECOND);
			theatre.github.faults.artifacts = fault;
			const error = await scene.fail();
			delete theatre.github.faults.artifacts;
			expect((await scene.succeed()).delivered).toEqual([row.json]);
			expect(error).toMatch(/artifact/i);
		},
	);
});

describe('a redirect', () => {
	it('to another origin is refused, and the key does not go there', async () => {
		const scene = await theatre.scene();
		const seen: string[] = [];
		const other = createServer((request, response) => {
			seen.push(JSON.stringify(request.headers));
			response.end('{}');
		}).listen(0, '127.0.0.1');
		await once(other, 'listening');
		try {
			const { port } = other.address() as AddressInfo;
			for (const target of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`]) {
				scene.feed.fail({ redirect: target });
				expect(await scene.fail()).toMatch(/^The API address redirects to another origin/);
			}
		} finally {
			other.close();
		}
		expect(seen).toEqual([]);
	});

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
