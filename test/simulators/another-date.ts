/**
 * What sets the date of a process where the tests run at another one, under libfaketime: whoever
 * starts a process with an environment of its own hands it on.
 */
export const anotherDate = Object.fromEntries(
	['LD_PRELOAD', 'FAKETIME', 'FAKETIME_DONT_FAKE_MONOTONIC'].flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value]];
	}),
);
