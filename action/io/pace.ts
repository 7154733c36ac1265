import { setTimeout } from 'node:timers/promises';
import type { ThrottlingOptions } from '@octokit/plugin-throttling';
import { monotonicNow } from './clock';

/** How a run's time passes. Tests bring a pace at which nothing waits. */
export interface Pace {
	/** Milliseconds since the epoch, on a clock that is never set back. */
	readonly now: () => number;
	/** Resolves after so many milliseconds; rejects when the signal aborts. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
	/** How many milliseconds the client of GitHub's API takes for a second when it tries again. */
	readonly second: number;
	/** What spaces that client's writes. By default it is the client's own: a second lies between two. */
	readonly writes?: ThrottlingOptions['write'];
}

export const REAL_PACE: Pace = {
	now: monotonicNow,
	sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
	second: 1000,
};
