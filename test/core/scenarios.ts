import fc from 'fast-check';
import type { Fault } from '../simulators/activity-feed/faults';
import { MINUTE, SECOND } from './harness';

/** What may happen to a feed and on the way to it, for any reader. */

export const OVERLAP = 5 * MINUTE;

/** Activities that become visible together, up to a whole overlap after they happened. */
export interface Arrival {
	ages: number[];
	ties: number;
}

export const arrival: fc.Arbitrary<Arrival> = fc.record({
	ages: fc.array(
		fc.oneof(
			fc.integer({ min: 0, max: OVERLAP }),
			fc.integer({ min: OVERLAP - 30 * SECOND, max: OVERLAP }),
		),
		{ minLength: 1, maxLength: 4 },
	),
	ties: fc.integer({ min: 1, max: 6 }),
});

const passingFault: fc.Arbitrary<Fault> = fc.constantFrom<Fault>(
	{ status: 500 },
	{ status: 529 },
	{ status: 429, headers: { 'retry-after': '7' } },
	{ reset: true },
	{ hang: true },
	{ cutBody: 0.6 },
	{ stallBody: true },
	{ html: true },
	{ duplicateRow: true },
);

const finalFault: fc.Arbitrary<Fault> = fc.constantFrom<Fault>(
	{ status: 400 },
	{ status: 401 },
	{ emptyPageWithMore: true },
	{ transform: ({ data, first_id, last_id }) => ({ data, first_id, last_id }) },
);

/** A misbehaviour of the feed, and how many requests pass before it. */
export const feedFault = fc.record({
	fault: fc.oneof({ weight: 4, arbitrary: passingFault }, { weight: 1, arbitrary: finalFault }),
	after: fc.nat(6),
});

/** Lets activities appear in the feed now. */
export function arrive(
	bench: { happened(ago: number): unknown },
	arrival: Arrival | undefined,
): void {
	for (const age of arrival?.ages ?? []) {
		for (let tie = 0; tie < (arrival?.ties ?? 0); tie++) bench.happened(age);
	}
}
