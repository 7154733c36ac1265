import { describe, expect, test } from '@jest/globals';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const created = { type: 'claude_chat_created' };

describe('a manual run', () => {
	test('shows the newest activity, whatever the published trigger has read', async () => {
		const bench = new TriggerBench();
		bench.happened(2 * DAY);
		const newest = bench.happened(MINUTE);
		await bench.publish();
		expect(await bench.testRun()).toMatchObject([{ id: newest }]);
	});

	test('honours the filters', async () => {
		const filters = { activityTypes: ['claude_chat_viewed'] };
		const bench = new TriggerBench({ parameters: { filters } });
		const viewed = bench.happened(DAY, { type: 'claude_chat_viewed' });
		bench.happened(MINUTE, created);
		expect(await bench.testRun()).toMatchObject([{ id: viewed }]);
	});

	test('honours the options for items', async () => {
		const options = { output: 'raw', includeRawJson: true };
		const bench = new TriggerBench({ parameters: { options } });
		bench.happened(MINUTE, created);
		const [item] = (await bench.testRun()) ?? [];
		expect(item).toMatchObject({ created_at: expect.any(String), rawJson: expect.any(String) });
	});

	test('does not show the activities that manual runs cause in the feed', async () => {
		const bench = new TriggerBench({ recordReads: true });
		const id = bench.happened(MINUTE, created);
		for (let run = 0; run < 3; run++) {
			expect(await bench.testRun()).toMatchObject([{ id }]);
			time.pass(MINUTE);
		}
	});

	test('shows such an activity if there is nothing else', async () => {
		const bench = new TriggerBench();
		const access = bench.happened(MINUTE, { type: 'compliance_api_accessed' });
		expect(await bench.testRun()).toMatchObject([{ id: access }]);
	});

	test('says what to do if there is nothing to show', async () => {
		const failure = new TriggerBench().testRun();
		await expect(failure).rejects.toThrow(NodeOperationError);
		await expect(failure).rejects.toMatchObject({
			message: 'The feed holds no activity that passes the filters',
			description: expect.stringContaining('Loosen the filters'),
		});
	});

	test('fails like any other poll', async () => {
		const bench = new TriggerBench();
		bench.feed.revoke(ACCESS_KEY);
		const failure = bench.testRun();
		await expect(failure).rejects.toThrow(NodeApiError);
		await expect(failure).rejects.toMatchObject({ httpCode: '401' });
	});

	test('neither affects the published trigger nor is affected by it', async () => {
		const bench = await new TriggerBench().publish();
		const before = bench.engine.stored();
		const id = bench.happened(SECOND);
		bench.slow(5 * SECOND);
		const [shown] = await Promise.all([bench.testRun(), bench.pollNow()]);
		expect(shown).toMatchObject([{ id }]);
		expect(bench.ids).toEqual([id]);
		await bench.testRun();
		expect(bench.engine.stored()).not.toEqual(before);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});
});
