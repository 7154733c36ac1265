import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../simulators/activity-feed/clock';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';

const DAY = 24 * 60 * 60_000;
const HOUR = 60 * 60_000;
const SECOND = 1000;

const SEED = 20_260_924;
const COUNT = 12_000;
/** So many of them share the newest instant that the first run sees. */
const AT_THE_EDGE = 3;
/** Few of them are about settings, keys and members, so few are worth a look. */
const RARE = 0.005;
/** The newest activity is this old when the first run reads it. */
const NEWEST_AGE = 15 * SECOND;
/** The API documents that an activity may appear a minute late. */
const LAG = 60 * SECOND;

/** What a day adds to the feed, by what makes it hard to get right. */
export interface NewsOfADay {
	/** With exactly the `created_at` of the newest activity there was. */
	readonly ties: readonly FeedRow[];
	/** With an earlier `created_at`. */
	readonly late: readonly FeedRow[];
	/** With a later one. */
	readonly later: readonly FeedRow[];
	/** One that is worth a look: somebody switches single sign-on off. */
	readonly grave: FeedRow;
}

/** A company that uses Claude, and its Activity Feed of the 90 days up to the present. */
export class Company {
	readonly clock: SimulatedClock;
	readonly feed: ActivityFeed;
	/** When the newest activity happened that the first run sees, in milliseconds since the epoch. */
	readonly #newest: number;

	/** @param now the present, in milliseconds since the epoch */
	constructor(now: number) {
		this.clock = new SimulatedClock(now);
		this.feed = new ActivityFeed({ clock: this.clock, seed: SEED });
		this.#newest = now - NEWEST_AGE;
		// An hour less than the default backfill reaches back, however long the demo takes to start.
		const from = now - 90 * DAY + HOUR;
		this.#generate(COUNT - AT_THE_EDGE, from, this.#newest - 1, RARE);
		this.#generate(AT_THE_EDGE, this.#newest, this.#newest, RARE);
	}

	/** The activities that a call at this moment can see. */
	visible(): FeedRow[] {
		return this.feed.rows().filter(({ visibleAt }) => visibleAt <= this.clock.now());
	}

	/** Lets a day pass. Not everything that it adds has happened after what was there before. */
	passADay(): NewsOfADay {
		const start = this.clock.now();
		this.clock.advance(DAY);
		return {
			ties: this.#add(12, this.#newest, this.#newest),
			late: this.#add(24, start - LAG, this.#newest - 1),
			later: this.#add(160, start, start + DAY),
			grave: this.feed.add(
				{
					type: 'org_sso_toggled',
					enabled: false,
					created_at: new Date(start + DAY / 2).toISOString(),
				},
				{ visibleAt: this.clock.now() },
			),
		};
	}

	#generate(count: number, from: number, to: number, rare: number): void {
		this.feed.generate({ count, from, to, rare });
	}

	#add(count: number, from: number, to: number): FeedRow[] {
		const before = new Set(this.feed.rows().map(({ id }) => id));
		// Only the grave one is worth a look.
		this.#generate(count, from, to, 0);
		return this.feed.rows().filter(({ id }) => !before.has(id));
	}
}
