import { Activity } from '../activity/activity';
import type { Feed, Order } from '../api/activities';
import type { Filters } from '../api/filters';
import { type Instant, LAST_INSTANT, toInstant } from '../instant';
import type { Unreadable } from '../activity/unreadable';
import { SequentialPages } from './sequential-pages';

/** How long each page waits for a failure to pass. Somebody waits for a list, so this is short. */
const LONGEST_WAIT_MS = 60_000;

export interface ListOptions {
	readonly feed: Feed;
	readonly filters: Filters;
	readonly order: Order;
	/** The oldest time, in milliseconds since the epoch. */
	readonly from?: number | undefined;
	/** The newest time, in milliseconds since the epoch. */
	readonly to?: number | undefined;
	/** Activities a page, 1 to 5000. */
	readonly pageSize: number;
	/** The present on the feed's clock, in milliseconds since the epoch. */
	readonly now: () => number;
	/** Gets warnings about harmless oddities. */
	readonly warn: (message: string) => void;
}

/**
 * Reads the present content of an interval of the feed, page by page, each record once. There is no
 * checkpoint; only the next reading, or `sync`, finds activities that appear late.
 *
 * @throws UserError at the first request that fails for good
 */
export async function* list(
	options: ListOptions,
): AsyncGenerator<Activity | Unreadable, void, undefined> {
	const { feed, filters, order, from, to, pageSize, now, warn } = options;
	// A bound cannot express the end of the last millisecond. After the last possible instant, there
	// is nothing to leave out.
	const behind = to === undefined || to >= LAST_INSTANT ? undefined : toInstant(to + 1);
	const interval = { from: from === undefined ? undefined : toInstant(from), to: behind };
	const pages = new SequentialPages(feed, { filters, order, limit: pageSize }, interval, warn);
	const listed = new Set<string>();
	for (;;) {
		const page = await pages.next({ until: now() + LONGEST_WAIT_MS });
		for (const record of [...page.records.unreadable(), ...page.records.activities()]) {
			if (listed.has(record.id) || isAt(record, behind)) continue;
			listed.add(record.id);
			yield record;
		}
		if (!page.hasMore) return;
	}
}

function isAt(record: Activity | Unreadable, instant: Instant | undefined): boolean {
	return record instanceof Activity && record.createdAt === instant;
}
