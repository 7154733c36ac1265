import { actorOf } from '../activity/actor';
import { categoryOf } from '../activity/catalogue/category';
import { labelOf } from '../activity/catalogue/label';
import { targetIdsOf } from '../activity/targets';
import { parseExactly } from '../json/exact-json';
import { fieldsOf, stringOf } from '../json/json-value';
import type { Format } from './format';
import { idInJson, isBegunObject } from './json-line';

/** The fields of an activity that most readers need. A field of type `unknown` is not checked: the API may send anything. */
export interface FlatActivity {
	readonly id: unknown;
	/** `created_at` as the API sent it. */
	readonly time: unknown;
	/** Empty if the record has none. */
	readonly type: string;
	readonly label: string;
	readonly category: string;
	readonly actorType: string | null;
	readonly actor: string | null;
	readonly ipAddress: string | null;
	readonly organizationId: unknown;
	/** Separated by a comma and a space. */
	readonly targetIds: string;
}

/**
 * Takes the fields that most readers need out of a record, without nesting.
 *
 * @param record a record of the feed, parsed from JSON; any value is allowed
 */
export function flatten(record: unknown): FlatActivity {
	const fields = fieldsOf(record);
	const type = stringOf(fields.type) ?? '';
	const actor = actorOf(record);
	return {
		id: fields.id,
		time: fields.created_at,
		type,
		label: labelOf(type),
		category: categoryOf(type),
		actorType: actor.kind,
		actor: actor.name,
		ipAddress: actor.ipAddress,
		organizationId: fields.organization_id ?? fields.organization_uuid ?? null,
		targetIds: targetIdsOf(record).join(', '),
	};
}

/** Each line is the result of `flatten` as JSON. Numbers that JavaScript would round are text. */
export const flat: Format = {
	encode: (activities) => {
		const lines = activities.map(({ json }) => `${JSON.stringify(flatten(parseExactly(json)))}\n`);
		return Buffer.from(lines.join(''));
	},
	idOf: idInJson,
	isBegun: isBegunObject,
};
