import type { Place } from './row';
import type { World } from './world';

/** Writes a place in the feed as a cursor, and reads cursors. */
export interface CursorStyle {
	/** Whether a cursor is the id of a row, or base64 of a small JSON. */
	readonly plain: boolean;
	/** Whether it is valid only for the query that it comes from. */
	readonly bound: boolean;
}

/** @param query the query of the page, without the cursor */
export function cursorAt({ key, sorted }: Place, query: string, style: CursorStyle): string {
	if (style.plain) return key;
	const text = JSON.stringify({ id: key, at: sorted, query: style.bound ? query : undefined });
	return Buffer.from(text).toString('base64');
}

/** @returns `undefined` if the text is not a cursor, or is the cursor of another query */
export function placeOf(
	cursor: string,
	query: string,
	style: CursorStyle,
	world: World,
): Place | undefined {
	if (style.plain || cursor.startsWith('activity_')) return world.find(cursor);
	try {
		const written = JSON.parse(Buffer.from(cursor, 'base64').toString()) as {
			id: string;
			at: number;
			query?: string;
		};
		if (style.bound && written.query !== query) return undefined;
		return { key: written.id, sorted: written.at };
	} catch {
		return undefined;
	}
}
