import { describe, expect, test } from '@jest/globals';
import { type Checkpoint, parseCheckpoint } from '../../../core';
import type { SyncOptions } from '../../../core/sync/sync';
import { ACCESS_KEY, apiKeyId } from '../../simulators/activity-feed/keys';
import type { ActivityPage } from '../../simulators/activity-feed/faults';
import { Bench, type BenchOptions, MINUTE, SECOND } from '../harness';

const TYPE = 'compliance_api_accessed';
const OTHER_KEY = 'sk-ant-api01-of-another-integration';
const stripped = { requestIds: false };

let written = 0;
const rewritten = { requestIds: () => `gateway_${++written}` };

/** A reader that leaves its own requests out. Each run is a new process. */
class OwnBench extends Bench {
	checkpoint: Checkpoint | undefined;

	async next(options: Partial<SyncOptions> = {}) {
		const { checkpoint } = this;
		const run = await this.run({ includeOwnRequests: false, checkpoint, ...options });
		this.checkpoint = run.checkpoint && parseCheckpoint(JSON.stringify(run.checkpoint));
		this.restart();
		return { ...run, leftOut: run.batches.flatMap((batch) => batch.leftOut) };
	}

	/** Repeats the last request with another key. @returns the id of the activity that it leaves */
	imitate(key: string): string {
		const before = new Set(this.simulated.rows());
		const { url = '', headers = {} } = this.simulated.requests.at(-1) ?? {};
		this.simulated.answer({ url, headers: { ...headers, 'x-api-key': key } });
		return this.simulated.rows().find((row) => !before.has(row))?.id ?? '';
	}

	/** The own requests' activities, in their order. */
	get own(): string[] {
		return this.simulated
			.rows()
			.filter(({ type }) => type === TYPE)
			.map(({ id }) => id);
	}
}

function grantingBoth(options: BenchOptions = stripped): OwnBench {
	const bench = new OwnBench(options);
	bench.simulated.grant(OTHER_KEY);
	return bench;
}

describe.each<[string, (bench: OwnBench) => void, BenchOptions]>([
	['removed', () => undefined, stripped],
	['replaced', () => undefined, rewritten],
	[
		'removed from some answers',
		(bench) => {
			for (let after = 0; after < 20; after += 2) {
				bench.simulated.fail({ headers: { 'request-id': null } }, { after });
			}
		},
		{},
	],
])('own requests, with request-ids that are %s,', (_, prepare, options) => {
	test('are left out, also failed ones, but never those of others', async () => {
		const bench = new OwnBench(options);
		prepare(bench);
		const first = bench.happened(MINUTE).id;
		expect((await bench.next()).ids).toEqual([first]);
		bench.clock.advance(MINUTE);
		const foreign = [
			bench.happened(MINUTE, { type: TYPE, request_id: 'req_of_others' }).id,
			bench.happened(SECOND, { type: TYPE }).id,
		];
		bench.simulated.fail({ status: 500 }, { times: 2 });
		const second = await bench.next();
		expect(new Set(second.ids)).toEqual(new Set(foreign));
		for (let poll = 0; poll < 5; poll++) {
			bench.clock.advance(MINUTE);
			expect((await bench.next()).ids).toEqual([]);
		}
		expect(bench.warnings).toEqual([]);
	});

	test('are left out, even if a page shows each record twice', async () => {
		const bench = new OwnBench(options);
		prepare(bench);
		const ids = [];
		for (let poll = 0; poll < 4; poll++) {
			const twice = ({ data, ...page }: ActivityPage) => ({
				...page,
				data: data.flatMap((record) => [record, record]),
			});
			bench.simulated.fail({ transform: twice });
			ids.push(...(await bench.next()).ids);
			bench.clock.advance(MINUTE);
		}
		expect(ids).toEqual([]);
	});

	test('are still known after a failure, as long as the process lives', async () => {
		const bench = new OwnBench(options);
		prepare(bench);
		await bench.next();
		const { checkpoint } = bench;
		bench.clock.advance(MINUTE);
		bench.simulated.fail({ status: 401 });
		await bench.failure({ checkpoint, includeOwnRequests: false });
		bench.clock.advance(MINUTE);
		expect((await bench.next()).ids).toEqual([]);
	});
});

describe('an equal request of somebody else at the same time', () => {
	test('with another key is delivered once the own key is known', async () => {
		const bench = grantingBoth();
		await bench.next();
		bench.clock.advance(MINUTE);
		await bench.next();
		const foreign = bench.imitate(OTHER_KEY);
		bench.clock.advance(MINUTE);
		expect((await bench.next()).ids).toEqual([foreign]);
	});

	test('with another key is not confused with the own one: nothing is left out, and a warning says so', async () => {
		const bench = grantingBoth();
		await bench.next();
		bench.imitate(OTHER_KEY);
		bench.clock.advance(MINUTE);
		const { ids, leftOut } = await bench.next();
		expect(new Set(ids)).toEqual(new Set(bench.own.slice(0, 2)));
		expect(leftOut).toEqual([]);
		expect(bench.warnings).toEqual([
			expect.stringContaining('cannot be distinguished from those of others'),
		]);
	});

	test('with another key is delivered, even if the own activity has not appeared yet', async () => {
		const bench = grantingBoth({ ...stripped, recordReadLag: 20 * SECOND });
		await bench.next();
		const [foreign] = [bench.happened(0, imitationOf(bench, 'apikey_other')).id];
		bench.clock.advance(10 * SECOND);
		expect((await bench.next()).ids).toEqual([foreign]);
	});

	test.each([
		['the right request-ids', {}],
		['no request-ids', stripped],
		['other request-ids', rewritten],
	])(
		'with the own key is delivered, too, with %s: one activity for each request is left out',
		async (_, options) => {
			const bench = grantingBoth(options);
			await bench.next();
			bench.clock.advance(MINUTE);
			await bench.next();
			const foreign = bench.imitate(ACCESS_KEY);
			bench.clock.advance(MINUTE);
			const { ids, leftOut } = await bench.next();
			expect([ids.length, leftOut.length]).toEqual([1, 1]);
			if (options !== stripped && options !== rewritten) expect(ids).toEqual([foreign]);
			bench.clock.advance(MINUTE);
			expect((await bench.next()).ids).toEqual([]);
		},
	);

	test('with the own key is delivered, even if the own activity with its request-id has not appeared yet', async () => {
		const bench = grantingBoth({ recordReadLag: 20 * SECOND });
		await bench.next();
		bench.clock.advance(MINUTE);
		await bench.next();
		const foreign = bench.happened(0, imitationOf(bench, apiKeyId(ACCESS_KEY))).id;
		bench.clock.advance(10 * SECOND);
		expect((await bench.next()).ids).toEqual([foreign]);
		bench.clock.advance(MINUTE);
		expect((await bench.next()).ids).toEqual([]);
	});

	test('with the own key is delivered, even if the process still knows the own request', async () => {
		const bench = grantingBoth();
		const process = bench.feed;
		const next = async () => {
			bench.feed = process;
			return await bench.next();
		};
		await next();
		const request = imitationOf(bench, apiKeyId(ACCESS_KEY));
		bench.clock.advance(MINUTE);
		await next();
		const foreign = bench.happened(0, request).id;
		bench.clock.advance(MINUTE);
		expect((await next()).ids).toEqual([foreign]);
	});

	describe('is delivered', () => {
		/** A reader that knows its key, and waits only for the activity of its last request. */
		async function waiting(): Promise<OwnBench> {
			const bench = new OwnBench({ ...stripped, recordReads: false });
			await bench.next();
			bench.happened(0, imitationOf(bench, 'apikey_own'));
			bench.clock.advance(MINUTE);
			expect((await bench.next()).leftOut).toHaveLength(1);
			return bench;
		}

		test.each<[string, Record<string, unknown>]>([
			['of another program', { actor: { api_key_id: 'apikey_own', user_agent: 'curl/8' } }],
			['of another answer', { status_code: 403 }],
			['of another method', { request_method: 'POST' }],
			['of another query', { url: 'https://api.anthropic.com/v1/compliance/activities?limit=1' }],
		])('if its activity is %s', async (_, change) => {
			const bench = await waiting();
			const foreign = bench.happened(0, { ...imitationOf(bench, 'apikey_own'), ...change }).id;
			bench.clock.advance(MINUTE);
			expect((await bench.next()).ids).toEqual([foreign]);
		});

		test('long after the own request', async () => {
			const bench = await waiting();
			const request = imitationOf(bench, 'apikey_own');
			bench.clock.advance(2 * MINUTE + SECOND);
			const foreign = bench.happened(0, request).id;
			bench.clock.advance(MINUTE);
			expect((await bench.next()).ids).toEqual([foreign]);
		});

		test('without a warning if the own key is known', async () => {
			const bench = await waiting();
			const foreign = ['apikey_one', 'apikey_other'].map(
				(key) => bench.happened(0, imitationOf(bench, key)).id,
			);
			bench.clock.advance(MINUTE);
			expect(new Set((await bench.next()).ids)).toEqual(new Set(foreign));
			expect(bench.warnings).toEqual([]);
		});
	});
});

test('own requests are recognised one by one, even if every answer has the same request-id', async () => {
	const bench = new OwnBench({ requestIds: () => 'gateway' });
	for (let poll = 0; poll < 5; poll++) {
		expect((await bench.next()).ids).toEqual([]);
		bench.clock.advance(MINUTE);
	}
});

test('after a rotation, the new key is recognised', async () => {
	const bench = grantingBoth();
	for (const key of [ACCESS_KEY, ACCESS_KEY, OTHER_KEY, OTHER_KEY, OTHER_KEY]) {
		bench.restart(key);
		expect((await bench.next()).ids).toEqual([]);
		bench.clock.advance(MINUTE);
	}
});

test('a cap counts no own request, and loses none that follows it', async () => {
	const bench = grantingBoth();
	await bench.next();
	bench.clock.advance(MINUTE);
	const happened = [bench.happened(2 * MINUTE).id, bench.happened(2 * MINUTE).id];
	const ids: string[] = [];
	for (let run = 0; run < 3; run++) ids.push(...(await bench.next({ maxActivities: 1 })).ids);
	expect(new Set(ids)).toEqual(new Set(happened));
});

test('activities that do not say who asked for what are delivered, and one warning says why', async () => {
	const bench = new OwnBench({ ...stripped, recordReads: false });
	const { requests } = bench.feed.client;
	for (let poll = 0; poll < 4; poll++) {
		const { ids } = await bench
			.run({ checkpoint: bench.checkpoint, includeOwnRequests: false })
			.then((run) => {
				bench.checkpoint = run.checkpoint;
				return run;
			});
		expect(ids).toHaveLength(poll === 0 ? 0 : 1);
		bench.happened(0, { type: TYPE, request_id: `req_${poll}`, actor: { type: 'api_actor' } });
		bench.clock.advance(MINUTE);
	}
	expect(requests.latest).toHaveLength(4);
	expect(bench.warnings).toEqual([expect.stringContaining('pass the header request-id')]);
});

/** The fields of an activity about the last request, with another key. */
function imitationOf({ simulated }: Bench, key: string): Record<string, unknown> {
	const { url = '', headers = {}, status, method } = simulated.requests.at(-1) ?? {};
	return {
		type: TYPE,
		actor: { type: 'api_actor', api_key_id: key, user_agent: headers['user-agent'] },
		request_id: 'req_of_others',
		url,
		request_method: method,
		status_code: status,
	};
}
