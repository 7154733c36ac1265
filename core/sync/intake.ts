import type { Activity } from '../activity/activity';
import { type Checkpoint, encodeCheckpoint, MAX_OWN_REQUESTS, type Position } from './checkpoint';
import { Course } from './course';
import { ComplianceError, seconds } from '../errors';
import type { Answer, Feed } from '../api/feed';
import type { Filters } from '../api/filters';
import { Frontier, oldestAfter, type Settled } from './frontier';
import type { Log } from '../api/http';
import { DAY_MS, formatInstant, type Instant, LAST_INSTANT, toInstant } from '../instant';
import { type Lateness, LatenessGauge } from './lateness';
import { isAnother, knownAfter } from '../api/organization';
import type { OwnCall } from '../api/own-calls';
import { OWN_REQUEST_LAG_MS } from './own-requests';
import type { PageStore } from './page-store';
import { Reading } from './reading';
import { resume } from './resume';
import { DEFAULT_OVERLAP_MS, MAX_PAGE_SIZE } from '../settings/limits';
import type { Unreadable } from '../activity/unreadable';

/** The maximum that older documentation names, for servers that refuse larger pages. */
const FORMER_MAX_PAGE_SIZE = 2000;

/** What is late then comes in behind what has been read, within the overlap; not before it. */
const ORDER = 'asc';

/** A start may lie so far ahead of the API's clock: it was made by another one. */
const CLOCK_TOLERANCE_MS = DAY_MS;

/** From this share of the overlap on, lateness is a reason to worry. */
const ALARMING_LATENESS = 0.8;

/** By more than this, the server's clock was ahead, and not just a request slow or a server's clock off. */
const ALARMING_CLOCK_MS = 30_000;

/** Activities so far ahead of the server's clock are dated in the future. */
const FUTURE_MS = 60_000;

/** So long a sync that stops waits for its requests under way, by which their activities are known. */
const GRACE_MS = 6_000;

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
	/** Is told what was not waited for any longer, behind pages that have been read. */
	readonly outOfTime?: (failure: ComplianceError) => void;
	/** The present, in milliseconds since the epoch; decides only what "90 days back" means. */
	readonly now: number;
	readonly log: Log;
}

/** New activities, oldest first, and the checkpoint that becomes true once they are stored. */
export interface Batch {
	readonly activities: readonly Activity[];
	/** New records that say not which activity they are, or not when it happened. */
	readonly unreadable: readonly Unreadable[];
	readonly checkpoint: Checkpoint;
	/** Whether the feed has nothing more to show for now. */
	readonly caughtUp: boolean;
	/** Whether nothing new is left to read; of the overlap, something may be left to read again. */
	readonly upToDate: boolean;
	/** The newest `created_at` read in this sync, new or known. */
	readonly reached: Instant | undefined;
	/** Ids of the activities of own calls that this batch leaves out. */
	readonly skipped: readonly string[];
	/** How many activities of own calls it holds. */
	readonly own: number;
	/** How late activities have been so far in this sync. */
	readonly lateness: Lateness;
	/** Activities delivered before that the feed showed again. */
	readonly known: readonly Activity[];
	/** The answer that the batch comes from, for the record. */
	readonly source: Source;
}

export interface Source extends Pick<Answer, 'query' | 'requestId' | 'lastId'> {
	/** Server time of the request; where it is not known, the newest `created_at` read. */
	readonly readAt: Instant;
}

/** A batch before its checkpoint is known. */
export type Draft = Omit<Batch, 'checkpoint'>;

/** Takes pages in, and gives what is new in them out, with the checkpoint that it leads to. */
export class Intake {
	/** Whether a page has been read. */
	begun = false;
	readonly #gauge: LatenessGauge;
	readonly #course: Course;
	readonly #overlap: number;
	readonly #told = new Set<string>();
	/** Records that cannot be read, and that no activity has followed so far. */
	readonly #placeless = new Set<string>();
	#position: Position;
	#leg: Course['leg'];
	#reading: Reading;
	#frontier: Frontier;
	#pageSize: number;
	/** Whether the page size has been made smaller, and nothing has come since. */
	#shrunk = false;
	#room: number;
	#doubted = false;
	#organizationDoubted = false;
	#last: Draft | undefined;
	/** Whether there are own calls that no checkpoint given out so far knows of. */
	#unsaid = false;

	/** @throws ComplianceError as `resume` does */
	constructor(private readonly options: SyncOptions) {
		const { feed, overlap = DEFAULT_OVERLAP_MS } = options;
		this.#overlap = overlap;
		this.#pageSize = options.pageSize ?? MAX_PAGE_SIZE;
		this.#room = options.maxActivities ?? Infinity;
		const position = resume({ ...options, baseUrl: feed.baseUrl });
		this.#position = position;
		// Where reading again was left halfway, nobody knows how long something was missing.
		const measured = position.rereading === null ? position.reached : null;
		this.#gauge = new LatenessGauge(measured, position.readAt);
		this.#course = new Course(position, () => feed.pageSizes.known(this.#pageSize));
		this.#leg = this.#course.leg;
		this.#reading = this.#newReading();
		this.#frontier = this.#newFrontier();
		const leastAt = (position.settled ?? position.start) - OWN_REQUEST_LAG_MS;
		this.#remember(feed.ownCalls.latest.filter(({ at }) => at === undefined || at >= leastAt));
	}

	/** Whether no more activities are wanted. */
	get full(): boolean {
		return this.#room === 0;
	}

	/**
	 * Reads the next page.
	 *
	 * @throws ComplianceError as `Walk.next` does; `invalid-checkpoint` when it is ahead of the API;
	 *   `other-organization` when it is not of the organization that answers
	 */
	async read(): Promise<Answer> {
		const { leg } = this.#course;
		if (leg !== this.#leg) {
			this.#leg = leg;
			await this.#begin();
		}
		for (;;) {
			const answer = await this.#reading.next().catch((error: unknown) => this.#shrinkPage(error));
			if (answer) this.#noteCap();
			if (answer && !this.#isDoubted(answer)) return answer;
			await this.#begin();
		}
	}

	/** Takes a page in: tells what is new, and moves on. */
	take(answer: Answer): Draft {
		this.begun = true;
		const { skipOwnRequests } = this.options;
		const { seen, ownRequests } = this.#position;
		const frontier = this.#frontier;
		this.#remember(this.options.feed.ownCalls.take());
		const recognition = ownRequests.recognize(
			answer.activities,
			({ id }) => seen.has(id),
			answer.readAt,
		);
		if (recognition.doubtful) this.#tellDoubt();

		const unreadable = this.#newOf(answer);
		const cut = this.full;
		const activities: Activity[] = [];
		const known: Activity[] = [];
		const skipped: string[] = [];
		const future = futureAt(answer);
		let own = 0;
		let passed = 0;
		for (const activity of answer.activities) {
			if (activities.length === this.#room) break;
			passed++;
			const { id, createdAt } = activity;
			frontier.pass(createdAt, future);
			if (!seen.add(id, createdAt)) {
				known.push(activity);
				continue;
			}
			this.#gauge.observe(createdAt);
			const call = recognition.own.get(activity);
			const isOwn = call !== undefined;
			if (call) {
				ownRequests.close(call);
				this.#checkClock(activity, call.until - OWN_REQUEST_LAG_MS);
			}
			if (isOwn && skipOwnRequests) {
				skipped.push(id);
				continue;
			}
			if (isOwn) own++;
			activities.push(activity);
		}
		this.#room -= activities.length;

		const atEnd = !answer.hasMore && !cut && passed === answer.activities.length;
		this.#advance(answer, atEnd);
		const reached = frontier.passed;
		const { query, requestId, lastId } = answer;
		const readAt = answer.readAt ?? reached ?? this.#position.reached ?? this.#position.start;
		this.#last = {
			activities,
			unreadable,
			caughtUp: this.#course.leg === undefined,
			upToDate: this.#course.upToDate,
			reached,
			skipped,
			own,
			lateness: this.#gauge.reading,
			known,
			source: { query, requestId, readAt, lastId },
		};
		return this.#last;
	}

	/** Ends what is under way, and takes note of its calls. */
	async finish(): Promise<void> {
		await this.#reading.close(GRACE_MS);
		this.#remember(this.options.feed.ownCalls.take());
	}

	/** A batch with the checkpoint that becomes true once it is stored. */
	seal(draft: Draft): Batch {
		this.#unsaid = false;
		// Of a leg that is still to be begun, nothing has been passed.
		const begun = this.#leg === this.#course.leg;
		const rereading = this.#course.rereading(begun ? this.#frontier.passed : undefined);
		const { told } = this.options.feed.organization;
		const organization = knownAfter(this.#position.organization, told);
		this.#position = { ...this.#position, organization };
		return { ...draft, checkpoint: encodeCheckpoint({ ...this.#position, rereading }) };
	}

	/** What a sync that fails still has to say: the calls that it has made since its last batch. */
	rest(): Batch | undefined {
		if (!this.#last || !this.#unsaid) return undefined;
		const nothing = { activities: [], unreadable: [], skipped: [], known: [], own: 0 };
		const source = { ...this.#last.source, requestId: undefined };
		return this.seal({ ...this.#last, ...nothing, source, caughtUp: false });
	}

	/** Drops what is under way. */
	async close(): Promise<void> {
		await this.#reading.close();
	}

	async #begin(): Promise<void> {
		await this.#reading.close();
		this.#reading = this.#newReading();
		this.#frontier = this.#newFrontier();
		this.#placeless.clear();
	}

	#newReading(): Reading {
		const { feed, filters, store, maxActivities, until } = this.options;
		const { name, range } = this.#leg ?? { name: 'onwards', range: {} };
		const mayReadAhead = maxActivities === undefined && name !== 'again';
		return new Reading({
			feed,
			query: { filters, order: ORDER, limit: this.#pageSize },
			range: { ...range, after: this.#notBeforeFrontier(range.after) },
			overlap: this.#overlap,
			store: mayReadAhead ? store : undefined,
			until,
			warn: (message) => this.#warnOnce(message),
		});
	}

	/** What lies before the frontier may be forgotten: asked for again, it would come again. */
	#notBeforeFrontier(after: Instant | undefined): Instant | undefined {
		const { frontier } = this.#position;
		return after === undefined || frontier === null || after > frontier ? after : frontier;
	}

	#newFrontier(): Frontier {
		return new Frontier(this.#overlap, this.#position.reached);
	}

	/**
	 * Asks for smaller pages from now on, if that may be what the API wants.
	 *
	 * @throws the error itself otherwise
	 */
	#shrinkPage(error: unknown): undefined {
		const invalid = error instanceof ComplianceError && error.status === 400;
		const size = this.options.feed.pageSizes.known(this.#pageSize);
		if (this.begun || !invalid || size <= FORMER_MAX_PAGE_SIZE) throw error;
		this.options.log.info(
			`The API refuses the request with a page size of ${size}: trying ${FORMER_MAX_PAGE_SIZE}.`,
		);
		this.#pageSize = FORMER_MAX_PAGE_SIZE;
		this.#shrunk = true;
	}

	/** It was the page size that the API refused. */
	#noteCap(): void {
		if (this.#shrunk) this.options.feed.pageSizes.cap(this.#pageSize);
		this.#shrunk = false;
	}

	/** Whether an answer is to be asked for again, since it and the checkpoint do not go together. */
	#isDoubted(answer: Answer): boolean {
		return this.#isOfAnother(answer) || (!this.begun && this.#isBehindCheckpoint(answer));
	}

	/**
	 * Whether the answers are of another organization than the checkpoint. What a header says may vary
	 * from answer to answer, so it is asked twice.
	 *
	 * @throws ComplianceError `other-organization` the second time
	 */
	#isOfAnother({ requestId }: Answer): boolean {
		const { told } = this.options.feed.organization;
		if (!isAnother(this.#position.organization, told)) return false;
		if (this.#organizationDoubted) throw otherOrganization(requestId);
		this.#organizationDoubted = true;
		return true;
	}

	/**
	 * Whether the API's clock is behind the checkpoint. One answer's clock may be, so it is asked twice.
	 *
	 * @throws ComplianceError `invalid-checkpoint` the second time
	 */
	#isBehindCheckpoint({ date, requestId }: Answer): boolean {
		const { frontier, start } = this.#position;
		const least = frontier ?? toInstant(start - CLOCK_TOLERANCE_MS);
		if (date === undefined || least <= date) return false;
		if (this.#doubted) throw frontierAhead(least, date, requestId);
		this.#doubted = true;
		return true;
	}

	/**
	 * The new ones of the records that cannot be read. One that ends the feed has no place yet, and comes
	 * again in every run until an activity follows: so long it is not forgotten.
	 */
	#newOf({ unreadable, activities: [first] }: Answer): Unreadable[] {
		const { seen, reached } = this.#position;
		if (first) {
			const place = toInstant(Math.max(first.createdAt, reached ?? -Infinity));
			for (const id of this.#placeless) seen.renew(id, place);
			this.#placeless.clear();
		}
		const fresh: Unreadable[] = [];
		for (const record of unreadable) {
			if (fresh.length === this.#room) break;
			const { id, before = LAST_INSTANT } = record;
			if (seen.add(id, before)) fresh.push(record);
			else seen.renew(id, before);
			if (record.before === undefined) this.#placeless.add(id);
		}
		this.#room -= fresh.length;
		return fresh;
	}

	#advance(answer: Answer, atEnd: boolean): void {
		const frontier = this.#frontier;
		const { passed } = frontier;
		const { reached } = this.#position;
		if (passed !== undefined && (reached === null || passed > reached)) {
			this.#position = { ...this.#position, reached: passed };
		}
		if (this.#leg?.name === 'onwards') {
			const settled = frontier.settle(answer, atEnd);
			if (settled) this.#settle(settled, answer.readAt);
		}
		this.#course.advance({ passed, final: frontier.final, atEnd });
		const { longest } = this.#gauge.reading;
		if (longest >= this.#overlap * ALARMING_LATENESS) {
			this.#warnOnce(
				`An activity appeared ${Math.round(longest / 1000)} s late; with an overlap of ${this.#overlap / 1000} s, ones that are a little later would be missed. Choose a longer overlap.`,
			);
		}
	}

	#settle(found: Settled, readAt: Instant | undefined): void {
		const { start, seen, ownRequests } = this.#position;
		let { frontier, settled } = this.#position;
		if (found.frontier !== undefined && found.frontier >= (frontier ?? start)) {
			({ frontier } = found);
			seen.prune(oldestAfter(found.frontier));
		}
		// What was called settled by a clock that was ahead is not.
		if (settled !== null && readAt !== undefined && settled > readAt) settled = frontier;
		if (found.settled >= (settled ?? start)) ({ settled } = found);
		if (settled !== null) ownRequests.prune(settled);
		this.#position = { ...this.#position, frontier, settled, readAt: readAt ?? null };
	}

	#remember(calls: readonly OwnCall[]): void {
		if (calls.length === 0) return;
		this.#unsaid = true;
		const { ownRequests, reached, start } = this.#position;
		for (const call of calls) ownRequests.add(call, reached ?? start);
		ownRequests.shrink(MAX_OWN_REQUESTS);
	}

	/** An own call is on record by the API's clock, which tells what its answer's `Date` was worth. */
	#checkClock({ requestId, createdAt }: Activity, at: number): void {
		const { clock, ownCalls } = this.options.feed;
		const call = requestId === undefined ? undefined : ownCalls.find(requestId);
		if (call) clock.learn(createdAt, call.answeredAt);
		const ahead = at - createdAt;
		if (ahead <= ALARMING_CLOCK_MS) return;
		this.#warnOnce(
			`The Date of an answer was ${seconds(ahead)} ahead of the API's own clock. Activities that appear almost as late as the overlap of ${seconds(this.#overlap)} could be missed so: if it stays, look at what stands between this machine and the API, and choose a longer overlap.`,
		);
	}

	/** Once for all runs of a reader: it stays as it is. */
	#tellDoubt(): void {
		const { ownCalls } = this.options.feed;
		if (ownCalls.doubtTold) return;
		ownCalls.doubtTold = true;
		this.options.log.warning(
			'The activities of own requests cannot be told from those of others: the answers lack the request-id of the API, and neither key nor address and time make it certain. So they count as news. Let the header request-id of the answers pass whatever stands between this machine and the API.',
		);
	}

	#warnOnce(message: string): void {
		if (this.#told.has(message)) return;
		this.#told.add(message);
		this.options.log.warning(message);
	}
}

/**
 * From here on, what an answer shows is dated in the future. Where the server's clock is not known,
 * the local one has to do: if it is behind, less is settled, and nothing is lost.
 */
function futureAt({ readAt, startedAt }: Answer): number {
	return readAt === undefined ? startedAt : readAt + FUTURE_MS;
}

function otherOrganization(requestId: string | undefined): ComplianceError {
	return new ComplianceError(
		'other-organization',
		'The key is of another organization than the one that the checkpoint was made with.',
		{
			remedy:
				'The checkpoint stays as it is. Put a key of that organization back. To read the other one, begin anew for it: set another backfill start, or give it a checkpoint of its own.',
			requestId,
		},
	);
}

function frontierAhead(
	settled: Instant,
	date: Instant,
	requestId: string | undefined,
): ComplianceError {
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
