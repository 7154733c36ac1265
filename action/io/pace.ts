import { setTimeout } from 'node:timers/promises';
import type { ThrottlingOptions } from '@octokit/plugin-throttling';
import { monotonicNow } from './clock';

/** How time passes for a run. Tests use a pace at which nothing waits. */
export interface Pace {
	/** Milliseconds since the epoch, on a clock that is never set back. */
	readonly now: () => number;
	/** Resolves after the given number of milliseconds; rejects when the signal aborts. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
	/** The length of a second, in milliseconds, in the retry delays of GitHub's API client. */
	readonly second: number;
	/** Spaces that client's writes. The default is the client's own: one second between two writes. */
	readonly writes?: ThrottlingOptions['write'];
}

export const REAL_PACE: Pace = {
	now: monotonicNow,
	sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
	second: 1000,
};
