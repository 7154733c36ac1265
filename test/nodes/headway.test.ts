import { describe, expect, test } from '@jest/globals';
import { DAY, MINUTE, SECOND, TriggerBench } from './harness';

/** What n8n's log says of how far the trigger is. */
function told(bench: TriggerBench): string[] {
	return bench.installation.log.flatMap(({ level, message }) => {
		const about = /before the end of the feed|caught up|keep up|The overlap|the overlap/;
		return about.test(message) ? [`${level}: ${message}`] : [];
	});
}

/** Polls each minute, with so many activities in each. */
async function goOn(bench: TriggerBench, polls: number, perPoll: number): Promise<void> {
	for (let minute = 0; minute < polls; minute++) {
		for (let i = perPoll; i > 0; i--) bench.happened((i * MINUTE) / (perPoll + 1));
		await bench.poll();
	}
}

describe.each(['default', 'durable'] as const)('on the %s engine, the log says', (engine) => {
	test('nothing while each poll comes to the end of the feed', async () => {
		const bench = await new TriggerBench({ engine }).publish();
		await goOn(bench, 30, 3);
		expect(bench.logged('info')).toEqual([]);
		expect(bench.logged('warn')).toEqual([]);
	});

	test('when a backfill begins, up to where it has come, and when it has caught up', async () => {
		const parameters = { maxActivities: 100 };
		const bench = new TriggerBench({ engine, parameters });
		bench.backlog(2000, 30 * DAY);
		await bench.publish();
		await goOn(bench, 30, 3);
		expect(told(bench)).toEqual([
			expect.stringMatching(
				/^info: The poll ended before the end of the feed, since it had as much as Max Activities per Poll allows: it has read up to 2026-01-30T11:2\S+Z,/,
			),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test('that time was over, where answers are slow', async () => {
		const bench = new TriggerBench({ engine, parameters: { options: { pageSize: 10 } } });
		bench.backlog(300, DAY);
		bench.slow(5 * SECOND);
		await bench.publish();
		await goOn(bench, 12, 1);
		expect(told(bench)).toEqual([
			expect.stringMatching(/^info: .* since its time was over: .*Page Size/),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test('nothing of a burst that some polls bring, but when it is over', async () => {
		const bench = await new TriggerBench({ engine, parameters: { maxActivities: 50 } }).publish();
		await goOn(bench, 3, 10);
		await goOn(bench, 1, 300);
		await goOn(bench, 15, 10);
		expect(told(bench)).toEqual([
			expect.stringContaining('info: The poll ended before the end of the feed'),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test.each([
		['it is full', { maxActivities: 10 }, 0, 'raise Max Activities per Poll'],
		['answers are slow', { options: { pageSize: 10 } }, 9 * SECOND, 'set a larger Page Size'],
	])(
		'that it does not keep up, once, where each poll ends since %s',
		async (_, parameters, latency, remedy) => {
			const bench = await new TriggerBench({ engine, parameters }).publish();
			bench.slow(latency);
			await goOn(bench, 45, 60);
			expect(told(bench)).toHaveLength(2);
			expect(told(bench)[1]).toMatch(
				/^warn: The trigger does not keep up with the feed: it has read up to 2026-\S+Z, \d+ min behind/,
			);
			expect(told(bench)[1]).toContain(remedy);
			bench.slow(0);
			await bench.change({ maxActivities: 5000 });
			await goOn(bench, 2, 1);
			expect(told(bench)).toHaveLength(3);
			expect(told(bench)[2]).toBe('info: The trigger has caught up with the feed.');
		},
	);

	test('once that the overlap takes some polls to read again', async () => {
		const options = { pageSize: 50, overlap: 24 * 60 };
		const bench = new TriggerBench({ engine, parameters: { options } });
		bench.backlog(2000, MINUTE);
		await bench.publish();
		bench.slow(5 * SECOND);
		await goOn(bench, 40, 2);
		expect(told(bench)).toEqual([
			expect.stringMatching(/^info: The overlap holds more than one poll has time to read again/),
		]);
	});

	test('once that the overlap fills faster than it is read again', async () => {
		const options = { pageSize: 10, overlap: 60 };
		const bench = new TriggerBench({ engine, parameters: { options } });
		bench.backlog(2000, MINUTE);
		await bench.publish();
		bench.slow(5 * SECOND);
		await goOn(bench, 90, 30);
		expect(told(bench).filter((line) => line.startsWith('warn'))).toEqual([
			expect.stringMatching(/^warn: The trigger cannot read the overlap again as fast as it fills/),
		]);
	});
});
