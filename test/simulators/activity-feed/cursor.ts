import { FeedError } from './errors';
import { formatTimestamp, parseTimestamp } from './timestamp';
import type { Position } from './feed-rows';

/** Where a page begins: behind a place in the feed, or behind the activity with this id. */
export interface Cursor {
	/** The id of the row in front of the page. */
	key: string;
	/** When it was made. A plain activity id is a cursor too, which does not tell. */
	createdAtMicros?: number;
	/** How often a scripted fault has put another cursor in its place without moving it. */
	moved?: number;
}

/** What a cursor holds beside its position; by default nothing. */
export interface CursorExtras {
	/** The fingerprint of the query that the cursor is bound to. */
	query?: number;
	moved?: number;
}

interface Content {
	id?: unknown;
	created_at?: unknown;
	query?: unknown;
	moved?: number;
}

/**
 * Writes a cursor: opaque to clients, base64 of a small JSON. It names a position, not a row, and no
 * key, so that it outlives key rotation.
 */
export function encodeCursor(
	{ createdAtMicros, key }: Position,
	extras: CursorExtras = {},
): string {
	const content = {
		id: key,
		created_at: formatTimestamp(createdAtMicros),
		...(extras.query !== undefined && { query: binding(extras.query) }),
		...(extras.moved !== undefined && { moved: extras.moved }),
	};
	return toBase64(JSON.stringify(content));
}

/**
 * Reads a cursor.
 *
 * @param query the fingerprint of the query that it has to be bound to
 */
export function decodeCursor(cursor: string, query?: number): Cursor {
	if (/^activity_\w+$/.test(cursor)) return { key: cursor };
	const { id, created_at, moved, ...content } = contentOf(cursor);
	const createdAtMicros = typeof created_at === 'string' ? parseTimestamp(created_at) : undefined;
	if (typeof id !== 'string' || createdAtMicros === undefined) throw invalid(cursor);
	if (query !== undefined && content.query !== binding(query)) {
		throw new FeedError(400, 'The cursor belongs to another query');
	}
	return { key: id, createdAtMicros, moved };
}

/**
 * A bound cursor's word for its query. It puts a `+` and a `/` into the cursor, whatever precedes it:
 * a client that does not encode them is found out at once. Ids and times alone never have any.
 */
function binding(query: number): string {
	return `${query}>>>???`;
}

function contentOf(cursor: string): Content {
	try {
		const text = Buffer.from(cursor, 'base64').toString();
		if (toBase64(text) === cursor) return (JSON.parse(text) as Content | null) ?? {};
	} catch {
		// It is no JSON: refused like all else that is no cursor.
	}
	throw invalid(cursor);
}

function toBase64(text: string): string {
	return Buffer.from(text).toString('base64');
}

function invalid(cursor: string): FeedError {
	return new FeedError(400, `Invalid activity_id format: '${cursor}'`);
}
