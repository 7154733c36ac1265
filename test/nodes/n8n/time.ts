import { jest } from '@jest/globals';

/** The part of a millisecond that the clock shows beside whole ones: at each of them another one. */
function fractionAt(ms: number): number {
	return ((ms + 1) * 0.6180339887) % 1;
}

/**
 * Time under test: the clock stands still but for what `settle` and `pass` let go by. It counts
 * fractions of milliseconds, as a machine's does.
 */
export const time = {
	/** Takes the machine's clock and timers over. */
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

	/** Lets as much time go by as a promise takes to settle. */
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
