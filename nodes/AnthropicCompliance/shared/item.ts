import type { IDataObject } from 'n8n-workflow';
import { detailsOf, flatten, product, toEcs, toOcsf, Unreadable } from '../../../core';
import type { WatchedRecord } from './watched-record';

/** The attribute of OCSF that watches say more about. Anthropic asks to leave it as it is. */
const ENRICHED = 'severity_id';

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
export function toItem(watched: WatchedRecord, shape: ItemShape): IDataObject {
	const { record } = watched;
	return record instanceof Unreadable
		? unreadableItem(watched, record, shape)
		: { ...itemOf(watched, shape), ...(hasRawJson(shape) && { rawJson: record.json }) };
}

/**
 * Has the same fields as any other item, because later nodes read them. They hold what can be read, so a
 * workflow that waits for a type still sees the record. The time is `null`, because it may be wrong.
 */
function unreadableItem(
	watched: WatchedRecord,
	{ id, json }: Unreadable,
	shape: ItemShape,
): IDataObject {
	const item = itemOf(watched, { ...shape, includeRawJson: false });
	const isFlat = shape.output === 'simplified' || shape.output === 'selected';
	if (isFlat && 'time' in item) item.time = null;
	return { ...item, id, unreadable: true, rawJson: json };
}

/** Whether the text has a field of its own: OCSF and ECS have a place for it. */
function hasRawJson({ output, includeRawJson }: ItemShape): boolean {
	return includeRawJson && output !== 'ocsf' && output !== 'ecs';
}

function itemOf(
	watched: WatchedRecord,
	{ output, fields, includeRawJson }: ItemShape,
): IDataObject {
	switch (output) {
		case 'ocsf': {
			const event = toOcsf(watched.record.json, includeRawJson) as IDataObject;
			return { ...event, enrichments: [enrichmentOf(event, watched)] };
		}
		case 'ecs':
			return {
				...(toEcs(watched.record.json, includeRawJson) as IDataObject),
				labels: { severity: watched.severity },
				...(watched.watches.length > 0 && { tags: idsOf(watched) }),
			};
		case 'raw':
			// Fields of the record replace added ones, so nothing of it gets lost.
			return { severity: watched.severity, watches: idsOf(watched).join(', '), ...watched.fields };
		case 'simplified':
			return simplified(watched);
		case 'selected': {
			const { id, ...others } = simplified(watched);
			const chosen = Object.entries(others).filter(([name]) => fields.includes(name));
			return { ...Object.fromEntries(chosen), id };
		}
	}
}

/**
 * The format flat, with the details in one object, and with what watches say of it. n8n's tables show the
 * fields in this order.
 */
function simplified(watched: WatchedRecord): IDataObject {
	const { fields } = watched;
	const { time, label, actor, ipAddress, outcome, severity, ...others } = flatten(fields);
	return {
		time,
		label,
		actor,
		ipAddress,
		details: detailsOf(fields),
		outcome,
		severity: watched.watches.length === 0 ? severity : watched.severity,
		watches: idsOf(watched).join(', '),
		...others,
	} as IDataObject;
}

/** What watches say of an event of OCSF. */
function enrichmentOf(event: IDataObject, watched: WatchedRecord): IDataObject {
	return {
		name: ENRICHED,
		value: String(event[ENRICHED] as number),
		type: 'watches',
		provider: product.name,
		data: { severity: watched.severity, watches: idsOf(watched) },
	};
}

function idsOf({ watches }: WatchedRecord): string[] {
	return watches.map(({ id }) => id);
}

/** The log line about `count` unreadable records. */
export function unreadableNotice(count: number): string {
	const [records, are] = count === 1 ? ['a record', 'It is'] : [`${count} records`, 'They are'];
	return `The Activity Feed sent ${records} without a readable id or created_at. ${are} delivered with \`unreadable: true\`, and with the original text in \`rawJson\`.`;
}
