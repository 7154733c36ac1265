import { quote } from './errors';

const MAX_MESSAGE_LENGTH = 2000;

/** The failure and its remedy, in one line. */
export function describeFailure(error: unknown): string {
	return quote(error instanceof Error ? error.message : String(error), MAX_MESSAGE_LENGTH);
}

/** The place of the failure in the code, for the debug log. */
export function traceFailure(error: unknown): string {
	const lines = String((error as Error).stack).split('\n');
	return lines.map((line) => quote(line, MAX_MESSAGE_LENGTH)).join('\n');
}

/**
 * The error of a run that could not continue, and could not deliver the activities read before either.
 * The user has to fix both failures.
 */
export function bothFailures(reading: unknown, delivering: unknown): Error {
	return new Error(
		`${describeFailure(reading)} The activities read before that could not be delivered either: ${describeFailure(delivering)}`,
		{ cause: delivering },
	);
}
