/**
 * The environment variables that set the date of a process if the tests run at another date, under
 * libfaketime. Code that starts a process with its own environment must pass them on.
 */
export const anotherDate = Object.fromEntries(
	['LD_PRELOAD', 'FAKETIME', 'FAKETIME_DONT_FAKE_MONOTONIC'].flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value]];
	}),
);
