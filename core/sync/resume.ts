import { defaultBackfillStart } from '../settings/backfill-start';
import { decodeCheckpoint, type CheckpointContents } from './checkpoint';
import { UserError } from '../errors';
import { type Filters, fingerprintOfFilters } from '../api/filters';
import { fingerprint } from '../fingerprint';
import { Fingerprints } from './fingerprints';
import type { Log } from '../api/http';
import { formatInstant, toInstant } from '../instant';
import { OwnRequests } from './own-requests';
import { Counters } from '../watches/counters';

export interface ResumeOptions {
	/** The checkpoint of the last sync; `undefined` for the first sync. */
	readonly checkpoint: unknown;
	readonly baseUrl: string;
	readonly filters: Filters;
	/** Where the first sync starts, in milliseconds since the epoch; `undefined` for 90 days back. */
	readonly backfillStart?: number | undefined;
	/** The present, in milliseconds since the epoch. */
	readonly now: number;
	readonly log: Log;
}

/**
 * Decides where a sync continues, given its settings and the last checkpoint.
 *
 * Other filters apply from the frontier on. With another backfill start, the sync starts over from it.
 *
 * @throws UserError `invalid-checkpoint` if it is damaged, newer than this code, or of another host
 */
export function resume(options: ResumeOptions): CheckpointContents {
	const { checkpoint, now, log } = options;
	const backfillStart =
		options.backfillStart === undefined ? undefined : toInstant(options.backfillStart);
	const host = fingerprint(options.baseUrl);
	const filters = fingerprintOfFilters(options.filters);
	const initial: CheckpointContents = {
		host,
		organization: null,
		filters,
		backfillStart: backfillStart ?? null,
		start: backfillStart ?? defaultBackfillStart(now),
		frontier: null,
		settled: null,
		readAt: null,
		reached: null,
		rereading: null,
		seen: new Fingerprints(),
		ownRequests: new OwnRequests(),
		counters: Counters.NONE,
	};
	if (checkpoint === undefined) return initial;

	const last = decodeCheckpoint(checkpoint);
	if (last.host !== host) {
		throw new UserError(
			'invalid-checkpoint',
			'The checkpoint was made with another base URL; it says nothing about this host.',
			{ remedy: 'Restore the base URL, or give this host its own checkpoint.' },
		);
	}
	if (backfillStart !== undefined && backfillStart !== last.backfillStart) {
		log.info(`The backfill start has changed: syncing again from ${formatInstant(backfillStart)}.`);
		return { ...initial, ownRequests: last.ownRequests };
	}
	if (last.filters !== filters) {
		log.warning(
			`The filters have changed: the new ones apply from ${formatInstant(last.frontier ?? last.start)} on. To apply them to older activities as well, set another backfill start.`,
		);
		// The progress with other filters says nothing about the activities that now pass.
		return { ...last, filters, reached: null, rereading: null };
	}
	return last;
}
