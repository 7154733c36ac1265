import { describe, expect, test } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';
import type { Fault } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { MINUTE, SECOND, TriggerBench } from './harness';

/** Faults that make a first poll fail, however often it retries. */
const outages: [string, Fault][] = [
	['the network is down', { reset: true }],
	['the API does not answer', { hang: true }],
	['the API limits the rate', { status: 429, headers: { 'retry-after': '20' } }],
	['the API is overloaded', { status: 529 }],
	['the API fails', { status: 500 }],
	['the key is refused', { status: 401 }],
	['the key lacks the scope', { status: 403 }],
];

describe('publishing', () => {
	test('polls at once, so the first items come at once', async () => {
		const bench = new TriggerBench();
		const id = bench.happened(MINUTE);
		await bench.publish();
		expect(bench.ids).toEqual([id]);
	});

	test.each(outages)('shows the user the error when %s', async (_, fault) => {
		const bench = new TriggerBench();
		bench.fails(fault, { times: Infinity });
		await expect(bench.publish()).rejects.toThrow(NodeApiError);
		expect(bench.engine.polling).toBe(false);
		expect(bench.items).toEqual([]);
	});

	test('says what is wrong with the key', async () => {
		const bench = new TriggerBench();
		bench.feed.revoke(ACCESS_KEY);
		await expect(bench.publish()).rejects.toMatchObject({
			message: expect.stringContaining('does not accept the Compliance Access Key'),
			description: expect.stringContaining('Check that the whole key was copied'),
			httpCode: '401',
			failure: { cause: 'credential-invalid' },
		});
	});

	test('shows what to do in the message, because n8n shows nothing else', async () => {
		const bench = new TriggerBench();
		bench.feed.revoke(ACCESS_KEY);
		await expect(bench.publish()).rejects.toMatchObject({
			message: expect.stringMatching(/does not accept .* Check that the whole key was copied/),
		});
		const unset = new TriggerBench({ parameters: { backfillStartTime: 'date' } });
		await expect(unset.publish()).rejects.toMatchObject({
			message: expect.stringMatching(/^Backfill Start Date is empty\. Set the date/),
		});
	});

	test('shows our words for a refused connection, not those that n8n has for its code', async () => {
		const bench = new TriggerBench();
		bench.network.down = true;
		await expect(bench.publish()).rejects.toMatchObject({
			message: expect.stringMatching(/was refused \(ECONNREFUSED\)\. Check the base URL/),
		});
	});

	test('does not keep the user waiting for long when the API is slow', async () => {
		const bench = new TriggerBench({ parameters: { options: { pageSize: 10 } } });
		bench.backlog(100, MINUTE);
		bench.slow(5 * SECOND);
		const since = Date.now();
		await bench.publish();
		expect(Date.now() - since).toBeLessThanOrEqual(20 * SECOND);
		expect(bench.items.length).toBeGreaterThan(0);
	});
});

describe('the first poll after n8n activates the workflow by itself', () => {
	async function started(fault: Fault, activation: 'init' | 'leadershipChange') {
		const bench = await new TriggerBench().publish();
		bench.fails(fault, { times: Infinity });
		await bench.restart(activation);
		return bench;
	}

	test.each(outages)('only warns when %s', async (_, fault) => {
		for (const activation of ['init', 'leadershipChange'] as const) {
			const bench = await started(fault, activation);
			expect(bench.engine.polling).toBe(true);
			expect(bench.engine.executions).toEqual([]);
			expect(bench.logged('warn').at(-1)).toContain('polling continues');
		}
	});

	test.each(outages)('is followed by one that fails visibly when %s', async (_, fault) => {
		const bench = await started(fault, 'init');
		expect(await bench.poll()).toBeInstanceOf(NodeApiError);
		expect(bench.engine.polling).toBe(true);
	});

	test('has its remedy apart from its message, once n8n shows both', async () => {
		const bench = await started({ status: 401 }, 'init');
		expect(await bench.poll()).toMatchObject({
			message: expect.not.stringContaining('Check that the whole key'),
			description: expect.stringContaining('Check that the whole key'),
		});
	});

	test('loses nothing if there is an outage when n8n starts', async () => {
		const bench = await new TriggerBench().publish();
		const id = bench.happened(SECOND);
		bench.network.down = true;
		await bench.restart();
		bench.network.down = false;
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test.each([undefined, null])(
		'throws in any other mode, because a user has just changed the workflow; budget: %p',
		async (budget) => {
			const bench = await new TriggerBench({ budget }).publish();
			bench.fails({ status: 503 }, { times: Infinity });
			await bench.poll();
			await bench.restart('update');
			expect(bench.engine.polling).toBe(false);
		},
	);
});
