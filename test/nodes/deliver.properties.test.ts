import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrival, feedFault, OVERLAP } from '../core/scenarios';
import { arriveMixed, filters, isDue, mayBeDue } from './filtered';
import type { Ending } from './n8n/engines';
import { MINUTE, PRESENT, SECOND, time, TriggerBench } from './harness';

const START = PRESENT - 120 * MINUTE;
const TRIES = 4;

const ending: fc.Arbitrary<Ending> = fc.record({
	status: fc.constantFrom<Ending['status']>(
		'success',
		'success',
		'waiting',
		'error',
		'crashed',
		'canceled',
		'lost',
	),
	after: fc.oneof(
		fc.integer({ min: 0, max: 20 * SECOND }),
		fc.integer({ min: 0, max: 55 * MINUTE }),
	),
});

const poll = fc.record({
	/** The time since the previous poll. */
	pause: fc.integer({ min: 0, max: 90 * MINUTE }),
	/** The activities that appear during the requests of the poll. */
	arrivals: fc.array(arrival, { maxLength: 5 }),
	faults: fc.array(feedFault, { maxLength: 1 }),
	/** How the executions end that begin in this poll. */
	endings: fc.array(ending, { maxLength: 4 }),
	/** What happens to n8n: before the poll, or as the poll hands a batch over. */
	restart: fc.option(
		fc.constantFrom('clean' as const, 'killAtEmit' as const, 'killBeforeRun' as const),
		{ nil: undefined, freq: 3 },
	),
});

const scenario = fc.record({
	seed: fc.integer(),
	backlog: fc.integer({ min: 0, max: 60 }),
	pageSize: fc.integer({ min: 10, max: 20 }),
	maxActivities: fc.integer({ min: 5, max: 40 }),
	/** An activity fails the workflow whenever it comes, if its id has this number. */
	poison: fc.option(fc.nat(16), { nil: undefined, freq: 2 }),
	polls: fc.array(poll, { minLength: 1, maxLength: 7 }),
});

type Poll = typeof poll extends fc.Arbitrary<infer Value> ? Value : never;

describe.each(['default', 'durable'] as const)('the trigger on the %s engine', (engine) => {
	test.each([
		['everything', {}, 40],
		['what passes a local filter', filters, 40],
	])(
		'delivers %s until the workflow succeeds, through failures, kills and poison',
		async (...row) => {
			const [, chosen, numRuns] = row;
			const wanted = (row: Row) => chosen !== filters || isDue(row);
			await fc.assert(
				fc.asyncProperty(scenario, async (given) => {
					const { polls, backlog, pageSize, maxActivities, poison, ...feed } = given;
					const bench = new TriggerBench({
						...feed,
						engine,
						parameters: {
							backfillStartTime: 'date',
							backfillStartDate: new Date(START).toISOString(),
							maxActivities,
							filters: chosen,
							options: { pageSize, deliver: 'untilSuccess', giveUpAfter: TRIES },
						},
					});
					const isPoison = (id: unknown) => numberOf(String(id)) === poison;
					const endings: Ending[] = [];
					bench.engine.workflow = (items) => {
						const next = endings.shift() ?? { status: 'success', after: SECOND };
						return items.some(({ id }) => isPoison(id)) ? { ...next, status: 'error' } : next;
					};
					if (backlog > 0) bench.feed.generate({ count: backlog, from: START, to: bench.now });
					await bench.publish();
					let restarts = 0;
					for (const each of polls) {
						endings.splice(0, endings.length, ...each.endings);
						restarts += await go(bench, each);
					}
					endings.length = 0;
					await catchUp(bench, wanted);

					const times = arrivals(bench);
					const missing = shown(bench).filter((row) => wanted(row) && !times.has(row.id));
					const reports = givenUpIn(bench);
					const others = shown(bench).filter((row) => times.has(row.id) && !wanted(row));
					expect(others.filter((row) => !mayBeDue(row))).toEqual([]);
					expect(missing.filter((row) => !reports.some((report) => names(report, row)))).toEqual(
						[],
					);
					expect(reports.every(({ count }) => count === 1)).toBe(true);
					if (restarts === 0) expect(missing.every(({ id }) => isPoison(id))).toBe(true);
					const repeats = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
					expect(repeats).toBeLessThanOrEqual(restarts * maxActivities);
					expect(Math.max(0, ...bench.sizes)).toBeLessThanOrEqual(maxActivities);
				}),
				{ numRuns },
			);
		},
	);

	async function go(bench: TriggerBench, each: Poll): Promise<number> {
		time.pass(each.pause);
		const arrivals = [...each.arrivals];
		bench.network.meanwhile = () => arriveMixed(bench, arrivals.shift());
		for (const { fault, after } of each.faults) bench.fails(fault, { after });
		let restarts = 0;
		if (each.restart === 'clean') {
			await bench.restart();
			restarts++;
		} else if (each.restart) bench.engine[each.restart] = true;
		await bench.pollNow();
		if (each.restart === 'killAtEmit' || each.restart === 'killBeforeRun') {
			if (!bench.engine[each.restart]) {
				await bench.restart();
				restarts++;
			}
			bench.engine[each.restart] = false;
		}
		bench.network.meanwhile = () => undefined;
		return restarts;
	}
});

/** Polls each minute, without new faults, until everything has arrived or was given up. */
async function catchUp(bench: TriggerBench, wanted: (row: Row) => boolean): Promise<void> {
	time.pass(OVERLAP);
	for (let tries = 1; tries <= 2000; tries++) {
		const { length } = bench.engine.executions;
		await bench.poll();
		// The period of a report may also name activities that are still to come.
		if (bench.engine.executions.length > length || isInFlight(bench)) continue;
		const times = arrivals(bench);
		const reports = givenUpIn(bench);
		const isDone = (row: Row) => times.has(row.id) || reports.some((report) => names(report, row));
		if (shown(bench).filter(wanted).every(isDone)) return;
	}
}

/** Whether a batch has not arrived yet. */
function isInFlight({ engine }: TriggerBench): boolean {
	const { delivery } = engine.remembered() as { delivery?: { attempt: number } };
	return delivery !== undefined && delivery.attempt > 0;
}

type Row = ReturnType<TriggerBench['feed']['rows']>[number];

function shown(bench: TriggerBench): Row[] {
	return bench.feed
		.rows()
		.filter(({ createdAt, visibleAt }) => createdAt >= START && visibleAt <= bench.now);
}

/** How often each activity has arrived. */
function arrivals({ engine }: TriggerBench): Map<unknown, number> {
	const times = new Map<unknown, number>();
	for (const { status, items = [] } of engine.executions) {
		if (status !== 'success' && status !== 'waiting') continue;
		for (const { id } of items) times.set(id, (times.get(id) ?? 0) + 1);
	}
	return times;
}

interface Report {
	count: number;
	from: number;
	to: number;
}

/** What the trigger has reported as given up. */
function givenUpIn({ engine }: TriggerBench): Report[] {
	return engine.executions.flatMap(({ error }) => {
		const found = /with (\d+) activit\S+ from (\S+) to (\S+), in/.exec(error?.message ?? '');
		if (!found) return [];
		const [, count, from, to] = found;
		return [{ count: Number(count), from: Date.parse(from!), to: Date.parse(to!) }];
	});
}

/** Whether Get Many with the period of a report finds an activity. */
function names({ from, to }: Report, { createdAt }: Row): boolean {
	return Math.floor(createdAt) >= from && Math.floor(createdAt) <= to;
}

/** A number below 17 that belongs to an id. */
function numberOf(id: string): number {
	return [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 17;
}
