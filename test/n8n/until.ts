import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 200;

/**
 * Waits until a condition holds: until it returns something other than undefined and false.
 *
 * @param what the condition in words, for the error
 * @param timeout milliseconds; the default leaves room for several polls on a busy machine
 * @returns what the condition returned
 * @throws Error when the time is up; any error of the condition
 */
export async function until<T>(
	what: string,
	condition: () => T | Promise<T>,
	timeout = 60_000,
): Promise<Exclude<T, undefined | false>> {
	const deadline = Date.now() + timeout;
	for (;;) {
		const result = await condition();
		if (result !== undefined && result !== false) {
			return result as Exclude<T, undefined | false>;
		}
		if (Date.now() > deadline) throw new Error(`Waited ${timeout / 1000} s in vain until ${what}`);
		await sleep(INTERVAL_MS);
	}
}
