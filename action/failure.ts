import { ComplianceError, quote } from '../core';

const MAX_MESSAGE_LENGTH = 2000;

/** What went wrong, and what to do, in one line. */
export function describeFailure(error: unknown): string {
	if (error instanceof ComplianceError) return error.message;
	return quote(error instanceof Error ? error.message : String(error), MAX_MESSAGE_LENGTH);
}

/**
 * What to fail with when a run could not go on, and what it had read before could not be delivered
 * either: both have to be mended.
 */
export function bothFailures(reading: unknown, delivering: unknown): Error {
	return new Error(
		`${describeFailure(reading)} What was read before could not be delivered either: ${describeFailure(delivering)}`,
		{ cause: delivering },
	);
}
