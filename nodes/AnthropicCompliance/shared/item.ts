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
	const { json } = record;
	return record instanceof Unreadable
		? unreadableItem(record, shape)
		: { ...itemOf(json, shape), ...(hasRawJson(shape) && { rawJson: json }) };
}

/**
 * Has the same fields as any other item, because later nodes read them. They hold what can be read, so a
 * workflow that waits for a type still sees the record. The time is `null`, because it may be wrong.
 */
function unreadableItem({ id, json }: Unreadable, shape: ItemShape): IDataObject {
	const item = itemOf(json, { ...shape, includeRawJson: false });
	const isFlat = shape.output === 'simplified' || shape.output === 'selected';
	if (isFlat && 'time' in item) item.time = null;
	return { ...item, id, unreadable: true, rawJson: json };
}

/** Whether the text has a field of its own: OCSF and ECS have a place for it. */
function hasRawJson({ output, includeRawJson }: ItemShape): boolean {
	return includeRawJson && output !== 'ocsf' && output !== 'ecs';
}

/** @param json the text of a record, which may be any JSON value */
function itemOf(json: string, { output, fields, includeRawJson }: ItemShape): IDataObject {
	switch (output) {
		case 'ocsf':
			return toOcsf(json, includeRawJson) as IDataObject;
		case 'ecs':
			return toEcs(json, includeRawJson) as IDataObject;
		case 'raw':
			return { ...objectIn(json) };
		case 'simplified':
			return simplified(objectIn(json));
		case 'selected': {
			const { id, ...others } = simplified(objectIn(json));
			const chosen = Object.entries(others).filter(([name]) => fields.includes(name));
			return { ...Object.fromEntries(chosen), id };
		}
	}
}

/** The object in a JSON text; an empty one for any other value. */
function objectIn(json: string): object {
	const record = parseExactly(json);
	return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : {};
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
