import { describe, expect, test } from '@jest/globals';
import { DAY, MINUTE, SECOND, TriggerBench } from './harness';

/** The lines of n8n's log about how far the trigger has read. */
function progressLines(bench: TriggerBench): string[] {
	return bench.installation.log.flatMap(({ level, message }) => {
		const about = /before the end of the feed|caught up|keep up|The overlap|the overlap/;
		return about.test(message) ? [`${level}: ${message}`] : [];
	});
}

/** Polls each minute, with `perPoll` new activities each time. */
async function pollBusily(bench: TriggerBench, polls: number, perPoll: number): Promise<void> {
	for (let minute = 0; minute < polls; minute++) {
		for (let i = perPoll; i > 0; i--) bench.happened((i * MINUTE) / (perPoll + 1));
		await bench.poll();
	}
}

describe.each(['default', 'durable'] as const)('on the %s engine, the log says', (engine) => {
	test('nothing while each poll reaches the end of the feed', async () => {
		const bench = await new TriggerBench({ engine }).publish();
		await pollBusily(bench, 30, 3);
		expect(bench.logged('info')).toEqual([]);
		expect(bench.logged('warn')).toEqual([]);
	});

	test('that a backfill begins and how far it has read, and that it has caught up', async () => {
		const parameters = { maxActivities: 100 };
		const bench = new TriggerBench({ engine, parameters });
		bench.backlog(2000, 30 * DAY);
		await bench.publish();
		await pollBusily(bench, 30, 3);
		expect(progressLines(bench)).toEqual([
			expect.stringMatching(
				/^info: The poll ended before the end of the feed, because Max Activities per Poll left no room for more\. It has read up to 2026-01-30T11:2\S+Z,/,
			),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test('that time was up, if answers are slow', async () => {
		const bench = new TriggerBench({ engine, parameters: { options: { pageSize: 10 } } });
		bench.backlog(300, DAY);
		bench.slow(5 * SECOND);
		await bench.publish();
		await pollBusily(bench, 12, 1);
		expect(progressLines(bench)).toEqual([
			expect.stringMatching(/^info: .* because its time was up\. .*Page Size/),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test('that a burst takes some polls, and that the trigger has caught up', async () => {
		const bench = await new TriggerBench({ engine, parameters: { maxActivities: 50 } }).publish();
		await pollBusily(bench, 3, 10);
		await pollBusily(bench, 1, 300);
		await pollBusily(bench, 15, 10);
		expect(progressLines(bench)).toEqual([
			expect.stringContaining('info: The poll ended before the end of the feed'),
			'info: The trigger has caught up with the feed.',
		]);
	});

	test.each([
		['it is full', { maxActivities: 10 }, 0, 'raise Max Activities per Poll'],
		['answers are slow', { options: { pageSize: 10 } }, 9 * SECOND, 'set a larger Page Size'],
	])(
		'that it does not keep up, once, if each poll ends because %s',
		async (_, parameters, latency, remedy) => {
			const bench = await new TriggerBench({ engine, parameters }).publish();
			bench.slow(latency);
			await pollBusily(bench, 45, 60);
			expect(progressLines(bench)).toHaveLength(2);
			expect(progressLines(bench)[1]).toMatch(
				/^warn: The trigger does not keep up with the feed: it has read up to 2026-\S+Z, \d+ min behind/,
			);
			expect(progressLines(bench)[1]).toContain(remedy);
			bench.slow(0);
			await bench.change({ maxActivities: 5000 });
			await pollBusily(bench, 2, 1);
			expect(progressLines(bench)).toHaveLength(3);
			expect(progressLines(bench)[2]).toBe('info: The trigger has caught up with the feed.');
		},
	);

	test('once that it takes several polls to read the overlap again', async () => {
		const options = { pageSize: 50, overlap: 24 * 60 };
		const bench = new TriggerBench({ engine, parameters: { options } });
		bench.backlog(2000, MINUTE);
		await bench.publish();
		bench.slow(5 * SECOND);
		await pollBusily(bench, 40, 2);
		expect(progressLines(bench)).toEqual([
			expect.stringMatching(/^info: The overlap holds more than one poll has time to read again/),
		]);
	});

	test('once that the overlap fills faster than polls read it', async () => {
		const options = { pageSize: 10, overlap: 60 };
		const bench = new TriggerBench({ engine, parameters: { options } });
		bench.backlog(2000, MINUTE);
		await bench.publish();
		bench.slow(5 * SECOND);
		await pollBusily(bench, 90, 30);
		expect(progressLines(bench).filter((line) => line.startsWith('warn'))).toEqual([
			expect.stringMatching(/^warn: The trigger cannot read the overlap again as fast as it fills/),
		]);
	});
});
