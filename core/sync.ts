import { type Activity, COMPLIANCE_API_ACCESSED } from './activity';
import { type Checkpoint, encodeCheckpoint, MAX_OWN_REQUESTS, type Position } from './checkpoint';
import { ComplianceError, OutOfTime } from './errors';
import type { Answer, Feed, Range } from './feed';
import type { Filters } from './filters';
import { Frontier } from './frontier';
import type { Log } from './http';
import { formatInstant } from './instant';
import { type Lateness, LatenessGauge } from './lateness';
import type { OwnCall } from './own-calls';
import type { PageStore } from './page-store';
import { Reading } from './reading';
import { resume } from './resume';

export const MAX_PAGE_SIZE = 5000;
/** The maximum that older documentation names, for servers that refuse larger pages. */
const FORMER_MAX_PAGE_SIZE = 2000;

/** What is late then comes in behind what has been read, within the overlap; not before it. */
const ORDER = 'asc';

/** The API documents that an activity may appear up to 1 minute late. */
const DEFAULT_OVERLAP_MS = 5 * 60_000;

/** A walk may lose its cursor so often in a row without having got anywhere. */
const MAX_IDLE_RESTARTS = 3;

/** A start may lie so far ahead of the API's clock: it was made by another one. */
const CLOCK_TOLERANCE_MS = 24 * 60 * 60_000;

/** From this share of the overlap on, lateness is a reason to worry. */
const ALARMING_LATENESS = 0.8;

/** The activity of an own call appears within a minute; it is not waited for any longer. */
const OWN_REQUEST_LAG_MS = 60_000;

export interface SyncOptions {
	readonly feed: Feed;
	/** What the last sync left; `undefined` for the first one. It is checked before use. */
	readonly checkpoint: unknown;
	readonly filters: Filters;
	/** Where the first sync starts, in milliseconds since the epoch; 90 days back by default. */
	readonly backfillStart?: number | undefined;
	/** How late an activity may appear and still be found, in milliseconds. */
	readonly overlap?: number;
	/** Activities a page, 1 to 5000. */
	readonly pageSize?: number;
	/** Leaves out the activities that this package's own calls cause. */
	readonly skipOwnRequests?: boolean;
	/** Stops after so many activities; the next sync goes on from there. */
	readonly maxActivities?: number | undefined;
	/**
	 * Where pages may wait that are read ahead of their turn, several at a time where it pays. Without
	 * it, and with `maxActivities`, a page is asked for when the batch before it is stored.
	 */
	readonly store?: PageStore | undefined;
	/** When to wait no longer for what may pass, on the feed's clock. One request is always made. */
	readonly until?: number;
	/** The present, in milliseconds since the epoch; decides only what "90 days back" means. */
	readonly now: number;
	readonly log: Log;
}

/** New activities, oldest first, and the checkpoint that becomes true once they are stored. */
export interface Batch {
	readonly activities: readonly Activity[];
	readonly checkpoint: Checkpoint;
	/** Whether the feed has nothing more to show for now. */
	readonly caughtUp: boolean;
	/** The newest `created_at` read in this sync, new or known, in milliseconds since the epoch. */
	readonly reached: number | undefined;
	/** Ids of the activities of own calls that this batch leaves out. */
	readonly skipped: readonly string[];
	/** How many activities of own calls it holds. */
	readonly own: number;
	/** How late activities have been so far in this sync. */
	readonly lateness: Lateness;
	/** Activities delivered before that the feed showed again. */
	readonly known: readonly Activity[];
	/** The answer that the batch comes from, for the record. */
	readonly source: Pick<Answer, 'query' | 'requestId' | 'readAt' | 'lastId'>;
}

/**
 * Reads the feed from the checkpoint to its present end, oldest first, one batch a page.
 *
 * Asking for the next batch says that the last one is stored. Whoever stops in between loses nothing:
 * the checkpoint of the last stored batch leads on from there.
 *
 * @throws ComplianceError at the first request that fails for good, and for a checkpoint that is
 *   damaged, newer than this code, or of another host
 */
export async function* sync(options: SyncOptions): AsyncGenerator<Batch, void, undefined> {
	const { feed, filters, log, overlap = DEFAULT_OVERLAP_MS } = options;
	const { position, continues } = resume({ ...options, baseUrl: feed.baseUrl });
	const { seen, ownRequests } = position;
	const gauge = new LatenessGauge(continues ? seen.latest : undefined, position.readAt);
	let { frontier: settled, readAt } = position;
	let pageSize = options.pageSize ?? MAX_PAGE_SIZE;
	let room = options.maxActivities ?? Infinity;
	let begun = false;
	let alarmed = false;
	let idleRestarts = 0;

	let store = options.maxActivities === undefined ? options.store : undefined;
	const begin = () => ({
		reading: new Reading({
			feed,
			query: { filters, order: ORDER, limit: pageSize },
			range: rangeOf(position, settled),
			overlap,
			store,
			until: options.until,
		}),
		frontier: new Frontier(overlap),
	});
	let current = begin();

	const leastAt = (settled ?? position.start) - OWN_REQUEST_LAG_MS;
	remember(feed.ownCalls.latest.filter(({ at }) => at >= leastAt));
	try {
		for (;;) {
			const { reading, frontier } = current;
			const answer = await reading.next().catch(mendable);
			if (answer instanceof OutOfTime) {
				if (!begun) throw answer;
				log.warning(`Out of time: ${answer.summary}`);
				return;
			}
			if (answer instanceof ComplianceError) {
				// The same parameters were fine for the first page, so a 400 later on means the cursor.
				if (reading.begun && idleRestarts < MAX_IDLE_RESTARTS) {
					log.warning('The API no longer accepts its cursor: starting again from the checkpoint.');
					idleRestarts++;
					store = undefined;
				} else if (!begun && pageSize > FORMER_MAX_PAGE_SIZE) {
					log.info(
						`The API refuses the request with a page size of ${pageSize}: trying ${FORMER_MAX_PAGE_SIZE}.`,
					);
					pageSize = FORMER_MAX_PAGE_SIZE;
				} else {
					throw answer;
				}
				await reading.close();
				current = begin();
				continue;
			}
			const leastPresent = settled ?? position.start - CLOCK_TOLERANCE_MS;
			if (!begun && leastPresent > answer.date) throw frontierAhead(leastPresent, answer);
			begun = true;
			remember(feed.ownCalls.take());

			const activities: Activity[] = [];
			const known: Activity[] = [];
			const skipped: string[] = [];
			let own = 0;
			let passed = 0;
			for (const activity of answer.activities) {
				if (activities.length === room) break;
				passed++;
				frontier.pass(activity.createdAt);
				if (!seen.add(activity.id, activity.createdAt)) {
					known.push(activity);
					continue;
				}
				gauge.observe(activity.createdAt);
				const isOwn = causedByOwnCall(activity);
				if (isOwn && options.skipOwnRequests) {
					skipped.push(activity.id);
					continue;
				}
				if (isOwn) own++;
				activities.push(activity);
			}
			room -= activities.length;

			const caughtUp = !answer.hasMore && passed === answer.activities.length;
			const before = settled;
			const candidate = frontier.settle(answer.readAt, caughtUp);
			if (candidate !== undefined && candidate >= (settled ?? position.start)) {
				settled = candidate;
				({ readAt } = answer);
				seen.prune(settled);
				ownRequests.prune(settled);
			}
			const lateness = gauge.reading;
			if (!alarmed && lateness.longest >= overlap * ALARMING_LATENESS) {
				alarmed = true;
				log.warning(
					`An activity appeared ${Math.round(lateness.longest / 1000)} s late; with an overlap of ${overlap / 1000} s, ones that are a little later would be missed. Choose a longer overlap.`,
				);
			}
			if (activities.length > 0 || settled !== before) idleRestarts = 0;

			const { query, requestId, lastId } = answer;
			yield {
				activities,
				checkpoint: encodeCheckpoint({ ...position, frontier: settled, readAt }),
				caughtUp,
				reached: frontier.passed,
				skipped,
				own,
				lateness,
				known,
				source: { query, requestId, readAt: answer.readAt, lastId },
			};
			if (caughtUp || room === 0) return;
		}
	} finally {
		await current.reading.close();
	}

	function remember(calls: readonly OwnCall[]): void {
		for (const { id, at } of calls) ownRequests.add(id, at + OWN_REQUEST_LAG_MS);
		ownRequests.shrink(MAX_OWN_REQUESTS);
	}

	function causedByOwnCall({ type, requestId }: Activity): boolean {
		return (
			type === COMPLIANCE_API_ACCESSED && requestId !== undefined && ownRequests.delete(requestId)
		);
	}
}

function rangeOf({ start }: Position, settled: number | null): Range {
	return settled === null ? { from: start } : { after: settled };
}

/**
 * The failures that a sync may have an answer to: no time left, and a request the API finds invalid.
 *
 * @throws the failure itself if it is another one
 */
function mendable(error: unknown): ComplianceError {
	if (error instanceof OutOfTime) return error;
	const invalid = error instanceof ComplianceError && error.code === 'invalid-request';
	if (invalid && error.status === 400) return error;
	throw error;
}

function frontierAhead(settled: number, { date, requestId }: Answer): ComplianceError {
	return new ComplianceError(
		'invalid-checkpoint',
		`The checkpoint calls everything up to ${formatInstant(settled)} settled, but the API's clock says ${formatInstant(date)}.`,
		{
			remedy:
				'It was damaged or made with a wrong clock, and activities in between would be missed: remove it, or set a backfill start, to sync again.',
			requestId,
		},
	);
}
