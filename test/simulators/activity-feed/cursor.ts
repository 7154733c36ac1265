import { FeedError } from './errors';
import { formatTimestamp, parseTimestamp } from './timestamp';
import type { Position } from './feed-rows';

/** Where a page begins: after a place in the feed, or after the activity with this id. */
export interface Cursor {
	/** The id of the row before the page. */
	key: string;
	/** When it was made; unknown if the cursor is a plain activity id. */
	createdAtMicros?: number;
	/** How often a scripted fault has replaced the cursor without moving it. */
	moved?: number;
}

/** The contents of a cursor beside its position; by default none. */
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
 * Writes a cursor: opaque to clients, base64 of a small JSON. It names a position, not a row. It
 * does not depend on the key, so it remains valid after a key rotation.
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
 * @param query the fingerprint of the query that it must be bound to
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
 * The fingerprint of a query in a bound cursor. It adds a `+` and a `/` to any cursor, so a client
 * that does not encode them fails at once. Ids and times alone contain neither.
 */
function binding(query: number): string {
	return `${query}>>>???`;
}

function contentOf(cursor: string): Content {
	try {
		const text = Buffer.from(cursor, 'base64').toString();
		if (toBase64(text) === cursor) return (JSON.parse(text) as Content | null) ?? {};
	} catch {
		// It is not JSON, so it is refused like anything else that is not a cursor.
	}
	throw invalid(cursor);
}

function toBase64(text: string): string {
	return Buffer.from(text).toString('base64');
}

function invalid(cursor: string): FeedError {
	return new FeedError(400, `Invalid activity_id format: '${cursor}'`);
}
