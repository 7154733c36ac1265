import type { IDataObject } from 'n8n-workflow';
import {
	type Activity,
	actorOf,
	categoryOf,
	labelOf,
	parseExactly,
	targetIdsOf,
	Unreadable,
} from '../../../core';

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
	const { type, json } = record;
	const fields = parseExactly(json) as IDataObject;
	return {
		...(shape.simplify ? simplified(type, fields) : fields),
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
	const { type } = fields as IDataObject;
	return {
		...(shape.simplify
			? { ...simplified(typeof type === 'string' ? type : '', fields), time: null }
			: fields),
		id,
		unreadable: true,
		rawJson: json,
	};
}

function simplified(type: string, record: IDataObject): IDataObject {
	const actor = actorOf(record);
	return {
		id: record.id,
		time: record.created_at,
		type,
		label: labelOf(type),
		category: categoryOf(type),
		actorType: actor.kind,
		actor: actor.name,
		ipAddress: actor.ipAddress,
		organizationId: record.organization_id ?? record.organization_uuid ?? null,
		targetIds: targetIdsOf(record).join(', '),
	};
}

/** What to tell of records that are delivered as unreadable. */
export function toldOfUnreadable(count: number): string {
	return `The Activity Feed sent ${count === 1 ? 'a record' : `${count} records`} without an id or a created_at that can be read: delivered with \`unreadable: true\`, and the text in \`rawJson\`.`;
}
