import type { FeedRow, FeedRows, Position } from './feed-rows';
import type { FeedQuery } from './query';

const RETENTION_YEARS = 6;

/** The rows of a page in the requested order, and whether more follow. */
export interface Selection {
	rows: FeedRow[];
	hasMore: boolean;
}

/** Whether the search for the rows of a page goes from older to newer rows. */
export function looksForward({ order, beforeId }: FeedQuery): boolean {
	// `before_id` asks for the page just before the cursor. So the page is read away from the cursor
	// and reversed, and `has_more` is about the rows before it.
	return (order === 'asc') !== (beforeId !== undefined);
}

/**
 * Finds the rows of a page among the visible rows at `now` that pass `wanted`.
 *
 * @param cursor where the query's cursor is
 */
export function selectRows(
	rows: FeedRows,
	query: FeedQuery,
	cursor: Position | undefined,
	wanted: (row: FeedRow) => boolean,
	now: number,
	largest: number,
): Selection {
	let [low, high] = within(rows, query.createdAt, now);
	const forward = looksForward(query);
	if (cursor && forward) low = Math.max(low, rows.indexAfter(cursor));
	if (cursor && !forward) high = Math.min(high, rows.indexFrom(cursor));

	const size = Math.min(query.limit, largest);
	const found: FeedRow[] = [];
	let hasMore = false;
	for (let step = 0; step < high - low; step++) {
		const row = rows.all[forward ? low + step : high - 1 - step]!;
		if (row.visibleAt > now || !wanted(row)) continue;
		if (found.length === size) {
			hasMore = true;
			break;
		}
		found.push(row);
	}
	return { rows: query.beforeId ? found.reverse() : found, hasMore };
}

/** The first and the last index of the rows that are neither too old nor outside the bounds. */
function within(
	rows: FeedRows,
	{ gt, gte, lt, lte }: FeedQuery['createdAt'],
	now: number,
): [low: number, high: number] {
	const retained = new Date(now);
	retained.setUTCFullYear(retained.getUTCFullYear() - RETENTION_YEARS);
	const lows = [rows.indexFromTime(retained.getTime() * 1000)];
	if (gt !== undefined) lows.push(rows.indexAfterTime(gt));
	if (gte !== undefined) lows.push(rows.indexFromTime(gte));
	const highs = [rows.all.length];
	if (lt !== undefined) highs.push(rows.indexFromTime(lt));
	if (lte !== undefined) highs.push(rows.indexAfterTime(lte));
	return [Math.max(...lows), Math.min(...highs)];
}
