import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyArchive } from '../../archive/verify/verify';
import { UserError } from '../../core';
import { arrival, arrive, feedFault, OVERLAP } from '../core/scenarios';
import { Bench, DAY, MINUTE, PRESENT, SECOND } from '../core/harness';
import { filesOf, onDisk } from './verify/archivist';
import { archiveFeed } from './archive-feed';
import { AnswerLost, MemoryRepository } from './memory-branch';
import { expectWhole } from './whole-archive';

const START = PRESENT - 60 * MINUTE;
const OWN_REQUEST = 'compliance_api_accessed';

/** The process was killed. */
class Death extends Error {}

/** What goes wrong in one of the calls that a run makes to the branch. */
const incident = fc.record({
	call: fc.nat(14),
	kind: fc.constantFrom('death', 'death', 'answer lost', 'push'),
});

const execution = fc.record({
	/** Not 1: each request leaves an activity, so such a run would never end. */
	pageSize: fc.integer({ min: 2, max: 9 }),
	maxActivities: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
	activitiesACommit: fc.integer({ min: 1, max: 12 }),
	includeOwnRequests: fc.boolean(),
	incident: fc.option(incident, { nil: undefined }),
});

const round = fc.record({
	/** Time since the previous round. */
	pause: fc.integer({ min: 0, max: 12 * MINUTE }),
	/** The runs at the same time; their calls alternate in any order. */
	executions: fc.array(execution, { minLength: 1, maxLength: 2 }),
	/** What arrives before and during their requests. */
	arrivals: fc.array(arrival, { maxLength: 4 }),
	faults: fc.array(feedFault, { maxLength: 1 }),
	/** How long ago the unreadable records happened that appear now. */
	odd: fc.array(fc.integer({ min: 0, max: OVERLAP }), { maxLength: 2 }),
	/** With a fraction, like real clocks. */
	latency: fc.double({ min: 0, max: 60 * SECOND, noNaN: true }),
});

const scenario = fc.record({
	seed: fc.integer(),
	backlog: fc.integer({ min: 0, max: 40 }),
	rounds: fc.array(round, { minLength: 1, maxLength: 5 }),
});

describe('an archive', () => {
	test('holds each activity once, despite races, killed runs, lost answers, pushes and faults', async () => {
		await fc.assert(
			fc.asyncProperty(scenario, fc.scheduler(), async ({ seed, backlog, rounds }, scheduler) => {
				let latency = 0;
				let odd = 0;
				const bench = new Bench({ seed, latency: () => latency });
				const { simulated, clock } = bench;
				if (backlog > 0) simulated.generate({ count: backlog, from: START, to: PRESENT });
				const repository = new MemoryRepository();

				for (const each of rounds) {
					clock.advance(each.pause);
					({ latency } = each);
					for (const { fault, after } of each.faults) simulated.fail(fault, { after });
					for (const age of each.odd) {
						const at = Math.floor((clock.now() - age) * 1000);
						simulated.add(`{"odd":${++odd}}`, { at, visibleAt: clock.now() });
					}
					const arrivals = [...each.arrivals];
					bench.meanwhile = () => arrive(bench, arrivals.shift());
					const running = each.executions.map((options) =>
						archive(bench, repository, options, (act) =>
							scheduler.schedule(Promise.resolve()).then(act),
						),
					);
					await scheduler.waitFor(Promise.all(running));
					if (repository.files.has('audit/.checkpoint.json')) expectWhole(repository.files);
				}

				clock.advance(OVERLAP);
				latency = 0;
				bench.meanwhile = () => undefined;
				// Remaining faults from the rounds above may end some of these runs, too.
				const readToEnd = async (tries = 50): Promise<void> => {
					const options = { pageSize: 5, activitiesACommit: Infinity };
					if (await archive(bench, repository, options)) return;
					expect(tries).toBeGreaterThan(0);
					await readToEnd(tries - 1);
				};
				await readToEnd();
				// Own requests alone cause a commit only a day after the previous one. A run that a fault
				// ended in between would commit some of them, and the others a day later.
				simulated.heal();
				clock.advance(DAY + OVERLAP);
				await readToEnd();

				const shown = simulated
					.rows()
					.filter(({ createdAt, visibleAt }) => createdAt >= START && visibleAt <= clock.now());
				const { lines, unreadable } = expectWhole(repository.files);
				const skipped = rounds.some(({ executions }) =>
					executions.some(({ includeOwnRequests }) => !includeOwnRequests),
				);
				const archived = new Set([...lines, ...unreadable]);
				const missing = shown.filter(({ json }) => !archived.has(json));
				expect(missing.filter(({ type }) => !skipped || type !== OWN_REQUEST)).toEqual([]);
				expect(lines.length + unreadable.length).toBe(shown.length - missing.length);
				expect(unreadable).toHaveLength(odd);
				const { findings } = await verifyArchive(onDisk(filesOf(repository)));
				expect(findings).toEqual([]);
				const pushed = [...repository.files.keys()].filter((path) => !path.startsWith('audit/'));
				expect(pushed).toHaveLength(repository.pushes);
			}),
			{ numRuns: 200 },
		);
	});
});

interface ExecutionOptions {
	pageSize: number;
	maxActivities?: number | undefined;
	activitiesACommit: number;
	includeOwnRequests?: boolean;
	incident?: { call: number; kind: string } | undefined;
}

/** Runs what the Action runs, and returns whether it read the feed to its end. */
async function archive(
	bench: Bench,
	repository: MemoryRepository,
	{ incident, activitiesACommit, ...options }: ExecutionOptions,
	turn: <T>(act: () => T) => Promise<T> = async (act) => act(),
): Promise<boolean> {
	let calls = 0;
	const branch = repository.branch((act) =>
		turn(() => {
			const strikes = incident?.call === calls++;
			if (!strikes) return act();
			if (incident.kind === 'death') throw new Death();
			if (incident.kind === 'push') repository.push();
			const result = act();
			if (incident.kind === 'answer lost') throw new AnswerLost();
			return result;
		}),
	);
	try {
		const limits = { ...options, backfillStart: START, overlap: OVERLAP };
		return await archiveFeed(bench, branch, limits, activitiesACommit);
	} catch (thrown) {
		// Of two failures, the one that prevented the commit.
		const error = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
		if (error instanceof UserError || error instanceof Death) return false;
		// A call that only reads fails for good if its answer is lost.
		if (error instanceof AnswerLost) return false;
		throw error;
	}
}
