import type { Format } from '../format';
import { fieldInJson } from '../json-line';
import type { Ingredients } from '../line-template';
import { linesWithOriginal } from '../line-writer';
import { outcomeIn } from '../outcome-in';
import { joined, member, nextMember } from '../reading';
import { millisecondsOf } from '../written-instant';
import { NO_ACTOR, type OcsfActor, readActor } from './actor';
import { mappingOf } from './mapping';

/** An event of OCSF 1.6.0, as parsed from JSON. */
export type OcsfEvent = Record<string, unknown>;

const METADATA = '"version":"1.6.0","product":{"vendor_name":"Anthropic","name":"Compliance API"}';

const statuses = {
	unknown: ',"status_id":0,"status":"Unknown"',
	success: ',"status_id":1,"status":"Success"',
	failure: ',"status_id":2,"status":"Failure"',
} as const;

/**
 * An activity as an event of the Open Cybersecurity Schema Framework, 1.6.0.
 *
 * The attributes are Anthropic's where its mapping is documented, and the classes Datadog's where that is
 * silent; `docs/formats.md` has both. What has no attribute is under `unmapped`, with its name in the
 * feed. `metadata.logged_time`, when the event was stored, is not in the record, so whoever stores it
 * adds it. Numbers that JavaScript would round are text.
 *
 * @param json an activity's own text. OCSF requires `time`, which only a readable `created_at` gives.
 * @param hasOriginal whether `raw_data` holds that text
 */
export function toOcsf(json: string, hasOriginal = false): OcsfEvent {
	return JSON.parse(lines.line(json, hasOriginal)) as OcsfEvent;
}

/** The event as JSON text. */
function eventOf(
	{ record, type, actor: who = NO_ACTOR, time }: Ingredients<OcsfActor>,
	hasOriginal: boolean,
): string {
	const hasWho = record.takeObject('actor') !== undefined;
	const { user, program, endpoint, userAgent } = who;
	const isNamed = (user ?? program) !== undefined;
	const mapping = mappingOf(type);
	const { kind, attributes, httpRequest = '', idp } = mapping.read({ record, actor: who });
	const { hasActor, hasRequest } = kind.ofClass;

	const profiles = isNamed && !hasActor ? ',"profiles":["host"]' : '';
	const metadata =
		`{${METADATA}` +
		nextMember('uid', record.take('id')) +
		nextMember('event_code', record.take('type')) +
		nextMember('original_time', record.take('created_at')) +
		nextMember('tenant_uid', record.take('organization_uuid')) +
		`${profiles}}`;
	let event = `{${kind.members}${statuses[outcomeIn(record, type)]}`;
	if (time !== undefined) event += `,"time":${time}`;
	event += `${mapping.message},"metadata":${metadata}`;
	if (isNamed) {
		event += `,"actor":{${program ?? member('user', user)}${nextMember('idp', who.idp ?? idp)}}`;
	}
	event += attributes;
	if (hasRequest) {
		const request = joined(httpRequest, userAgent);
		event += request === '' ? endpoint : `${endpoint},"http_request":{${request}}`;
	}
	const actorRest = hasRequest ? who.restWithRequest : who.restWithoutRequest;
	const unmapped = hasWho ? joined(record.rest(), `"actor":{${actorRest}}`) : record.rest();
	if (unmapped !== '') event += `,"unmapped":{${unmapped}}`;
	return hasOriginal ? `${event},"raw_data":${JSON.stringify(record.json)}}` : `${event}}`;
}

const lines = linesWithOriginal({ readActor, timeOf: millisecondsOf }, eventOf, (line) =>
	fieldInJson(line, 'metadata', 'uid'),
);

/** Each line is the result of `toOcsf` as JSON. */
export const ocsf: Format = lines.format;
