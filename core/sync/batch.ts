import type { Activity } from '../activity/activity';
import type { Checkpoint } from './checkpoint';
import type { Instant } from '../instant';
import type { Lateness } from './lateness';
import type { Page } from '../api/activities';
import type { Unreadable } from '../activity/unreadable';
import type { Alert } from '../watches/watcher';

/** New activities, oldest first, and the checkpoint that is true once they are stored. */
export interface Batch {
	readonly activities: readonly Activity[];
	/** What is worth a look among the activities. */
	readonly alerts: readonly Alert[];
	/** New unreadable records. */
	readonly unreadable: readonly Unreadable[];
	readonly checkpoint: Checkpoint;
	/** Whether the feed has nothing more to show for now. */
	readonly caughtUp: boolean;
	/** Whether nothing new is left to read. Parts of the overlap may be left to read again. */
	readonly upToDate: boolean;
	/** The newest `created_at` read in this sync, new or known. */
	readonly reached: Instant | undefined;
	/** Ids of the activities of own requests that this batch leaves out. */
	readonly leftOut: readonly string[];
	/** How many activities of own requests it holds. */
	readonly own: number;
	/** The lateness of activities so far in this sync. */
	readonly lateness: Lateness;
	/** Activities that the feed shows again, although they have been delivered. */
	readonly known: readonly Activity[];
	/** The page of the batch, for manifests. */
	readonly source: Source;
	/**
	 * Keeps the activities readable after the next batch is asked for, which otherwise ends this one.
	 * Their whole page then stays in memory while anything refers to one of them.
	 */
	readonly keep: () => void;
}

export interface Source extends Pick<Page, 'query' | 'requestId' | 'lastId'> {
	/** Server time of the request; if it is not known, the newest `created_at` so far. */
	readonly readAt: Instant;
}
