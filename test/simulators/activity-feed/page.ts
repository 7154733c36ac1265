import type { ActivityPage, PageFault } from './faults';
import type { FeedRow } from './feed-rows';

/** A page before it is written. */
export interface Page {
	rows: readonly FeedRow[];
	hasMore: boolean;
	firstId: string | null;
	lastId: string | null;
}

/** The body of a page, unless a fault replaces it: its rows byte for byte. */
export function writePage(page: Page, fault?: PageFault): Buffer {
	if (fault && 'emptyPageWithMore' in fault) {
		return write({ rows: [], hasMore: true, firstId: null, lastId: null });
	}
	if (fault && 'duplicateRow' in fault) {
		const middle = page.rows.length >> 1;
		return write({
			...page,
			rows: [...page.rows.slice(0, middle + 1), ...page.rows.slice(middle)],
		});
	}
	const body = write(page);
	if (!fault || !('transform' in fault)) return body;

	const other = fault.transform(JSON.parse(body.toString()) as ActivityPage);
	return Buffer.from(typeof other === 'string' ? other : JSON.stringify(other));
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
