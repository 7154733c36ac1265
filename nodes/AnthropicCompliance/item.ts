import type { IDataObject } from 'n8n-workflow';
import { type Activity, actorOf, categoryOf, labelOf, targetIdsOf } from '../../core';

/** How an activity looks as an n8n item. */
export interface ItemShape {
	/** A flat item of what most workflows need, instead of the whole record. */
	readonly simplify: boolean;
	/** Adds the record's own text, byte for byte, for evidence. */
	readonly includeRawJson: boolean;
}

/** The JSON of the n8n item for an activity. Its `id` is the activity's, by which repeats are told. */
export function toItem({ type, json }: Activity, shape: ItemShape): IDataObject {
	const record = JSON.parse(json) as IDataObject;
	return {
		...(shape.simplify ? simplify(type, record) : record),
		...(shape.includeRawJson && { rawJson: json }),
	};
}

function simplify(type: string, record: IDataObject): IDataObject {
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
