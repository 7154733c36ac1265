import { jest } from '@jest/globals';

/** The fraction that the clock adds to each millisecond; it differs from one to the next. */
function fractionAt(ms: number): number {
	return ((ms + 1) * 0.6180339887) % 1;
}

/**
 * Time under test: it passes only in `settle` and `pass`. The clock counts fractions of milliseconds, as
 * that of a machine does.
 */
export const time = {
	/** Replaces the machine's clock and timers. */
	begin(now: number): void {
		jest.useFakeTimers({ now, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
		const count = performance.now.bind(performance);
		performance.now = () => count() + fractionAt(count());
	},

	pass(ms: number): void {
		jest.advanceTimersByTime(ms);
	},

	/** Sets the clock back, as an administrator may: timers and `performance` do not notice. */
	setBack(ms: number): void {
		jest.setSystemTime(Date.now() - ms);
	},

	/** Lets time pass until a promise settles. */
	async settle<T>(promise: Promise<T>): Promise<T> {
		let settled = false;
		const watched = promise.finally(() => (settled = true));
		watched.catch(() => undefined);
		for (let idle = 0; !settled;) {
			await new Promise<void>((resolve) => setImmediate(resolve));
			if (settled) break;
			if (jest.getTimerCount() > 0) jest.advanceTimersToNextTimer();
			else if (++idle > 100) throw new Error('Waiting for what no timer will bring.');
		}
		return await watched;
	},
};
