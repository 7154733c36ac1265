import type { ActivityPage, PageFault } from './faults';
import type { FeedRow } from './feed-rows';

/** A page before it is written. */
export interface Page {
	rows: readonly FeedRow[];
	hasMore: boolean;
	firstId: string | null;
	lastId: string | null;
}

/** How faults replace the cursors of a page. */
export interface OtherCursors {
	/** The cursor of the request; null if it had none. */
	sent: string | null;
	/** Makes a different cursor that leads to the same rows. */
	moved: () => string;
}

/** The body of a page, with its rows byte for byte, or the body that a fault puts in its place. */
export function writePage(page: Page, cursors: OtherCursors, fault?: PageFault): Buffer {
	const body = write(fault ? faulty(page, cursors, fault) : page);
	if (!fault || !('transform' in fault)) return body;

	const other = fault.transform(JSON.parse(body.toString()) as ActivityPage);
	return Buffer.from(typeof other === 'string' ? other : JSON.stringify(other));
}

function faulty(page: Page, { sent, moved }: OtherCursors, fault: PageFault): Page {
	if ('emptyPageWithMore' in fault) return { rows: [], hasMore: true, firstId: null, lastId: null };
	if ('emptyPageMovesOn' in fault) {
		const cursor = moved();
		return { rows: [], hasMore: true, firstId: cursor, lastId: cursor };
	}
	if ('moreWithoutLastId' in fault) return { ...page, hasMore: true, lastId: null };
	if ('stuckLastId' in fault) return { ...page, hasMore: true, lastId: sent ?? page.lastId };
	if ('duplicateRow' in fault) {
		const middle = page.rows.length >> 1;
		const rows = [...page.rows.slice(0, middle + 1), ...page.rows.slice(middle)];
		return { ...page, rows };
	}
	return page;
}

function write({ rows, hasMore, firstId, lastId }: Page): Buffer {
	const start = '{"data":[';
	const ends = `"first_id":${JSON.stringify(firstId)},"last_id":${JSON.stringify(lastId)}`;
	const end = `],"has_more":${hasMore},${ends}}`;
	const commas = Math.max(0, rows.length - 1);
	const size = rows.reduce((sum, row) => sum + row.size, start.length + commas + end.length);

	const body = Buffer.allocUnsafe(size);
	let offset = body.write(start);
	rows.forEach((row, index) => {
		if (index > 0) offset += body.write(',', offset);
		offset = row.copyTo(body, offset);
	});
	body.write(end, offset);
	return body;
}
