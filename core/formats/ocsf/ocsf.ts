import { outcomeOf } from '../../activity/outcome';
import { parseInstant } from '../../instant';
import { parseExactly } from '../../json/exact-json';
import { fieldsOf, isObject, stringOf } from '../../json/json-value';
import type { Format } from '../format';
import { isIpAddress } from '../ip-address';
import { encodeLines, fieldInJson, isBegunObject } from '../json-line';
import { Reading } from '../reading';
import { setPresent } from '../set-field';
import { actorOf } from './actor';
import { mappingOf } from './mapping';

/** An event of OCSF 1.6.0, as JSON has it. */
export type OcsfEvent = Record<string, unknown>;

const OCSF_VERSION = '1.6.0';

const statuses = {
	unknown: [0, 'Unknown'],
	success: [1, 'Success'],
	failure: [2, 'Failure'],
} as const;

/**
 * An activity as an event of the Open Cybersecurity Schema Framework, 1.6.0.
 *
 * The attributes are Anthropic's where its mapping is documented, and the classes Datadog's where that is
 * silent; `docs/formats.md` has both. What has no attribute is under `unmapped`, with its name in the
 * feed. `metadata.logged_time`, when the event was stored, is not in the record, so whoever stores it
 * adds it.
 *
 * @param record a record of the feed, parsed from JSON. Any value is allowed, but OCSF requires `time`,
 *   which only a readable `created_at` gives.
 * @param original the record's own text, for `raw_data`
 */
export function toOcsf(record: unknown, original?: string): OcsfEvent {
	const fields = fieldsOf(record);
	return eventOf(fields, parseInstant(stringOf(fields.created_at) ?? ''), original);
}

function eventOf(
	fields: Readonly<Record<string, unknown>>,
	time: number | undefined,
	original: string | undefined,
): OcsfEvent {
	const record = new Reading(fields);
	const hasActor = isObject(fields.actor);
	const who = new Reading(fieldsOf(fields.actor));
	const type = record.text('type');
	const { label, read } = mappingOf(type ?? '');
	const actor = actorOf(who);
	const hasEndpoint = isIpAddress(stringOf(who.peek('ip_address')) ?? '');
	const { kind, attributes } = read({ record, fields, actor, hasEndpoint });
	const { ofClass } = kind;
	const [statusId, status] = statuses[outcomeOf(fields)];

	const metadata: Record<string, unknown> = {
		version: OCSF_VERSION,
		product: { vendor_name: 'Anthropic', name: 'Compliance API' },
	};
	setPresent(metadata, 'uid', record.text('id'));
	setPresent(metadata, 'event_code', type);
	setPresent(metadata, 'original_time', record.text('created_at'));
	setPresent(metadata, 'tenant_uid', record.text('organization_uuid'));
	if (actor !== undefined && !ofClass.hasActor) metadata.profiles = ['host'];

	const event: OcsfEvent = {
		class_uid: ofClass.uid,
		class_name: ofClass.caption,
		category_uid: ofClass.category[0],
		category_name: ofClass.category[1],
		activity_id: kind.activityId,
		activity_name: kind.activityName,
		type_uid: kind.typeUid,
		type_name: kind.typeName,
		severity_id: 1,
		severity: 'Informational',
		status_id: statusId,
		status,
	};
	setPresent(event, 'time', time);
	if (label !== '') event.message = label;
	event.metadata = metadata;
	setPresent(event, 'actor', actor);
	Object.assign(event, attributes);
	if (ofClass.hasRequest) {
		if (hasEndpoint) event.src_endpoint = { ip: who.text('ip_address') };
		const userAgent = who.text('user_agent');
		if (userAgent !== undefined) {
			event.http_request = { ...(event.http_request as object), user_agent: userAgent };
		}
	}
	const unmapped: Record<string, unknown> = {};
	record.addRest(unmapped);
	if (hasActor) {
		const rest: Record<string, unknown> = {};
		who.addRest(rest);
		unmapped.actor = rest;
	}
	event.unmapped = unmapped;
	setPresent(event, 'raw_data', original);
	return event;
}

function format(hasOriginal: boolean): Format {
	return {
		encode: (activities) =>
			encodeLines(activities, ({ json, createdAt }) =>
				eventOf(fieldsOf(parseExactly(json)), createdAt, hasOriginal ? json : undefined),
			),
		idOf: (line) => fieldInJson(line, 'metadata', 'uid'),
		isBegun: isBegunObject,
	};
}

/** Each line is the result of `toOcsf` as JSON. Numbers that JavaScript would round are text. */
export const ocsf: Format = { ...format(false), withOriginal: format(true) };
