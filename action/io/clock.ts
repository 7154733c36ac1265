/**
 * Milliseconds since the epoch. Unlike Date.now, it is never set back while a request is under way.
 */
export function monotonicNow(): number {
	return performance.timeOrigin + performance.now();
}
