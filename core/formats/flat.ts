import { actorOf } from '../activity/actor';
import { categoryOf } from '../activity/catalogue/category';
import { labelOf } from '../activity/catalogue/label';
import { type Outcome, outcomeOf } from '../activity/outcome';
import { severityOf } from '../activity/severity';
import type { Severity } from '../activity/severity-scale';
import { targetIdsOf, targetUserOf } from '../activity/targets';
import { parseExactly } from '../json/exact-json';
import { fieldsOf, stringOf, textOf } from '../json/json-value';
import type { Format } from './format';
import { encodeLines, idInJson, isBegunObject } from './json-line';

/** The fields of an activity that most readers need. A field of type `unknown` is not checked: the API may send anything. */
export interface FlatActivity {
	/** `created_at` as the API sent it. */
	readonly time: unknown;
	readonly label: string;
	readonly actor: string | null;
	readonly ipAddress: string | null;
	readonly outcome: Outcome;
	readonly severity: Severity;
	/** Empty if the record has none. */
	readonly type: string;
	readonly category: string;
	readonly actorType: string | null;
	readonly organizationId: unknown;
	/** Whom it was done to: the user's e-mail address, else the id. */
	readonly targetUser: string | null;
	/** Separated by a comma and a space. */
	readonly targetIds: string;
	/**
	 * When Anthropic accessed the data, as the API sent it: in Access Transparency, `time` is when the record
	 * became visible, up to two business days later. `null` for every other activity.
	 */
	readonly accessedAt: string | null;
	readonly id: unknown;
}

/**
 * Takes the fields that most readers need out of a record, without nesting. Those that people read come
 * first.
 *
 * @param record a record of the feed, parsed from JSON; any value is allowed
 */
export function flatten(record: unknown): FlatActivity {
	const fields = fieldsOf(record);
	const type = stringOf(fields.type) ?? '';
	const actor = actorOf(record);
	const user = targetUserOf(record);
	return {
		time: fields.created_at,
		label: labelOf(type),
		actor: actor.name,
		ipAddress: actor.ipAddress,
		outcome: outcomeOf(record),
		severity: severityOf(record),
		type,
		category: categoryOf(type),
		actorType: actor.kind,
		organizationId: fields.organization_id ?? fields.organization_uuid ?? null,
		targetUser: user.email ?? user.id,
		targetIds: targetIdsOf(record).join(', '),
		accessedAt: textOf(fields.accessed_at) ?? null,
		id: fields.id,
	};
}

/** Each line is the result of `flatten` as JSON. Numbers that JavaScript would round are text. */
export const flat: Format = {
	encode: (activities) =>
		encodeLines(activities, ({ json }) => JSON.stringify(flatten(parseExactly(json)))),
	idOf: idInJson,
	isBegun: isBegunObject,
};
