import { isAtLeast, severities, type Severity, Unreadable } from '../../../core';
import type { WatchedRecord } from './watched-record';

/** What the API cannot filter by: a node reads everything that the API's filters let through, and drops the rest. */
export interface LocalFilters {
	readonly minimumSeverity: Severity;
	/** The ids of watches of which an activity has to set off one; empty for all activities. */
	readonly watches: ReadonlySet<string>;
}

/** Whether an item is made of a record. An unreadable record always passes, because it may be anything. */
export function passes(
	watched: WatchedRecord,
	{ minimumSeverity, watches }: LocalFilters,
): boolean {
	if (watched.record instanceof Unreadable) return true;
	if (watches.size > 0 && !watched.watches.some(({ id }) => watches.has(id))) return false;
	// The severity of a record takes longer than to see that any will do.
	return minimumSeverity === severities[0] || isAtLeast(watched.severity, minimumSeverity);
}

/** Whether there is anything that does not pass. */
export function dropsSome({ minimumSeverity, watches }: LocalFilters): boolean {
	return watches.size > 0 || minimumSeverity !== severities[0];
}
