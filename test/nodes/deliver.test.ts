import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import type { DurableEngine, Ending } from './n8n/engines';
import { type BenchOptions, DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const HOUR = 60 * MINUTE;
const engines = ['default', 'durable'] as const;

/** A trigger that delivers until the workflow succeeds. */
function deliverer({ parameters, ...options }: BenchOptions = {}, more: IDataObject = {}) {
	return new TriggerBench({
		...options,
		parameters: { ...parameters, options: { deliver: 'untilSuccess', ...more } },
	});
}

const ends =
	(status: Ending['status'], after = SECOND) =>
	() => ({ status, after });

/** The ids in executions that have the batch for good. */
function arrived({ engine }: TriggerBench): unknown[] {
	return engine.executions
		.filter(({ status }) => status === 'success' || status === 'waiting')
		.flatMap(({ items = [] }) => items.map(({ id }) => id));
}

/** The executions, as `attempt × items`. */
function tries({ engine }: TriggerBench): string[] {
	return engine.executions.flatMap(({ items }) =>
		items ? [`${String(items[0]?.attempt)} × ${items.length}`] : [],
	);
}

function errors({ engine }: TriggerBench): string[] {
	return engine.executions.flatMap(({ error }) => (error ? [error.message] : []));
}

/** Polls each minute for so long. */
async function pollFor(bench: TriggerBench, duration: number): Promise<void> {
	const until = Date.now() + duration;
	while (Date.now() < until) await bench.poll();
}

describe.each(engines)('on the %s engine', (engine) => {
	test('a workflow that succeeds gets each activity once, as its first try', async () => {
		const bench = deliverer({ engine });
		const ids = bench.backlog(3, MINUTE);
		await bench.publish();
		await bench.poll();
		ids.push(bench.happened(SECOND));
		await bench.poll();
		await bench.poll();
		expect(arrived(bench)).toEqual(ids);
		expect(tries(bench)).toEqual(['1 × 3', '1 × 1']);
	});

	test('while nothing is in flight, n8n keeps what it keeps without the option', async () => {
		const bench = deliverer({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		expect(Object.keys(bench.engine.stored())).toEqual([
			'checkpoint',
			'backfillStartDate',
			'delivery',
		]);
		await bench.poll();
		expect(Object.keys(bench.engine.remembered())).toEqual(['checkpoint', 'backfillStartDate']);
	});

	test('of a batch in flight, n8n keeps only numbers, and the checkpoint before it', async () => {
		const bench = deliverer({ engine });
		bench.happened(DAY);
		await bench.publish();
		await bench.poll();
		bench.engine.workflow = ends('lost');
		bench.happened(SECOND);
		const { frontier } = bench.engine.remembered().checkpoint as IDataObject;
		await bench.poll();
		const { checkpoint, delivery } = bench.engine.stored() as Record<string, IDataObject>;
		expect(checkpoint?.frontier).toBe(frontier);
		expect(delivery).toEqual({ attempt: 1, count: 1, size: 0, at: expect.any(Number) });
	});

	test.each(['error', 'crashed', 'canceled'] as const)(
		'after an execution that ends as %s, the same activities come again',
		async (status) => {
			const bench = deliverer({ engine });
			const ids = bench.backlog(3, MINUTE);
			bench.engine.workflow = ends(status);
			await bench.publish();
			bench.engine.workflow = ends('success');
			ids.push(bench.happened(SECOND));
			await bench.poll();
			await bench.poll();
			expect(tries(bench)).toEqual(['1 × 3', '2 × 3', '1 × 1']);
			expect(arrived(bench)).toEqual(ids);
			expect(bench.logged('warn')).toEqual([
				`The workflow has not succeeded in try 1 of 12: its execution ended as "${status}". The same activities come again after 1 min.`,
			]);
		},
	);

	test('an execution that waits has arrived', async () => {
		const bench = deliverer({ engine });
		const ids = bench.backlog(3, MINUTE);
		bench.engine.workflow = ends('waiting');
		await bench.publish();
		await pollFor(bench, 2 * HOUR);
		expect(bench.ids).toEqual(ids);
	});

	test('one batch is in flight: while the workflow runs, nothing follows', async () => {
		const bench = deliverer({ engine });
		const ids = [bench.happened(MINUTE)];
		bench.engine.workflow = ends('success', 10 * MINUTE);
		await bench.publish();
		ids.push(bench.happened(SECOND));
		await pollFor(bench, 8 * MINUTE);
		expect(tries(bench)).toEqual(['1 × 1']);
		await pollFor(bench, 15 * MINUTE);
		expect(bench.ids).toEqual(ids);
		expect(arrived(bench)).toEqual(ids);
	});

	test.each([
		['an hour', undefined, 61],
		["the workflow's timeout", { executionTimeout: 300 }, 6],
	])(
		'an execution that never ends counts as failed a minute after %s',
		async (_, settings, minutes) => {
			const bench = deliverer({ engine, ...(settings && { settings }) });
			bench.happened(MINUTE);
			bench.engine.workflow = ends('lost');
			await bench.publish();
			await pollFor(bench, (minutes - 1) * MINUTE);
			expect(tries(bench)).toEqual(['1 × 1']);
			await pollFor(bench, 3 * MINUTE);
			expect(tries(bench)).toEqual(['1 × 1', '2 × 1']);
		},
	);

	test('an execution that succeeds before its batch comes again counts, also after the deadline', async () => {
		const bench = deliverer({ engine });
		const ids = [bench.happened(MINUTE)];
		bench.engine.workflow = ends('error');
		await bench.publish();
		bench.engine.workflow = ends('success', 62 * MINUTE);
		await pollFor(bench, 2 * HOUR);
		expect(tries(bench)).toEqual(['1 × 1', '2 × 1']);
		expect(arrived(bench)).toEqual(ids);
	});

	test('what n8n keeps decides, not what this process remembers: another one may have polled', async () => {
		const bench = deliverer({ engine });
		const id = bench.happened(MINUTE);
		await bench.publish();
		const { delivery, ...state } = bench.engine.stored();
		await bench.poll();
		const elsewhere = { ...(delivery as IDataObject), at: bench.now - HOUR };
		bench.engine.overwrite({ ...state, delivery: elsewhere });
		await bench.restart('update');
		await bench.poll();
		expect(arrived(bench)).toEqual([id, id]);
		expect(tries(bench)).toEqual(['1 × 1', '2 × 1']);
	});

	test('the pauses grow from 1 minute to an hour', async () => {
		const bench = deliverer({ engine });
		bench.happened(MINUTE);
		const starts: number[] = [];
		bench.engine.workflow = () => {
			starts.push(Math.round(Date.now() / MINUTE));
			return { status: 'error', after: 0 };
		};
		await bench.publish();
		// This poll learns how the first execution has ended.
		await bench.pollNow();
		await pollFor(bench, 5 * HOUR);
		const pauses = starts.slice(1).map((start, i) => start - starts[i]!);
		expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
	});

	test('publishing tries again at once', async () => {
		const bench = deliverer({ engine });
		bench.happened(MINUTE);
		bench.engine.workflow = ends('error');
		await bench.publish();
		await pollFor(bench, 20 * MINUTE);
		const before = tries(bench).length;
		bench.engine.workflow = ends('success');
		await bench.publish();
		expect(tries(bench)).toHaveLength(before + 1);
	});

	test('a table that is missing for three minutes costs nothing', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 100 } });
		const ids = bench.backlog(50, MINUTE);
		await bench.publish();
		bench.engine.workflow = ends('error');
		for (let minute = 0; minute < 3; minute++) {
			ids.push(...bench.backlog(50, 0));
			await bench.poll();
		}
		bench.engine.workflow = ends('success');
		for (let minute = 0; minute < 10; minute++) {
			ids.push(...bench.backlog(50, 0));
			await bench.poll();
		}
		await pollFor(bench, 5 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
		expect(errors(bench)).toEqual([]);
	});

	test.each([0, 3, 24, 49])(
		'an item that fails whenever it comes costs itself only: number %d of 50',
		async (index) => {
			const bench = deliverer({ engine, parameters: { maxActivities: 30 } });
			const ids = bench.backlog(50, MINUTE);
			const poison = ids[index];
			bench.engine.workflow = (items) => ({
				status: items.some(({ id }) => id === poison) ? 'error' : 'success',
				after: SECOND,
			});
			await bench.publish();
			await pollFor(bench, 12 * HOUR);
			expect(arrived(bench)).toEqual(ids.filter((id) => id !== poison));
			expect(errors(bench)).toEqual([
				expect.stringMatching(
					/^The workflow has not succeeded with 1 activity from .* to .*, in 12 tries\./,
				),
			]);
		},
	);

	test('publishing tries the last time again, too, instead of giving up', async () => {
		const bench = deliverer({ engine }, { giveUpAfter: 3 });
		bench.happened(MINUTE);
		bench.engine.workflow = ends('error');
		await bench.publish();
		while (tries(bench).length < 3) await bench.poll();
		bench.engine.workflow = ends('success');
		await bench.publish();
		await bench.poll();
		expect(tries(bench)).toEqual(['1 × 1', '2 × 1', '3 × 1', '3 × 1']);
		expect(errors(bench)).toEqual([]);
		expect(arrived(bench)).toHaveLength(1);
	});

	test('fewer tries than it had already do not give up a whole batch', async () => {
		const bench = deliverer({ engine });
		const ids = bench.backlog(40, MINUTE);
		bench.engine.workflow = ends('error');
		await bench.publish();
		while (tries(bench).length < 3) await bench.poll();
		bench.engine.workflow = ends('success');
		await bench.change({ options: { deliver: 'untilSuccess', giveUpAfter: 3 } });
		await pollFor(bench, 10 * MINUTE);
		expect(errors(bench)).toEqual([]);
		expect(arrived(bench)).toEqual(ids);
	});

	test('restarts alone give nothing up', async () => {
		const bench = deliverer({ engine }, { giveUpAfter: 3 });
		const id = bench.happened(MINUTE);
		bench.engine.workflow = () => ({ status: 'success', after: 2 * HOUR });
		await bench.publish();
		for (let night = 0; night < 5; night++) {
			await bench.restart();
			await pollFor(bench, 10 * MINUTE);
		}
		expect(errors(bench)).toEqual([]);
		bench.engine.workflow = ends('success');
		await bench.restart();
		await pollFor(bench, 10 * MINUTE);
		expect(arrived(bench)).toEqual([id]);
	});

	test('what is given up is what was tried, not an older activity that has appeared since', async () => {
		const bench = deliverer({ engine }, { giveUpAfter: 3 });
		const poison = bench.happened(MINUTE);
		bench.engine.workflow = (items) => ({
			status: items.some(({ id }) => id === poison) ? 'error' : 'success',
			after: SECOND,
		});
		await bench.publish();
		while (tries(bench).length < 3) await bench.poll();
		const late = bench.happened(10 * MINUTE);
		await pollFor(bench, 5 * MINUTE);
		expect(errors(bench)).toHaveLength(1);
		expect(arrived(bench)).toEqual([late]);
	});

	test('what is given up is named with its period, and what to do', async () => {
		const bench = deliverer({ engine }, { giveUpAfter: 3 });
		bench.happened(10 * MINUTE);
		const { now } = bench;
		const lost = new Date(now - 10 * MINUTE).toISOString().slice(0, 19);
		const other = bench.happened(MINUTE);
		bench.engine.workflow = (items) => ({
			status: items.some(({ id }) => id !== other) ? 'error' : 'success',
			after: SECOND,
		});
		await bench.publish();
		await pollFor(bench, 10 * MINUTE);
		expect(tries(bench)).toEqual(['1 × 2', '2 × 2', '3 × 1', '1 × 1']);
		const [report] = bench.engine.executions.flatMap(({ error }) => error ?? []);
		expect(report?.message).toContain(`1 activity from ${lost}`);
		expect(report).toMatchObject({ description: expect.stringContaining('Get Many') });
		expect(arrived(bench)).toEqual([other]);
	});

	test('a backfill does not wait for the next poll', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 100 } });
		const ids = bench.backlog(1000, DAY);
		await bench.publish();
		expect(tries(bench)).toEqual(['1 × 100']);
		await bench.poll();
		expect(arrived(bench)).toEqual(ids);
	});

	test('a slow workflow ends the batches of a poll in time', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 10 } });
		const ids = bench.backlog(200, DAY);
		bench.engine.workflow = ends('success', 7 * SECOND);
		await bench.publish();
		const since = Date.now();
		await bench.pollNow();
		expect(Date.now() - since).toBeLessThan(bench.pollTimeout);
		expect(tries(bench).length).toBeGreaterThan(3);
		await pollFor(bench, 10 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
	});

	test.each(['killAtEmit', 'killBeforeRun'] as const)(
		'after %s of n8n, what was in flight comes again',
		async (kill) => {
			const bench = deliverer({ engine });
			const ids = [bench.happened(MINUTE)];
			await bench.publish();
			await bench.poll();
			ids.push(bench.happened(SECOND));
			bench.engine[kill] = true;
			await bench.poll();
			await bench.restart();
			await pollFor(bench, 5 * MINUTE);
			expect([...new Set(arrived(bench))]).toEqual(ids);
			expect(errors(bench)).toEqual([]);
		},
	);

	test('a worker that is killed costs nothing', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 20 } });
		const ids = bench.backlog(50, MINUTE);
		bench.engine.workflow = ends('crashed', 80 * SECOND);
		await bench.publish();
		bench.engine.workflow = ends('success');
		await pollFor(bench, 10 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
	});

	test('a restart repeats no more than the last batch, and counts its tries', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 20 } });
		const ids = bench.backlog(50, MINUTE);
		await bench.publish();
		await pollFor(bench, 3 * MINUTE);
		await bench.restart();
		await pollFor(bench, 5 * MINUTE);
		expect([...new Set(arrived(bench))]).toEqual(ids);
		// The durable engine has saved that the last batch has arrived.
		expect(tries(bench)).toEqual([
			...['1 × 20', '1 × 20', '1 × 10'],
			...(engine === 'default' ? ['2 × 10'] : []),
		]);
	});

	test('a first batch from 90 days back comes again whole, however late', async () => {
		const bench = deliverer({ engine });
		const ids = [bench.happened(90 * DAY - MINUTE), bench.happened(MINUTE)];
		bench.engine.workflow = ends('error');
		await bench.publish();
		time.pass(HOUR);
		bench.engine.workflow = ends('success');
		await pollFor(bench, 3 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
	});

	test('the own requests of failed tries are no news', async () => {
		const bench = deliverer({ engine, recordReads: true });
		const ids = [bench.happened(MINUTE)];
		await bench.publish();
		bench.engine.workflow = ends('error');
		ids.push(bench.happened(SECOND));
		await pollFor(bench, 10 * MINUTE);
		bench.engine.workflow = ends('success');
		await pollFor(bench, HOUR);
		expect(arrived(bench)).toEqual(ids);
	});

	test('another Backfill Start Date starts over, and forgets the batch in flight', async () => {
		const parameters = {
			backfillStartTime: 'date',
			backfillStartDate: '2026-02-28T00:00:00Z',
		};
		const bench = deliverer({ engine, parameters });
		const old = bench.happened(3 * DAY);
		const recent = bench.happened(MINUTE);
		bench.engine.workflow = ends('error');
		await bench.publish();
		bench.engine.workflow = ends('success');
		await bench.change({ backfillStartDate: '2026-02-01T00:00:00Z' });
		await bench.poll();
		expect(arrived(bench)).toEqual([old, recent]);
		expect(tries(bench)).toEqual(['1 × 1', '1 × 2']);
	});

	test('when the option is switched off, the batch in flight comes once more, as without it', async () => {
		const bench = deliverer({ engine });
		const ids = bench.backlog(3, MINUTE);
		bench.engine.workflow = ends('error');
		await bench.publish();
		await bench.change({ options: {} });
		await bench.poll();
		await pollFor(bench, 3 * MINUTE);
		expect(bench.ids).toEqual([...ids, ...ids]);
		expect(tries(bench)).toEqual(['1 × 3', 'undefined × 3']);
		expect(Object.keys(bench.engine.stored())).toEqual(['checkpoint', 'backfillStartDate']);
	});

	test.each<[string, BenchOptions]>([
		['This version of n8n', { old: true }],
		["n8n's engine 2.0", { settings: { engineType: 'v2' } }],
	])('%s cannot wait: each activity comes once, and the log says so once', async (who, options) => {
		const bench = deliverer({ engine, ...options });
		const ids = [bench.happened(MINUTE)];
		bench.engine.workflow = ends('error');
		await bench.publish();
		ids.push(bench.happened(SECOND));
		await pollFor(bench, 3 * MINUTE);
		expect(bench.ids).toEqual(ids);
		expect(bench.items[0]).not.toHaveProperty('attempt');
		expect(bench.logged('warn')).toEqual([
			expect.stringContaining(`${who} cannot tell the trigger how an execution ends`),
		]);
	});

	test('an n8n that refuses to start such an execution gets the batch as without the option', async () => {
		const bench = deliverer({ engine });
		bench.engine.refusesToWait = true;
		const ids = [bench.happened(MINUTE)];
		await bench.publish();
		ids.push(bench.happened(SECOND));
		await pollFor(bench, 3 * MINUTE);
		expect(bench.ids).toEqual(ids);
		expect(bench.logged('warn')).toEqual([expect.stringContaining('This n8n cannot tell')]);
	});

	test('a poll of a process that fails later keeps the batch that has arrived', async () => {
		const bench = deliverer({ engine, parameters: { maxActivities: 10 } });
		const ids = bench.backlog(30, DAY);
		await bench.publish();
		bench.fails({ status: 403 });
		await bench.poll();
		await pollFor(bench, 3 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
	});

	test('a damaged note of the batch in flight counts as none', async () => {
		const bench = deliverer({ engine });
		const ids = [bench.happened(MINUTE)];
		await bench.publish();
		await bench.poll();
		const { checkpoint, backfillStartDate } = bench.engine.remembered();
		const delivery = { attempt: -1, count: 'x' };
		bench.engine.overwrite({ checkpoint, backfillStartDate, delivery } as IDataObject);
		ids.push(bench.happened(SECOND));
		await bench.restart();
		await pollFor(bench, 2 * MINUTE);
		expect(arrived(bench)).toEqual(ids);
	});
});

test('a batch that n8n has not stored yet does not come twice', async () => {
	const bench = await deliverer({ engine: 'durable' }).publish();
	const engine = bench.engine as DurableEngine;
	const ids = [bench.happened(SECOND)];
	engine.storesLater = true;
	await bench.pollNow();
	await bench.pollNow();
	engine.store();
	await pollFor(bench, 3 * MINUTE);
	expect(bench.ids).toEqual(ids);
});

test('a manual run shows the newest activity, and says once that it does not wait', async () => {
	const bench = deliverer();
	const id = bench.happened(MINUTE);
	for (let run = 0; run < 2; run++) {
		expect(await bench.testRun()).toEqual([expect.objectContaining({ id })]);
	}
	expect(bench.logged('warn')).toEqual([
		expect.stringContaining('A manual run cannot tell the trigger how an execution ends'),
	]);
});

test('a clock that is set back does not delay the next try', async () => {
	const bench = deliverer();
	const ids = [bench.happened(MINUTE)];
	bench.engine.workflow = ends('error');
	await bench.publish();
	const { delivery, ...state } = bench.engine.stored();
	const at = bench.now + DAY;
	bench.engine.overwrite({ ...state, delivery: { ...(delivery as IDataObject), at } });
	bench.engine.workflow = ends('success');
	await bench.restart();
	await bench.poll();
	expect(arrived(bench)).toEqual(ids);
});

test.each([0, 2, 1001, 'often'])('Give Up After cannot be %j', async (giveUpAfter) => {
	const bench = deliverer({}, { giveUpAfter });
	await expect(bench.publish()).rejects.toThrow('Give Up After (Tries) is');
});

test('Deliver cannot be anything else', async () => {
	const bench = deliverer({}, { deliver: 'twice' });
	await expect(bench.publish()).rejects.toThrow('Deliver is twice.');
});
