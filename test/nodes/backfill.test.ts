import { describe, expect, test } from '@jest/globals';
import { NodeOperationError } from 'n8n-workflow';
import { DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const since = (backfillStartDate: string) => ({ backfillStartTime: 'date', backfillStartDate });

test('a poll with little room left sends no further request', async () => {
	const bench = new TriggerBench({ parameters: { maxActivities: 1000 } });
	const backlog = bench.backlog(2900, DAY);
	await bench.publish();
	for (let poll = 2; poll <= 3; poll++) {
		await bench.poll();
		expect(bench.network.sent).toHaveLength(poll);
	}
	expect(bench.ids.length).toBeGreaterThan(2850);
	expect(bench.ids).toEqual(backlog.slice(0, bench.ids.length));
});

test('what waits comes even if the own requests of each poll add as much as it may deliver', async () => {
	const parameters = { maxActivities: 1, options: { pageSize: 10, includeOwnRequests: true } };
	const bench = new TriggerBench({ parameters, recordReads: true });
	const backlog = bench.backlog(40, MINUTE);
	await bench.publish();
	for (let poll = 2; poll <= backlog.length; poll++) await bench.poll();
	// Meanwhile, the feed has grown as fast as it was read.
	expect(bench.feed.rows().length).toBeGreaterThanOrEqual(2 * backlog.length);
	expect(bench.ids).toEqual(backlog);
});

describe('a trigger that starts', () => {
	test('90 days back delivers what is not older', async () => {
		const bench = new TriggerBench();
		bench.happened(90 * DAY + SECOND);
		const oldest = bench.happened(90 * DAY);
		await bench.publish();
		expect(bench.ids).toEqual([oldest]);
	});

	test.each([-30 * MINUTE, 0, 30 * MINUTE])(
		"now goes by the API's clock, which is %d ms ahead of the machine's",
		async (serverAhead) => {
			const parameters = { backfillStartTime: 'now' };
			const bench = new TriggerBench({ parameters, serverAhead });
			bench.happened(SECOND);
			await bench.publish();
			expect(bench.ids).toEqual([]);
			time.pass(30 * SECOND);
			const after = bench.happened(29 * SECOND);
			await bench.poll();
			expect(bench.ids).toEqual([after]);
		},
	);

	test('now asks the API for the time once, not at every poll', async () => {
		const bench = await new TriggerBench({ parameters: { backfillStartTime: 'now' } }).publish();
		expect(bench.network.sent).toHaveLength(2);
		await bench.poll();
		await bench.restart();
		expect(bench.network.sent).toHaveLength(4);
	});

	test('now keeps its start if nothing happens before a restart', async () => {
		const bench = await new TriggerBench({ parameters: { backfillStartTime: 'now' } }).publish();
		await bench.poll();
		const meanwhile = bench.happened(SECOND);
		time.pass(10 * MINUTE);
		await bench.restart();
		expect(bench.ids).toEqual([meanwhile]);
	});

	test.each([
		['with an offset', '2026-02-27T01:00:00+01:00', '2026-02-27T00:00:00.000Z'],
		[
			'without one, in the time zone of the workflow',
			'2026-02-27T00:00:00',
			'2026-02-26T23:00:00.000Z',
		],
		['a day alone', '2026-02-27', '2026-02-26T23:00:00.000Z'],
		['before there was anything', '1970-01-01T00:00:00Z', '2015-01-01T00:00:00.000Z'],
		['a DateTime of an expression', '={{ $now.minus({ days: 1 }) }}', '2026-02-28T12:00:00.000Z'],
		['a Date of an expression', '={{ new Date("2026-02-27") }}', '2026-02-27T00:00:00.000Z'],
		['text of an expression', '={{ "2026-02-" + 27 }}', '2026-02-26T23:00:00.000Z'],
	])('at a date %s', async (_, date, from) => {
		const bench = new TriggerBench({ parameters: since(date), timezone: 'Europe/Berlin' });
		await bench.publish();
		expect(bench.asked[0]?.get('created_at.gte')).toBe(from);
	});

	test.each([
		['in the future', '2026-03-01T13:00:00Z', 'in the future'],
		['that is none', 'soon', 'not an ISO 8601 date'],
		['that no calendar has', '2026-02-30', 'not an ISO 8601 date'],
		['of an expression that gives none', '={{ 1767225600000 }}', 'not an ISO 8601 date'],
	])('at a date %s is refused at publication', async (_, date, complaint) => {
		const bench = new TriggerBench({ parameters: since(date) });
		const failure = bench.publish();
		await expect(failure).rejects.toThrow(NodeOperationError);
		await expect(failure).rejects.toThrow(complaint);
		expect(bench.network.sent).toEqual([]);
	});

	test('at a date that is empty is refused at publication', async () => {
		const bench = new TriggerBench({ parameters: since('') });
		await expect(bench.publish()).rejects.toThrow('Backfill Start Date is empty');
		expect(bench.network.sent).toEqual([]);
	});
});

test.each(['default', 'durable'] as const)(
	'now remains the time of publication, although n8n may not store it: %s engine',
	async (engine) => {
		const bench = new TriggerBench({ engine, parameters: { backfillStartTime: 'now' } });
		await bench.publish();
		time.pass(30 * SECOND);
		const id = bench.happened(5 * SECOND);
		await bench.poll();
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	},
);

describe('another backfill start later on', () => {
	test('as a date starts again from that date', async () => {
		const bench = new TriggerBench({ parameters: { backfillStartTime: 'now' } });
		const [older, newer] = [bench.happened(3 * DAY), bench.happened(DAY)];
		await bench.publish();
		await bench.change(since('2026-02-28T00:00:00Z'));
		expect(bench.ids).toEqual([newer]);
		await bench.change(since('2026-02-26T00:00:00Z'));
		expect(bench.ids).toEqual([newer, older, newer]);
		await bench.restart();
		await bench.poll();
		expect(bench.ids).toHaveLength(3);
	});

	test.each(['now', '90DaysBack'])('as "%s" changes nothing', async (backfillStartTime) => {
		const bench = new TriggerBench({ parameters: since('2026-02-28T00:00:00Z') });
		const first = bench.happened(MINUTE);
		await bench.publish();
		const second = bench.happened(SECOND);
		await bench.change({ backfillStartTime });
		expect(bench.ids).toEqual([first, second]);
	});

	test('from an expression is not another one at each poll', async () => {
		const bench = new TriggerBench({ parameters: since('={{ $now.minus({ days: 1 }) }}') });
		const id = bench.happened(MINUTE);
		await bench.publish();
		await bench.poll();
		await bench.restart();
		expect(bench.ids).toEqual([id]);
	});
});

test('a change of only the time zone does not start over', async () => {
	const bench = new TriggerBench({
		parameters: since('2026-02-20T00:00:00'),
		timezone: 'Europe/Berlin',
	});
	const id = bench.happened(DAY);
	await bench.publish();
	bench.installation.setup.timezone = 'America/New_York';
	await bench.restart();
	await bench.poll();
	expect(bench.ids).toEqual([id]);
});
