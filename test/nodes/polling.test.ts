import { describe, expect, test } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';
import catalogue from '../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { ACCESS_KEY, READ_SCOPE } from '../simulators/activity-feed/keys';
import type { DurableEngine } from './n8n/engines';
import { type BenchOptions, MINUTE, SECOND, time, TriggerBench } from './harness';

const engines = ['default', 'durable'] as const;

describe.each(engines)('on the %s engine', (engine) => {
	test('each poll delivers new activities, oldest first, and each activity once', async () => {
		const bench = new TriggerBench({ engine });
		const first = bench.backlog(3, MINUTE);
		await bench.publish();
		const second = [bench.happened(SECOND)];
		await bench.poll();
		await bench.poll();
		const third = bench.backlog(2, 0);
		await bench.poll();
		expect(bench.ids).toEqual([...first, ...second, ...third]);
		expect(bench.sizes).toEqual([3, 1, 2]);
	});

	test('a poll without new activities starts no execution', async () => {
		const bench = await new TriggerBench({ engine }).publish();
		await bench.poll();
		expect(bench.engine.executions).toEqual([]);
		expect(bench.network.sent).toHaveLength(2);
	});

	test('a poll without new activities costs one request, whatever the overlap holds', async () => {
		const bench = new TriggerBench({ engine, recordReads: true });
		bench.backlog(50, 0);
		await bench.publish();
		for (let requests = 1; requests <= 3; requests++) {
			expect(bench.network.sent).toHaveLength(requests);
			await bench.poll();
		}
		expect(bench.sizes).toEqual([50]);
	});

	test('after a restart, polls continue where the last one ended', async () => {
		const bench = new TriggerBench({ engine });
		const first = bench.happened(MINUTE);
		await bench.publish();
		await bench.poll();
		const second = bench.happened(SECOND);
		await bench.restart();
		await bench.poll();
		expect(bench.ids).toEqual([first, second]);
	});

	test('a burst beyond Max Activities per Poll is delivered poll by poll', async () => {
		const bench = new TriggerBench({ engine, parameters: { maxActivities: 20 } });
		const burst = bench.backlog(50, 0);
		await bench.publish();
		await bench.poll();
		await bench.poll();
		await bench.poll();
		expect(bench.sizes).toEqual([20, 20, 10]);
		expect(bench.ids).toEqual(burst);
	});

	test('a poll that fails does not change the state, and the next one continues', async () => {
		const bench = new TriggerBench({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		const before = bench.engine.remembered();
		const id = bench.happened(SECOND);
		bench.network.down = true;
		await bench.failure();
		expect(bench.engine.remembered()).toEqual(before);
		bench.network.down = false;
		await bench.poll();
		expect(bench.ids.at(-1)).toBe(id);
	});

	test('the progress over pages without new activities is kept if a later page fails; a failure that lasts shows', async () => {
		const bench = new TriggerBench({ engine, parameters: pagesOf(10) });
		const ids = bench.backlog(15, SECOND);
		await bench.publish();
		const before = bench.engine.remembered();
		bench.fails({ status: 403 }, { after: 1 });
		expect(await bench.poll()).toBeUndefined();
		expect(bench.logged('warn').at(-1)).toContain('ended early');
		expect(bench.engine.remembered()).not.toEqual(before);
		bench.fails({ status: 403 });
		expect(await bench.failure()).toMatchObject({ httpCode: '403' });
		await bench.poll();
		bench.fails({ status: 403 }, { after: 1 });
		expect(await bench.poll()).toBeUndefined();
		expect(bench.ids).toEqual(ids);
	});

	test('the pages before a failure are delivered, and the failure shows at the next poll if it lasts', async () => {
		const bench = await new TriggerBench({ engine, parameters: pagesOf(10) }).publish();
		const backlog = bench.backlog(25, SECOND);
		bench.fails({ status: 403 }, { after: 2, times: 2 });
		await bench.poll();
		expect(bench.sizes).toEqual([20]);
		expect(bench.logged('warn').at(-1)).toContain('ended early');
		await bench.failure();
		await bench.poll();
		expect(bench.ids).toEqual(backlog);
	});

	test('answers without a Date lose and repeat nothing, and are reported once', async () => {
		const bench = new TriggerBench({ engine });
		bench.network.dated = false;
		const ids = bench.backlog(3, MINUTE);
		await bench.publish();
		for (let minute = 0; minute < 12; minute++) {
			ids.push(bench.happened(4 * MINUTE), bench.happened(SECOND));
			await bench.poll();
		}
		expect(bench.ids).toEqual(ids);
		expect(bench.logged('warn')).toEqual([expect.stringContaining('no readable Date header')]);
	});

	test('nor do they if an activity appears between two pages, late by almost the overlap', async () => {
		const bench = new TriggerBench({ engine, parameters: pagesOf(10) });
		bench.network.dated = false;
		await bench.publish();
		time.pass(10 * MINUTE);
		bench.backlog(15, SECOND);
		const created_at = new Date(bench.now - 298 * SECOND).toISOString();
		const { id } = bench.feed.add({ type: 'x', created_at }, { visibleAt: bench.now + SECOND });
		bench.slow(10 * SECOND);
		bench.network.meanwhile = () => void bench.happened(0);
		await bench.pollNow();
		expect(bench.ids).not.toContain(id);
		await bench.poll();
		expect(bench.ids).toContain(id);
		expect(new Set(bench.ids).size).toBe(bench.ids.length);
	});

	test('the state is plain JSON: the checkpoint, and the Backfill Start Date', async () => {
		const bench = new TriggerBench({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		expect(Object.keys(bench.engine.stored())).toEqual(['checkpoint', 'backfillStartDate']);
		expect(bench.checkpoint).toMatchObject({ version: 4, frontier: expect.any(String) });
	});
});

describe('errors of later polls', () => {
	test.each([
		{
			fault: { status: 429, headers: { 'retry-after': '300' } },
			message: 'limits the rate',
			wayOut: 'Run this integration less often',
			httpCode: '429',
			failure: { cause: 'rate-limited', retryAfterMs: 300_000 },
		},
		{
			fault: { status: 529 },
			message: 'unavailable for now',
			wayOut: 'status page',
			httpCode: '529',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { status: 429, headers: { 'retry-after': '31536000' } },
			message: 'it asks to wait 3600 s',
			wayOut: 'Run this integration less often',
			httpCode: '429',
			failure: { cause: 'rate-limited', retryAfterMs: 3_600_000 },
		},
		{
			fault: { status: 401, body: refusalOf('API key has expired.') },
			message: 'invalid, revoked or expired (401). The API says: "API key has expired"',
			wayOut:
				'Check that the whole key was copied. If it was revoked or has expired, create a new one',
			httpCode: '401',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { status: 403, body: refusalOf('Missing required scopes. Got: []. Needed: [x]') },
			message: 'lacks a scope',
			wayOut: 'Create a key with the scope read:compliance_activities, or read:org_audit',
			httpCode: '403',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { status: 407, body: '<html>Proxy Authentication Required</html>' },
			message: 'The proxy between this machine and the API asks for credentials',
			wayOut: "Put the proxy's user and password into its address",
			httpCode: '407',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { status: 404 },
			message: 'no Activity Feed at this address',
			wayOut: 'Check the base URL',
			httpCode: '404',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { status: 400, body: refusalOf('activity_types[]: unknown') },
			message: 'does not accept the request',
			wayOut: 'Check the filters',
			httpCode: '400',
			failure: { cause: 'temporarily-unavailable' },
		},
		{
			fault: { transform: () => ({ data: [] }) },
			message: 'without has_more',
			wayOut: 'Nothing is lost',
			httpCode: null,
			failure: { cause: 'temporarily-unavailable' },
		},
	])('say $message', async ({ fault, message, wayOut, httpCode, failure }) => {
		const bench = await new TriggerBench().publish();
		bench.fails(fault, { times: Infinity });
		const error = await bench.failure();
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toContain(message);
		expect(error.description).toContain(wayOut);
		expect(error.description).toMatch(/\(request-id: req_\w+\)$/);
		expect(error.httpCode).toBe(httpCode);
		expect(error.failure).toEqual(failure);
	});

	test('say which filter is too long', async () => {
		const types = Object.keys(catalogue.types).slice(0, 250);
		const bench = await new TriggerBench({
			parameters: { filters: { activityTypes: types } },
		}).publish();
		bench.fails({ status: 431, body: '' }, { times: Infinity });
		const error = await bench.failure();
		expect(error.message).toContain('(431): it names 250 activity types.');
		expect(error.description).toContain('Name fewer activity types, or exclude those');
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
	});

	test('say that the key does not reach an organization', async () => {
		const parameters = { organizationIds: 'org_01main' };
		const bench = await new TriggerBench({ parameters }).publish();
		bench.feed.grant(ACCESS_KEY, { scopes: [READ_SCOPE], organizations: ['org_01sandbox'] });
		const error = await bench.failure();
		expect(error.message).toContain('does not reach all requested organizations');
		expect(error.description).toContain('Remove organization ids that the key does not reach');
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
	});

	test.each([
		['nothing listens', (bench: TriggerBench) => (bench.network.down = true)],
		['nothing answers', (bench: TriggerBench) => bench.fails({ hang: true }, { times: Infinity })],
		['the line is cut', (bench: TriggerBench) => bench.fails({ reset: true }, { times: Infinity })],
		['a proxy answers', (bench: TriggerBench) => bench.fails({ html: true }, { times: Infinity })],
	])('say that waiting helps when %s', async (_, breakIt) => {
		const bench = await new TriggerBench().publish();
		breakIt(bench);
		const error = await bench.failure();
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.description).toContain('Nothing is lost');
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
	});

	test('make the durable engine wait as long as the API asks', async () => {
		const bench = await new TriggerBench({ engine: 'durable' }).publish();
		bench.fails({ status: 429, headers: { 'retry-after': '300' } });
		await bench.failure();
		const asked = bench.network.sent.length;
		for (let minute = 1; minute < 5; minute++) await bench.poll();
		expect(bench.network.sent).toHaveLength(asked);
		await bench.poll();
		expect(bench.network.sent).toHaveLength(asked + 1);
	});
});

describe('static data on the default engine', () => {
	test('is saved only by polls that start an execution; the next poll reads again what the others read', async () => {
		const bench = new TriggerBench();
		bench.happened(MINUTE);
		await bench.publish();
		const { checkpoint } = bench;
		await bench.poll();
		expect(bench.checkpoint).toEqual(checkpoint);
		const id = bench.happened(SECOND);
		await bench.restart();
		expect(bench.ids.at(-1)).toBe(id);
		expect(bench.sizes).toEqual([1, 1]);
		expect(bench.checkpoint).not.toEqual(checkpoint);
	});

	test('that a crash kept from being saved repeats the batch', async () => {
		const bench = await new TriggerBench().publish();
		const [one, two] = [bench.happened(2 * SECOND), bench.happened(SECOND)];
		bench.engine.killAtEmit = true;
		await bench.poll();
		expect(bench.ids).toEqual([one, two]);
		await bench.restart();
		await bench.poll();
		expect(bench.ids).toEqual([one, two, one, two]);
	});

	test('that another node set back repeats activities, but loses none', async () => {
		const bench = new TriggerBench();
		const first = bench.happened(MINUTE);
		await bench.publish();
		const older = bench.engine.stored();
		await bench.poll();
		const second = bench.happened(SECOND);
		await bench.poll();
		bench.engine.overwrite(older);
		const third = bench.happened(SECOND);
		await bench.restart();
		expect(bench.ids).toEqual([first, second, second, third]);
	});
});

describe('state on the durable engine', () => {
	const backlogOf = (count: number) => {
		const bench = new TriggerBench({ engine: 'durable' });
		const engine = bench.engine as DurableEngine;
		return { bench, engine, ids: bench.backlog(count, MINUTE) };
	};

	test('that is not stored yet makes the next poll skip, not repeat', async () => {
		const { bench, engine, ids } = backlogOf(3);
		engine.storesLater = true;
		await bench.publish();
		await bench.pollNow();
		engine.store();
		await bench.poll();
		expect(bench.ids).toEqual(ids);

		const next = bench.happened(SECOND);
		engine.storesLater = true;
		await bench.poll();
		time.pass(5 * SECOND);
		await bench.pollNow();
		engine.store();
		await bench.poll();
		expect(bench.ids).toEqual([...ids, next]);
	});

	test('that was never stored repeats the batch', async () => {
		const { bench, engine, ids } = backlogOf(3);
		await bench.publish();
		engine.overwrite({});
		await bench.poll();
		expect(bench.ids).toEqual([...ids, ...ids]);
	});
});

describe('polls that overlap', () => {
	const slow = (options = {}) => {
		const bench = new TriggerBench(options);
		bench.slow(10 * SECOND);
		return bench;
	};

	test.each<BenchOptions>([
		{ engine: 'default' },
		{ engine: 'durable' },
		{ engine: 'durable', pollTimeout: 2 * MINUTE },
	])('of one node: the later one is skipped, not queued: %j', async (options) => {
		const bench = await slow(options).publish();
		const id = bench.happened(SECOND);
		const asked = bench.network.sent.length;
		await Promise.all([bench.pollNow(), bench.pollNow(), bench.pollNow()]);
		expect(bench.ids).toEqual([id]);
		expect(bench.network.sent).toHaveLength(asked + 1);
		expect(bench.logged('info').filter((line) => line.includes('still running'))).toHaveLength(2);
	});

	test.each(['workflow', 'node'])('of another %s are independent', async (other) => {
		const bench = await slow().publish();
		const { workflowId } = bench.installation.setup;
		const place = other === 'node' ? { workflowId, nodeId: 'another' } : {};
		const beside = await new TriggerBench({ ...place, beside: bench }).publish();
		const id = bench.happened(SECOND);
		await Promise.all([bench.pollNow(), beside.pollNow()]);
		expect(bench.ids).toEqual([id]);
		expect(beside.ids).toEqual([id]);
	});

	test('are not blocked for ever by one that does not end', async () => {
		const bench = await new TriggerBench().publish();
		let release!: () => void;
		bench.installation.credentialsHeld = new Promise((resolve) => (release = resolve));
		const stuck = bench.engine.poll();
		bench.installation.credentialsHeld = undefined;
		const id = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toEqual([]);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
		release();
		await time.settle(stuck);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test('do not block the one at publication, so that it can report a bad key', async () => {
		const bench = await slow().publish();
		const under = bench.engine.poll();
		bench.feed.revoke(ACCESS_KEY);
		await expect(bench.publish()).rejects.toMatchObject({ httpCode: '401' });
		await time.settle(under);
	});

	test('are not blocked by one that has failed', async () => {
		const bench = await slow().publish();
		bench.network.down = true;
		await bench.failure();
		bench.network.down = false;
		const id = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});
});

describe.each(engines)('if large pages do not arrive in time, on the %s engine', (engine) => {
	test('polls succeed after a few failures, and every activity comes once', async () => {
		const bench = await new TriggerBench({ engine, cursorsBoundToQuery: true }).publish();
		const backlog = bench.backlog(2500, 10 * MINUTE);
		bench.feed.heavyPages = { rows: 1000, fault: { hang: true } };
		let polls = 0;
		while (bench.ids.length === 0 && polls < 20) {
			polls++;
			await bench.poll();
		}
		expect(polls).toBe(engine === 'default' ? 3 : 5);
		for (let more = 0; more < 5; more++) await bench.poll();
		expect(bench.ids).toEqual(backlog);
		const failed = 'The poll failed again';
		expect(bench.logged('warn').filter((each) => !each.startsWith(failed))).toEqual([]);
	});
});

describe('the time a poll has', () => {
	const slowPages = async (options: ConstructorParameters<typeof TriggerBench>[0]) => {
		const bench = await new TriggerBench({ parameters: pagesOf(10), ...options }).publish();
		const backlog = bench.backlog(250, SECOND);
		bench.slow(5 * SECOND);
		return { bench, backlog };
	};
	const duration = async (bench: TriggerBench) => {
		time.pass(MINUTE);
		const since = Date.now();
		await bench.pollNow();
		return Date.now() - since;
	};

	test.each([
		[45 * SECOND, 36 * SECOND, 50],
		[75 * SECOND, MINUTE, 80],
		[2 * MINUTE, MINUTE, 80],
		[10 * MINUTE, MINUTE, 80],
	])('on the durable engine is used, page by page: %d ms', async (pollTimeout, most, least) => {
		const { bench, backlog } = await slowPages({ engine: 'durable', pollTimeout });
		expect(await duration(bench)).toBeLessThanOrEqual(most);
		expect(bench.items.length).toBeGreaterThanOrEqual(least);
		for (let poll = 0; poll < 10; poll++) await bench.poll();
		expect(bench.ids).toEqual(backlog);
	});

	test.each([null, 5 * MINUTE])(
		'is a minute at most, because then the next poll starts: %p',
		async (budget) => {
			const { bench } = await slowPages({ engine: 'default', budget });
			expect(await duration(bench)).toBeLessThanOrEqual(MINUTE);
			expect(bench.items.length).toBeGreaterThanOrEqual(80);
		},
	);

	test.each([0, 1000, 5000])('of %d ms still allows for a page', async (budget) => {
		const bench = new TriggerBench({ budget });
		const id = bench.happened(MINUTE);
		await bench.publish();
		expect(bench.ids).toEqual([id]);
	});

	test.each(['default', 'durable'] as const)(
		'is no longer than n8n waits if the API hangs: %s engine',
		async (engine) => {
			const bench = await new TriggerBench({ engine }).publish();
			bench.fails({ hang: true }, { times: Infinity });
			time.pass(MINUTE);
			const since = Date.now();
			expect(await bench.pollNow()).toBeInstanceOf(NodeApiError);
			expect(Date.now() - since).toBeLessThan(bench.pollTimeout);
		},
	);

	test('is measured by a clock that nobody sets back', async () => {
		const { bench } = await slowPages({ engine: 'durable' });
		bench.network.meanwhile = () => time.setBack(MINUTE);
		const since = performance.now();
		await bench.pollNow();
		expect(performance.now() - since).toBeLessThanOrEqual(36 * SECOND);
	});

	test('ends before a page that would not come, and keeps the pages that did', async () => {
		const { bench, backlog } = await slowPages({ engine: 'durable' });
		bench.fails({ hang: true }, { after: 2, times: Infinity });
		expect(await duration(bench)).toBeLessThan(bench.pollTimeout);
		expect(bench.ids).toEqual(backlog.slice(0, 20));
	});
});

function pagesOf(pageSize: number) {
	return { options: { pageSize } };
}

function refusalOf(message: string): string {
	return JSON.stringify({ type: 'error', error: { type: 'scripted', message } });
}
