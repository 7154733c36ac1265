import type { Batch } from './batch';
import { type UserError, OutOfTime } from '../errors';
import type { Feed } from '../api/activities';
import type { Filters } from '../api/filters';
import type { Log } from '../api/http';
import type { PageStore } from './page-store';
import { Pages } from './pages';
import { Position } from './position';
import { DEFAULT_OVERLAP_MS, MAX_PAGE_SIZE } from '../settings/limits';
import type { Watcher } from '../watches/watcher';

export interface SyncOptions {
	readonly feed: Feed;
	/** The checkpoint of the last sync; `undefined` for the first sync. It is checked before use. */
	readonly checkpoint: unknown;
	readonly filters: Filters;
	/** Where the first sync starts, in milliseconds since the epoch; 90 days back by default. */
	readonly backfillStart?: number | undefined;
	/** How late an activity may appear and still be found, in milliseconds; 5 minutes by default. */
	readonly overlap?: number;
	/** Activities a page, 1 to 5000; 5000 by default. */
	readonly pageSize?: number;
	/** Whether the activities that this package's own requests cause are delivered; by default they are. */
	readonly includeOwnRequests?: boolean;
	/** The most activities to deliver. The next sync continues from there. */
	readonly maxActivities?: number | undefined;
	/** Looks for alerts among the activities; what it counts is part of the checkpoint. Without it, none are found. */
	readonly watcher?: Watcher | undefined;
	/**
	 * Where pages wait that are read ahead, several at a time if that is faster. Without it, and
	 * with `maxActivities`, each page is requested once the previous batch is stored.
	 */
	readonly store?: PageStore | undefined;
	/** Gets the memory of each page whose batch has ended, because nothing here reads it any more. */
	readonly reclaim?: ((bytes: Buffer) => void) | undefined;
	/** When to stop waiting for a failure to pass, on the feed's clock. One request is always made. */
	readonly until?: number;
	/** Gets the failure that ended the waiting, if the sync has read some pages. */
	readonly outOfTime?: (failure: UserError) => void;
	/** The present, in milliseconds since the epoch; decides only what "90 days back" means. */
	readonly now: number;
	readonly log: Log;
}

/**
 * Reads the feed from the checkpoint to its present end, oldest first, one batch a page.
 *
 * A request for the next batch means that the last one is stored, and ends it: nobody can read its
 * activities any more, unless it was kept. A caller that stops in between loses nothing: the next sync
 * continues from the checkpoint of the last stored batch. A failure comes after the batches before it,
 * which remain valid.
 *
 * @throws UserError at the first request that fails for good, and for a checkpoint that is damaged,
 *   newer than this code, or of another host
 */
export async function* sync(options: SyncOptions): AsyncGenerator<Batch, void, undefined> {
	const { feed, log, overlap = DEFAULT_OVERLAP_MS, pageSize = MAX_PAGE_SIZE } = options;
	const { until = Infinity } = options;
	const { client } = feed;
	const warn = onceEach(log.warning);
	const knownPageSize = () => feed.pageSizes.known(pageSize);
	const position = new Position({ ...options, client, overlap, pageSize: knownPageSize, warn });
	const pages = new Pages(position, { ...options, overlap, pageSize, warn });
	try {
		for (;;) {
			const failure = await pages.next().then((page) => position.take(page), asError);
			if (failure) {
				await pages.finish();
				const rest = position.rest();
				if (rest) yield rest;
				if (position.untouched || !(failure instanceof OutOfTime)) throw failure;
				log.warning(`Out of time: ${failure.summary}`);
				options.outOfTime?.(failure);
				return;
			}
			const ends = position.caughtUp || position.full || client.now >= until;
			if (ends) await pages.finish();
			yield position.batch();
			const text = position.endBatch();
			if (text) options.reclaim?.(text);
			if (ends) return;
		}
	} finally {
		await pages.close();
	}
}

function asError(error: unknown): Error {
	return error as Error;
}

/** Passes each message on once. */
function onceEach(warn: (message: string) => void): (message: string) => void {
	const passed = new Set<string>();
	return (message) => {
		if (passed.has(message)) return;
		passed.add(message);
		warn(message);
	};
}
