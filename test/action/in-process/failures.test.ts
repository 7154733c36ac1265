import { describe, expect, it } from '@jest/globals';
import type { ActivityPage, Fault } from '../../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import {
	DAY,
	filesIn,
	type Inputs,
	linesOf,
	MINUTE,
	pagesOf,
	type Scene,
	SECOND,
	Theatre,
	without,
} from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('an input that cannot be used stops the run before any request', () => {
	it.each<[name: string, inputs: Inputs, message: RegExp]>([
		['no key', { 'compliance-access-key': '' }, /^No Compliance Access Key was given\./],
		[
			'model key',
			{ 'compliance-access-key': 'sk-ant-api03-key-for-models' },
			/^The key given is for calling models \(sk-ant-api03-…\).*\(sk-ant-api01-…\).*\(sk-ant-admin01-…\)/,
		],
		['no key at all', { 'compliance-access-key': 'hunter2' }, /does not look like a key/],
		['plain http', { 'base-url': 'http://api.example.com' }, /^The base URL is not an https URL/],
		['user in URL', { 'base-url': 'https://a:b@example.com' }, /^The base URL is not an https URL/],
		['organization', { 'organization-ids': 'org_1, acme!' }, /^Not an organization id: acme!\./],
		['user', { 'user-ids': 'someone' }, /^Not a user id: someone\. Write user_…/],
		['type', { 'activity-types': 'Chat Created' }, /^Not an activity type: Chat, Created\./],
		[
			'contradiction',
			{ 'activity-types': 'user_logged_out', 'exclude-activity-types': 'claude_chat_created' },
			/^Activity types to include and to exclude were both given.* Keep one of the two lists\.$/,
		],
		['future', { 'backfill-start': '2999-01-01' }, /^The backfill start lies in the future/],
		['no date', { 'backfill-start': '2025-02-30' }, /^The backfill start is not an ISO 8601 date/],
		['overlap', { overlap: '30s' }, /^The input overlap cannot be used: "30s"\./],
		['short overlap', { overlap: '119s' }, /119s".*at least 2m and at most 1d/],
		['overlap unit', { overlap: '300' }, /^The input overlap cannot be used: "300"\./],
		['boolean', { artifact: 'yes' }, /^The input artifact cannot be used: "yes"\./],
		['page size', { 'page-size': '5001' }, /^The input page-size cannot be used: "5001"\./],
		['limit', { 'max-activities': '0' }, /: "0"\. .*: write a whole number from 1\.$/],
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

/** A scene with 60 activities. The first 20 are on a page without a fault. */
async function sixty(fault: Fault, times = 1): Promise<Scene> {
	const scene = await theatre.scene({ recordReads: false });
	scene.populate(60);
	scene.feed.fail(fault, { after: 1, times });
	return scene;
}

const twenty: Inputs = pagesOf(20);

describe('an answer that breaks the rules', () => {
	type Change = (page: ActivityPage) => unknown;

	const broken: [name: string, change: Change, message: string][] = [
		['no has_more', (sent) => without(sent, 'has_more'), 'a page without has_more'],
		['no list', (sent) => without(sent, 'data'), 'an answer without a list of activities'],
		['order', (sent) => ({ ...sent, data: sent.data.reverse() }), 'a page out of order'],
		[
			'before the start',
			({ data: [first, ...others], ...sent }) => ({
				...sent,
				data: [{ ...first, created_at: '2025-01-01T00:00:00Z' }, ...others],
			}),
			'an activity older than requested',
		],
	];

	it.each(broken)('once is logged, and costs nothing: %s', async (_, change, message) => {
		const scene = await sixty({ transform: change });
		const { exitCode, annotations, delivered } = await scene.run(twenty);
		expect(exitCode).toBe(0);
		expect(annotations).toEqual([
			expect.objectContaining({
				level: 'warning',
				message: `The Activity Feed sent ${message}. Requesting it once more.`,
			}),
		]);
		expect(delivered).toEqual(scene.shown);
	});

	it.each(broken)(
		'for good ends the run behind what it has read, and the next one goes on: %s',
		async (_, change, message) => {
			let isBroken = true;
			const transform: Change = (sent) => (isBroken ? change(sent) : sent);
			const scene = await sixty({ transform }, Infinity);
			const first = await scene.break(twenty);
			expect(first.error).toContain(`The Activity Feed sent ${message}.`);
			scene.expectReference(first.error);
			expect(first.delivered).toEqual(scene.shown.slice(0, 20));
			isBroken = false;
			expect((await scene.succeed(twenty)).delivered).toEqual(scene.shown.slice(20));
		},
	);

	it.each<[name: string, fault: Fault, times: number, message: string]>([
		['no last_id', { moreWithoutLastId: true }, 1, 'by time instead of by cursor'],
		['a last_id that does not move', { stuckLastId: true }, 1, 'by time instead of by cursor'],
		['no date', { headers: { date: null } }, Infinity, 'no readable Date header'],
	])('may lead on all the same: %s', async (_, fault, times, message) => {
		const scene = await sixty(fault, times);
		const first = await scene.run(twenty);
		expect(first.exitCode).toBe(0);
		expect(first.annotations).toMatchObject([
			{ level: 'warning', message: expect.stringContaining(message) },
		]);
		expect(first.delivered).toEqual(scene.shown);
		expect((await scene.run()).delivered).toEqual([]);
	});
});

describe('a failure that may pass', () => {
	const now = { 'retry-after': '0' };
	it.each<[name: string, fault: Fault, line: RegExp]>([
		['500', { status: 500 }, /The API is unavailable for now \(500\)\. Trying again in 1 s/],
		['529', { status: 529, headers: now }, /The API is unavailable for now \(529\)\./],
		['429', { status: 429, headers: now }, /limits the rate of requests \(429\)\. Trying again in/],
		['reset', { reset: true }, /No complete answer came from the API .*Trying again/],
		['cut body', { cutBody: 0.7 }, /No complete answer came from the API .*Trying again/],
		[
			'web page',
			{ html: true },
			/The answer holds a web page instead of activities\. Trying again/,
		],
		[
			'cut JSON',
			{ transform: () => '{"data":[' },
			/holds a cut or unreadable body instead of activities\. Trying again/,
		],
	])('is tried again with the very same request: %s', async (_, fault, line) => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(30);
		scene.feed.fail(fault, { after: 1 });
		const { delivered, log } = await scene.succeed(pagesOf(20));
		expect(delivered).toEqual(scene.shown);
		expect(log).toMatch(line);
		const urls = scene.feed.requests.map(({ url }) => url);
		expect(urls).toHaveLength(3);
		expect(urls[2]).toBe(urls[1]);
	});

	it.each([504, 413])('comes from pages that are too large: %i', async (status) => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(2600);
		scene.feed.onRequest = (number) => {
			if (number === 2) scene.feed.heavyPages = { rows: 1000, fault: { status } };
		};
		const { delivered, log } = await scene.succeed({ 'page-size': '1500' });
		expect(delivered).toEqual(scene.shown);
		expect(log).toMatch(/with smaller pages \(try/);
		const sizes = scene.asked.map((asked) => asked.get('limit'));
		const again = status === 504 ? ['1500'] : [];
		expect(sizes).toEqual(['1500', '1500', ...again, '750', '750']);
	});

	const final: [name: string, fault: Fault, message: RegExp][] = [
		['500 not to be retried', { status: 500, headers: { 'x-should-retry': 'false' } }, /500/],
		[
			'500 for an hour',
			{ status: 500, headers: { 'retry-after': '3600' } },
			/^The API is unavailable for now \(500\)\. Try again later\. .* Nothing is lost; the next run continues from the same place\./,
		],
		[
			'429 for an hour',
			{ status: 429, headers: { 'retry-after': '3600' } },
			/^The API limits the rate of requests \(429\); it asks to wait 3600 s\./,
		],
		['a key that has been revoked', { status: 401 }, /^The API does not accept the .*\(401\)/],
	];

	it.each(final)(
		'for good ends the run behind what it has read, and the next one goes on: %s',
		async (_, fault, message) => {
			const scene = await sixty(fault);
			const first = await scene.break(twenty);
			expect(first.error).toMatch(message);
			scene.expectReference(first.error);
			expect(first.error).toContain(
				'20 new activities of this run are delivered anyway, and the next run continues',
			);
			expect(first.summary).toContain('**20 new activities**');
			expect(first.delivered).toEqual(scene.shown.slice(0, 20));
			expect(linesOf(filesIn(first.outputs.directory ?? ''))).toEqual(first.delivered);
			expect(scene.feed.requests).toHaveLength(2);

			const second = await scene.succeed();
			expect(second.outputs['checkpoint-status']).toBe('restored');
			expect(second.delivered).toEqual(scene.shown.slice(20));
		},
	);

	it.each(final)('at the first request changes nothing: %s', async (_, fault, message) => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(30);
		scene.feed.fail(fault);
		const run = await scene.run();
		expect(run.annotations).toMatchObject([
			{ level: 'error', message: expect.stringMatching(message) },
		]);
		expect([run.exitCode, run.outputs, run.summary]).toEqual([1, {}, '']);
		expect(theatre.github.caches.entries).toEqual([]);
		expect((await scene.succeed()).delivered).toEqual(scene.shown);
	});

	it('followed by a failure of delivery is reported with it, and the old checkpoint remains', async () => {
		const scene = await sixty({ status: 401 });
		theatre.github.faults.artifacts = 'upload';
		const error = await scene.fail(twenty);
		delete theatre.github.faults.artifacts;
		expect(error).toMatch(/\(401\).*could not be delivered either: The artifact .* could not be/);
		expect((await scene.succeed()).delivered).toEqual(scene.shown);
	});

	it('is reported together with the reason why the checkpoint is not saved', async () => {
		const scene = await sixty({ status: 401 });
		theatre.github.faults.cacheWrite = 'unreachable';
		const run = await scene.run({ ...twenty, 'save-checkpoint': 'step' });
		delete theatre.github.faults.cacheWrite;
		expect([run.exitCode, run.outputs['checkpoint-saved']]).toEqual([1, 'false']);
		const errors = run.annotations.filter(({ level }) => level === 'error');
		expect(errors).toMatchObject([
			{ message: expect.stringMatching(/\(401\).*The checkpoint could not be saved/) },
		]);
		expect(run.summary).toContain('the next run delivers it again');
		// The next run would continue from it.
		theatre.github.artifacts.forget(run.runId);
		expect((await scene.succeed()).delivered).toEqual(scene.shown);
	});

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
