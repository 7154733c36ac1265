import type { IDataObject } from 'n8n-workflow';
import { type Activity, flatten, parseExactly, Unreadable } from '../../../core';

/** How an activity looks as an n8n item. */
export interface ItemShape {
	/** A flat item of what most workflows need, instead of the whole record. */
	readonly simplify: boolean;
	/** Adds the record's own text, byte for byte, for evidence. */
	readonly includeRawJson: boolean;
}

/**
 * The JSON of the n8n item for a record. Its `id` is the activity's, by which repeats are told; that
 * of a record without one comes from its text. Numbers that JavaScript would round are text.
 */
export function toItem(record: Activity | Unreadable, shape: ItemShape): IDataObject {
	if (record instanceof Unreadable) return unreadableItem(record, shape);
	const { json } = record;
	const fields = parseExactly(json) as IDataObject;
	return {
		...(shape.simplify ? simplified(fields) : fields),
		...(shape.includeRawJson && { rawJson: json }),
	};
}

/**
 * An item with the fields of any other, since later nodes read them: what can be read stands in them,
 * so that a workflow that waits for some type still sees it. Nobody can tell what its time is worth.
 */
function unreadableItem({ id, json }: Unreadable, shape: ItemShape): IDataObject {
	const record = parseExactly(json);
	const fields = { ...(typeof record === 'object' && !Array.isArray(record) ? record : {}) };
	return {
		...(shape.simplify ? { ...simplified(fields), time: null } : fields),
		id,
		unreadable: true,
		rawJson: json,
	};
}

/** The format flat, as n8n types JSON. */
function simplified(record: object): IDataObject {
	return { ...flatten(record) } as IDataObject;
}

/** What to tell of records that are delivered as unreadable. */
export function toldOfUnreadable(count: number): string {
	return `The Activity Feed sent ${count === 1 ? 'a record' : `${count} records`} without an id or a created_at that can be read: delivered with \`unreadable: true\`, and the text in \`rawJson\`.`;
}
