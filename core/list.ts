import type { Activity } from './activity';
import type { Feed, Order, Range } from './feed';
import type { Filters } from './filters';
import { Walk } from './walk';

/** Somebody waits for a list: what may pass is not waited for any longer, page by page. */
const PATIENCE_MS = 60_000;

export interface ListOptions extends Range {
	readonly feed: Feed;
	readonly filters: Filters;
	readonly order: Order;
	/** Activities a page, 1 to 5000. */
	readonly pageSize: number;
	/** The present on the feed's clock, in milliseconds since the epoch. */
	readonly now: () => number;
}

/**
 * Reads a span of the feed as it is now, page by page, each activity once. There is no checkpoint:
 * what appears late is for the next reading, or for `sync`.
 *
 * @throws ComplianceError at the first request that fails for good
 */
export async function* list(options: ListOptions): AsyncGenerator<Activity, void, undefined> {
	const { feed, filters, order, after, from, to, pageSize, now } = options;
	const walk = new Walk(feed, { filters, order, after, from, to, limit: pageSize });
	const listed = new Set<string>();
	for (;;) {
		const answer = await walk.next({ until: now() + PATIENCE_MS });
		for (const activity of answer.activities) {
			if (listed.has(activity.id)) continue;
			listed.add(activity.id);
			yield activity;
		}
		if (!answer.hasMore) return;
	}
}
