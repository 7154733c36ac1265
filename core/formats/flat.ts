import { actorOf } from '../activity/actor';
import { categoryOf } from '../activity/catalogue/category';
import { labelOf } from '../activity/catalogue/label';
import { targetIdsOf } from '../activity/targets';
import { parseExactly } from '../json/exact-json';
import { fieldsOf, stringOf } from '../json/json-value';
import type { Format } from './format';
import { idInJson } from './id-in-json';

/** What most readers of an activity need. What the API sent it does not check: that may be anything. */
export interface FlatActivity {
	readonly id: unknown;
	/** `created_at`, as sent. */
	readonly time: unknown;
	/** Empty if the record has none. */
	readonly type: string;
	readonly label: string;
	readonly category: string;
	readonly actorType: string | null;
	readonly actor: string | null;
	readonly ipAddress: string | null;
	readonly organizationId: unknown;
	/** Separated by comma and space. */
	readonly targetIds: string;
}

/**
 * What most readers of an activity need, without its nesting.
 *
 * @param record a record of the feed as parsed from JSON, not checked
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

/** Each record as `flatten` makes it, as a line of JSON. Numbers that JavaScript would round are text. */
export const flat: Format = {
	name: 'flat',
	encode: (activities) => {
		const lines = activities.map(({ json }) => `${JSON.stringify(flatten(parseExactly(json)))}\n`);
		return Buffer.from(lines.join(''));
	},
	idOf: idInJson,
};
