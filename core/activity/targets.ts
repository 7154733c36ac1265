import { isObject, stringOf } from '../json/json-value';

const ID_FIELD = /_(id|uuid)s?$/;

/** Ids that say where a record comes from, who asked for it or what caused it, not what it acted on. */
const noTargets = new Set([
	'organization_id',
	'organization_uuid',
	'request_id',
	'correlation_id',
	'reference_id',
	'abuse_session_id',
	'submitted_by_user_id',
	'cascaded_from_agent_id',
	'cascade_trigger_credential_id',
]);

/**
 * The ids of what an activity acted on, such as a chat, the project it is in, or the members added to
 * a group: the record's own fields named `…_id`, `…_ids`, `…_uuid` or `…_uuids` that hold strings.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 * @returns in the record's order, each once; empty when the record names none
 */
export function targetIdsOf(record: unknown): string[] {
	if (!isObject(record)) return [];
	const ids = new Set<string>();
	for (const [field, value] of Object.entries(record)) {
		if (!ID_FIELD.test(field) || noTargets.has(field)) continue;
		for (const element of Array.isArray(value) ? (value as unknown[]) : [value]) {
			const id = stringOf(element);
			if (id) ids.add(id);
		}
	}
	return [...ids];
}
