import type { IDataObject } from 'n8n-workflow';
import {
	type Activity,
	detailsOf,
	flatten,
	parseExactly,
	toEcs,
	toOcsf,
	Unreadable,
} from '../../../core';

/** What the items of n8n contain. */
export interface ItemShape {
	readonly output: 'simplified' | 'selected' | 'raw' | 'ocsf' | 'ecs';
	/** The fields of a simplified item that `selected` returns, apart from the id. */
	readonly fields: readonly string[];
	/** Adds the text of the record exactly as the API sent it, for evidence. */
	readonly includeRawJson: boolean;
}

/**
 * The JSON of the n8n item for a record. Its `id` identifies repeats: it is the activity's id, or derived
 * from the text of an unreadable record. Numbers that JavaScript would round are text.
 */
export function toItem(record: Activity | Unreadable, shape: ItemShape): IDataObject {
	if (record instanceof Unreadable) return unreadableItem(record, shape);
	const { json } = record;
	return itemOf(parseExactly(json) as object, shape, shape.includeRawJson ? json : undefined);
}

/**
 * Has the same fields as any other item, because later nodes read them. They hold what can be read, so a
 * workflow that waits for a type still sees the record. The time is `null`, because it may be wrong.
 */
function unreadableItem({ id, json }: Unreadable, shape: ItemShape): IDataObject {
	const record = parseExactly(json);
	const fields = { ...(typeof record === 'object' && !Array.isArray(record) ? record : {}) };
	const item = itemOf(fields, shape, undefined);
	const isFlat = shape.output === 'simplified' || shape.output === 'selected';
	if (isFlat && 'time' in item) item.time = null;
	return { ...item, id, unreadable: true, rawJson: json };
}

/** @param rawJson what the item holds as the text of the record, where its schema has a place for that */
function itemOf(record: object, shape: ItemShape, rawJson: string | undefined): IDataObject {
	switch (shape.output) {
		case 'ocsf':
			return toOcsf(record, rawJson) as IDataObject;
		case 'ecs':
			return toEcs(record, rawJson) as IDataObject;
		case 'raw':
			return { ...record, ...(rawJson !== undefined && { rawJson }) };
		case 'simplified':
			return { ...simplified(record), ...(rawJson !== undefined && { rawJson }) };
		case 'selected': {
			const { id, ...others } = simplified(record);
			const chosen = Object.entries(others).filter(([name]) => shape.fields.includes(name));
			return { ...Object.fromEntries(chosen), id, ...(rawJson !== undefined && { rawJson }) };
		}
	}
}

/** The format flat, and the details in one object. n8n's tables show the fields in this order. */
function simplified(record: object): IDataObject {
	const { time, label, actor, ipAddress, ...others } = flatten(record);
	return { time, label, actor, ipAddress, details: detailsOf(record), ...others } as IDataObject;
}

/** The log line about `count` unreadable records. */
export function unreadableNotice(count: number): string {
	const [records, are] = count === 1 ? ['a record', 'It is'] : [`${count} records`, 'They are'];
	return `The Activity Feed sent ${records} without a readable id or created_at. ${are} delivered with \`unreadable: true\`, and with the original text in \`rawJson\`.`;
}
