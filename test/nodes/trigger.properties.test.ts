import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrival, feedFault, OVERLAP } from '../core/scenarios';
import type { Fault } from '../simulators/activity-feed/faults';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import { arriveMixed, filters, isDue, mayBeDue } from './filtered';
import { DurableEngine } from './n8n/engines';
import { MINUTE, PRESENT, SECOND, time, TriggerBench } from './harness';

/** Early enough for every server clock below. */
const START = PRESENT - 120 * MINUTE;

/** Odd answers that a poll recovers from. */
const oddAnswer: fc.Arbitrary<Fault> = fc.constantFrom<Fault>(
	{ headers: { date: null } },
	{ headers: { date: 'yesterday' } },
	{ emptyPageWithMore: true },
	{ transform: (page) => ({ ...page, last_id: null }) },
	{ transform: (page) => ({ ...page, last_id: 'bm93aGVyZQ==' }) },
);

const poll = fc.record({
	/** The time since the previous poll. */
	pause: fc.integer({ min: 0, max: 12 * MINUTE }),
	/** The activities that appear during the requests of the poll. */
	arrivals: fc.array(arrival, { maxLength: 5 }),
	/** How long ago each activity happened. */
	unreadable: fc.array(fc.integer({ min: 0, max: OVERLAP }), { maxLength: 2 }),
	faults: fc.array(feedFault, { maxLength: 2 }),
	oddities: fc.array(fc.record({ fault: oddAnswer, after: fc.nat(6) }), { maxLength: 2 }),
	latency: fc.oneof(
		{ weight: 4, arbitrary: fc.integer({ min: 0, max: 6 * SECOND }) },
		{ weight: 1, arbitrary: fc.integer({ min: 0, max: 90 * SECOND }) },
	),
	/** What happens to n8n: before the poll, or as the poll emits. */
	restart: fc.option(fc.constantFrom('clean', 'kill at emit'), { nil: undefined, freq: 3 }),
	/** Whether n8n starts another poll before this one has ended, or before its batch is stored. */
	overlapped: fc.boolean(),
});

const scenario = fc.record({
	seed: fc.integer(),
	backlog: fc.integer({ min: 0, max: 60 }),
	serverAhead: fc.integer({ min: -60 * MINUTE, max: 60 * MINUTE }),
	pageSize: fc.integer({ min: 10, max: 20 }),
	maxActivities: fc.integer({ min: 5, max: 40 }),
	/** Whether answers have a `Date`. */
	dated: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
	polls: fc.array(poll, { minLength: 1, maxLength: 7 }),
});

type Poll = typeof poll extends fc.Arbitrary<infer Value> ? Value : never;

describe.each(['default', 'durable'] as const)('the trigger on the %s engine', (engine) => {
	test.each([
		['what the feed ever showed', {}, 150],
		['what passes a local filter of it', filters, 75],
	])('emits exactly %s, through late rows, ties, caps, faults and kills', async (...row) => {
		const [, chosen, numRuns] = row;
		await fc.assert(
			fc.asyncProperty(scenario, async (given) => {
				const { polls, backlog, pageSize, maxActivities, dated, ...feed } = given;
				const bench = new TriggerBench({
					...feed,
					engine,
					recordReads: true,
					parameters: {
						backfillStartTime: 'date',
						backfillStartDate: new Date(START).toISOString(),
						maxActivities,
						filters: chosen,
						options: { pageSize, includeOwnRequests: true },
					},
				});
				bench.network.dated = dated;
				const isUnreadable = (row: FeedRow) => bench.itemId(row) !== row.id;
				const wanted = (row: FeedRow) => chosen !== filters || isUnreadable(row) || isDue(row);
				if (backlog > 0) bench.feed.generate({ count: backlog, from: START, to: bench.now });
				await bench.publish();
				let kills = 0;
				for (const each of polls) kills += await go(bench, each);
				const due = await catchUp(bench, wanted);

				expect(without(due, bench.ids)).toEqual([]);
				expect(
					without(
						bench.ids,
						shown(bench, (row) => wanted(row) || mayBeDue(row)),
					),
				).toEqual([]);
				expect(Math.max(...bench.sizes)).toBeLessThanOrEqual(maxActivities);
				if (kills === 0 || engine === 'durable') {
					expect(bench.ids).toHaveLength(new Set(bench.ids).size);
				}
			}),
			{ numRuns },
		);
	});

	async function go(bench: TriggerBench, each: Poll): Promise<number> {
		time.pass(each.pause);
		const arrivals = [...each.arrivals];
		const unreadable = [...each.unreadable];
		bench.network.meanwhile = () => {
			arriveMixed(bench, arrivals.shift());
			const ago = unreadable.shift();
			if (ago !== undefined)
				bench.unreadable(ago, `{"created_at":null,"n":${bench.feed.rows().length}}`);
		};
		bench.slow(each.latency);
		for (const { fault, after } of [...each.faults, ...each.oddities]) {
			bench.fails(fault, { after });
		}
		bench.engine.killAtEmit = each.restart === 'kill at emit';
		if (each.restart === 'clean') await bench.restart();

		await (each.overlapped ? overlapping(bench) : inTime(bench));

		const killed = each.restart === 'kill at emit' && !bench.engine.killAtEmit;
		bench.engine.killAtEmit = false;
		if (killed) await bench.restart();
		expect(bench.engine.polling).toBe(true);
		return killed ? 1 : 0;
	}
});

async function overlapping(bench: TriggerBench): Promise<void> {
	const { engine } = bench;
	if (!(engine instanceof DurableEngine)) {
		await Promise.all([inTime(bench), inTime(bench)]);
		return;
	}
	// The durable engine's queue separates the polls of a node, but not what they store.
	engine.storesLater = true;
	await inTime(bench);
	await inTime(bench);
	engine.store();
}

/** Polls, and checks that the poll stays within n8n's time limit. */
async function inTime(bench: TriggerBench): Promise<void> {
	const since = Date.now();
	await bench.pollNow();
	expect(Date.now() - since).toBeLessThan(bench.pollTimeout);
}

/**
 * Polls without new faults until everything is delivered; faults that remain may end some of these polls.
 * The requests of these polls leave activities too, perhaps more than so small polls deliver: those do
 * not count.
 *
 * @returns what had to be delivered
 */
async function catchUp(bench: TriggerBench, wanted: (row: FeedRow) => boolean): Promise<unknown[]> {
	time.pass(OVERLAP);
	bench.slow(0);
	bench.network.meanwhile = () => undefined;
	const due = shown(bench, wanted);
	for (let tries = 1; tries <= 1000 && without(due, bench.ids).length > 0; tries++)
		await bench.poll();
	return due;
}

function shown(bench: TriggerBench, wanted: (row: FeedRow) => boolean): unknown[] {
	return bench.feed
		.rows()
		.filter(({ createdAt, visibleAt }) => createdAt >= START && visibleAt <= bench.now)
		.filter(wanted)
		.map((row) => bench.itemId(row));
}

function without(ids: unknown[], others: unknown[]): unknown[] {
	const excluded = new Set(others);
	return ids.filter((id) => !excluded.has(id));
}
