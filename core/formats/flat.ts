import { type Actor, actorOf } from '../activity/actor';
import { categoryOf } from '../activity/catalogue/category';
import { labelOf } from '../activity/catalogue/label';
import { type Outcome, outcomeFieldNames, outcomeOf } from '../activity/outcome';
import { severityFieldNames, severityOf } from '../activity/severity';
import type { Severity } from '../activity/severity-scale';
import { targetIdsOf, targetUserFields, targetUserOf } from '../activity/targets';
import { parseExactly } from '../json/exact-json';
import { fieldsOf, stringOf, textOf } from '../json/json-value';
import type { Format } from './format';
import { idInJson } from './json-line';
import type { Parts } from './line-template';
import { LineWriter } from './line-writer';

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
	return flattenWith(record, actorOf(record));
}

function flattenWith(record: unknown, actor: Actor): FlatActivity {
	const fields = fieldsOf(record);
	const type = stringOf(fields.type) ?? '';
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
		organizationId: scalarOf(fields.organization_id) ?? scalarOf(fields.organization_uuid) ?? null,
		targetUser: user.email ?? user.id,
		targetIds: targetIdsOf(record).join(', '),
		accessedAt: textOf(fields.accessed_at) ?? null,
		id: fields.id,
	};
}

/** A list or an object is no id, and JSON.stringify overflows the stack on a deeply nested one. */
function scalarOf(value: unknown): unknown {
	return typeof value === 'object' ? undefined : value;
}

/** The fields that decide what a line says. All others are copied. */
const deciding = new Set([
	'type',
	...outcomeFieldNames,
	...severityFieldNames,
	...targetUserFields.others,
]);

const NO_ACTOR = actorOf(undefined);

const writer = new LineWriter({
	readActor: (json): Actor & Parts => ({ ...actorOf({ actor: parseExactly(json) }) }),
	compose: ({ record, actor = NO_ACTOR }) =>
		JSON.stringify(
			flattenWith(
				record.values(deciding, (name) => name !== 'actor'),
				actor,
			),
		),
	partOf: (part) => JSON.stringify(part).slice(1, -1),
});

/** Each line is the result of `flatten` as JSON. Numbers that JavaScript would round are text. */
export const flat: Format = writer.format(idInJson);
