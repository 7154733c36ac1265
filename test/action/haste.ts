import { setImmediate } from 'node:timers/promises';
import { monotonicNow } from '../../action/io/clock';
import type { Pace } from '../../action/io/pace';

/** The sum of all skipped waits, in milliseconds. */
let skipped = 0;

const writes = {
	key: () => ({ schedule: (_: unknown, write: () => Promise<void>) => write() }),
};

/** A pace at which nothing waits: a sleep advances the clock instead. */
export const HASTE: Pace = {
	now: () => monotonicNow() + skipped,
	sleep: async (ms, signal) => {
		await setImmediate(undefined, { signal });
		skipped += ms;
	},
	second: 1,
	// The part of a group of limiters that the client uses.
	writes: writes as unknown as Pace['writes'],
};
