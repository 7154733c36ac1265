import type { Activity } from '../activity/activity';
import type { Batch } from './batch';
import { type CheckpointContents, encodeCheckpoint } from './checkpoint';
import { Course, type PlannedInterval } from './course';
import { Frontier, oldestAfter, type Settled } from './frontier';
import { futureAt, latestCounted } from './future';
import { type Instant, LAST_INSTANT } from '../instant';
import { knownAfter } from '../api/organization';
import { LatenessGauge } from './lateness';
import { type ClientKnowledge, OwnActivities } from './own-activities';
import type { Page } from '../api/activities';
import type { Records } from '../activity/records';
import { resume, type ResumeOptions } from './resume';
import type { Unreadable } from '../activity/unreadable';
import type { Alert, Watcher } from '../watches/watcher';

/** From this share of the overlap on, lateness is a reason to worry. */
const ALARMING_LATENESS = 0.8;

export interface PositionOptions extends Omit<ResumeOptions, 'baseUrl'> {
	readonly client: ClientKnowledge & { readonly baseUrl: string };
	/** How late an activity may appear and still be found, in milliseconds. */
	readonly overlap: number;
	/** How many activities a page has. */
	readonly pageSize: () => number;
	readonly includeOwnRequests?: boolean | undefined;
	/** No more activities are taken in. */
	readonly maxActivities?: number | undefined;
	/** Looks for alerts among the new activities. */
	readonly watcher?: Watcher | undefined;
	/** Gets warnings about oddities that do no harm. */
	readonly warn: (message: string) => void;
}

/** What is new on a page. */
type NewOnPage = Omit<Batch, 'checkpoint' | 'keep'>;

/** How far a sync has come: takes pages in, and gives what is new, with the checkpoint that it leads to. */
export class Position {
	readonly #options: PositionOptions;
	readonly #gauge: LatenessGauge;
	readonly #course: Course;
	readonly #own: OwnActivities;
	/** Unreadable records that no activity has followed so far. */
	readonly #placeless = new Set<string>();
	#contents: CheckpointContents;
	/** The interval that is being read. */
	#begun: PlannedInterval | undefined;
	#frontier: Frontier;
	#room: number;
	#news: NewOnPage | undefined;
	/** The records of the page taken last, until their batch ends. */
	#records: Records | undefined;

	/** @throws UserError as `resume` does */
	constructor(options: PositionOptions) {
		const { client, overlap, maxActivities = Infinity } = options;
		this.#options = options;
		this.#room = maxActivities;
		const contents = resume({ ...options, baseUrl: client.baseUrl });
		this.#contents = contents;
		const { reached, rereading, readAt, settled, start, ownRequests } = contents;
		// When reading again was left halfway, nobody knows how long an activity was missing.
		this.#gauge = new LatenessGauge(rereading === null ? reached : null, readAt);
		this.#course = new Course(contents, options.pageSize);
		this.#frontier = this.#newFrontier();
		this.#own = new OwnActivities(ownRequests, client, overlap, options.warn);
		this.#own.recall(settled ?? start, reached ?? start);
	}

	/** What the sync has settled and delivered so far, in the pages that it has taken. */
	get contents(): CheckpointContents {
		return this.#contents;
	}

	/** The interval to read now; `undefined` when nothing is left to read. */
	get planned(): PlannedInterval | undefined {
		return this.#course.planned;
	}

	/** Whether no page has been taken yet. */
	get untouched(): boolean {
		return this.#news === undefined;
	}

	/** Whether the feed has nothing more to show for now. */
	get caughtUp(): boolean {
		return this.#course.planned === undefined;
	}

	/** Whether no more activities are wanted. */
	get full(): boolean {
		return this.#room === 0;
	}

	/**
	 * Begins with the interval that is planned, or begins it again.
	 *
	 * @returns what to read: what lies before the frontier may be forgotten, and would come again
	 */
	begin(): PlannedInterval {
		const planned = this.#course.planned;
		if (!planned) throw new Error('Nothing is left to read.');
		this.#begun = planned;
		this.#frontier = this.#newFrontier();
		this.#placeless.clear();
		const { frontier } = this.#contents;
		const { after } = planned.interval;
		const forgotten = after !== undefined && frontier !== null && after <= frontier;
		const interval = { ...planned.interval, after: forgotten ? frontier : after };
		return { ...planned, interval };
	}

	/** Takes in a page of that interval: finds what is new, and moves on. */
	take(page: Page): void {
		const { includeOwnRequests = true } = this.#options;
		const { seen } = this.#contents;
		this.#own.note(this.#earliest);
		const found = page.records.activities();
		const { own } = this.#own.recognize(found, page, ({ id }) => seen.has(id));
		const unreadable = this.#newOf(page);
		const cut = this.full;
		const [activities, known, leftOut]: [Activity[], Activity[], string[]] = [[], [], []];
		const future = futureAt(page);
		let ownCount = 0;
		let passed = 0;
		for (const activity of found) {
			if (activities.length === this.#room) break;
			passed++;
			const { id, createdAt } = activity;
			this.#frontier.pass(createdAt, future);
			if (!seen.add(id, createdAt)) {
				known.push(activity);
				continue;
			}
			this.#gauge.observe(createdAt);
			const request = own.get(activity);
			if (request) this.#own.came(activity, request);
			if (request && !includeOwnRequests) {
				leftOut.push(id);
				continue;
			}
			if (request) ownCount++;
			activities.push(activity);
		}
		this.#room -= activities.length;

		this.#advance(page, !page.hasMore && !cut && passed === found.length);
		const reached = this.#frontier.passed;
		const { query, requestId, lastId } = page;
		const source = { query, requestId, lastId, readAt: page.readAt ?? reached ?? this.#earliest };
		const { caughtUp } = this;
		const { upToDate } = this.#course;
		const lateness = this.#gauge.measured;
		const alerts = this.#watch(activities, page);
		const records = { activities, alerts, unreadable, leftOut, known, own: ownCount };
		this.#records = page.records;
		this.#news = { ...records, caughtUp, upToDate, reached, lateness, source };
	}

	/** The alerts among new activities. What the watches count becomes part of the checkpoint. */
	#watch(activities: readonly Activity[], page: Page): readonly Alert[] {
		const { watcher, overlap } = this.#options;
		if (!watcher) return [];
		const { alerts, counters } = watcher.watch(activities, this.#contents.counters, {
			latest: latestCounted(page),
			lateness: overlap,
		});
		this.#contents = { ...this.#contents, counters };
		return alerts;
	}

	/** What was new on the page taken last, with the checkpoint that becomes true once it is stored. */
	batch(): Batch {
		if (!this.#news) throw new Error('No page has been taken.');
		return this.#sealed(this.#news);
	}

	/**
	 * Ends the batch of the page taken last. Unless it was kept, nobody can read its activities afterwards.
	 *
	 * @returns the text of its page, unless it was kept
	 */
	endBatch(): Buffer | undefined {
		const text = this.#records?.end();
		this.#records = undefined;
		return text;
	}

	/** The last batch of a failing sync: the requests that it has made since its last batch. */
	rest(): Batch | undefined {
		this.#own.note(this.#earliest);
		if (!this.#news || !this.#own.unstored) return undefined;
		const nothing = { activities: [], alerts: [], unreadable: [], leftOut: [], known: [], own: 0 };
		const source = { ...this.#news.source, requestId: undefined };
		return this.#sealed({ ...this.#news, ...nothing, source, caughtUp: false });
	}

	/** Nothing that is still to be read happened before this. */
	get #earliest(): Instant {
		return this.#contents.reached ?? this.#contents.start;
	}

	#sealed(news: NewOnPage): Batch {
		this.#own.note(this.#earliest);
		this.#own.unstored = false;
		// Of an interval that is still to be begun, nothing has been passed.
		const begun = this.#begun === this.#course.planned;
		const rereading = this.#course.rereading(begun ? this.#frontier.passed : undefined);
		const { named } = this.#options.client.organization;
		const organization = knownAfter(this.#contents.organization, named);
		this.#contents = { ...this.#contents, organization };
		const records = this.#records;
		const checkpoint = encodeCheckpoint({ ...this.#contents, rereading });
		return { ...news, checkpoint, keep: () => records?.keep() };
	}

	#newFrontier(): Frontier {
		return new Frontier(this.#options.overlap, this.#contents.reached);
	}

	/**
	 * The new unreadable records. A record at the end of the feed has no place yet, and every run reads
	 * it again until an activity follows. Until then it is not forgotten.
	 */
	#newOf({ records }: Page): Unreadable[] {
		const { seen, reached } = this.#contents;
		const { first } = records;
		// A page that continues by time begins before them, and shows them again.
		if (first !== undefined && first > (reached ?? -Infinity)) {
			for (const id of this.#placeless) seen.renew(id, first);
			this.#placeless.clear();
		}
		const fresh: Unreadable[] = [];
		for (const record of records.unreadable()) {
			if (fresh.length === this.#room) break;
			const { id, before = LAST_INSTANT } = record;
			if (seen.add(id, before)) fresh.push(record);
			else seen.renew(id, before);
			if (record.before === undefined) this.#placeless.add(id);
		}
		this.#room -= fresh.length;
		return fresh;
	}

	#advance(page: Page, atEnd: boolean): void {
		const { overlap, warn } = this.#options;
		const frontier = this.#frontier;
		const { passed } = frontier;
		const { reached } = this.#contents;
		if (passed !== undefined && (reached === null || passed > reached)) {
			this.#contents = { ...this.#contents, reached: passed };
		}
		if (this.#begun?.purpose === 'onwards') {
			const settled = frontier.settle(page, atEnd);
			if (settled) this.#settle(settled, page.readAt);
		}
		this.#course.advance({ passed, final: frontier.final, atEnd });
		const { longest } = this.#gauge.measured;
		if (longest < overlap * ALARMING_LATENESS) return;
		warn(
			`An activity appeared ${Math.round(longest / 1000)} s late. With an overlap of ${overlap / 1000} s, slightly later activities would be missed. Choose a longer overlap.`,
		);
	}

	#settle(found: Settled, readAt: Instant | undefined): void {
		const { start, seen, ownRequests } = this.#contents;
		let { frontier, settled } = this.#contents;
		if (found.frontier !== undefined && found.frontier >= (frontier ?? start)) {
			({ frontier } = found);
			seen.prune(oldestAfter(found.frontier));
		}
		// A clock that was ahead called too much settled.
		if (settled !== null && readAt !== undefined && settled > readAt) settled = frontier;
		if (found.settled >= (settled ?? start)) ({ settled } = found);
		if (settled !== null) ownRequests.prune(settled);
		this.#contents = { ...this.#contents, frontier, settled, readAt: readAt ?? null };
	}
}
