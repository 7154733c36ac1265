import { parseInstant } from '../../instant';
import type { Format } from '../format';
import { encodeLines, fieldInJson, isBegunObject } from '../json-line';
import { outcomeIn } from '../outcome-in';
import { joined, member, nextMember, Reading } from '../reading';
import { type ActorPart, readActor } from './actor';
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
	const record = new Reading(json);
	const type = record.text('type') ?? '';
	const time = parseInstant(record.text('created_at') ?? '');
	return JSON.parse(eventOf(json, type, time, hasOriginal)) as OcsfEvent;
}

/** The event as JSON text. */
function eventOf(
	json: string,
	type: string,
	time: number | undefined,
	hasOriginal: boolean,
): string {
	const record = new Reading(json);
	const who = record.takeObject('actor');
	const { actor, endpoint, userAgent, rest } = who === undefined ? NOBODY : readActor(who);
	const mapping = mappingOf(type);
	const hasEndpoint = endpoint !== '';
	const { kind, attributes, httpRequest = '', idp } = mapping.read({ record, actor, hasEndpoint });
	const { hasActor, hasRequest } = kind.ofClass;

	const profiles = actor !== undefined && !hasActor ? ',"profiles":["host"]' : '';
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
	if (actor !== undefined) {
		const { user, program } = actor;
		const names = program ?? member('user', user);
		event += `,"actor":{${names}${nextMember('idp', actor.idp ?? idp)}}`;
	}
	event += attributes;
	if (hasRequest) {
		const request = joined(httpRequest, userAgent);
		event += request === '' ? endpoint : `${endpoint},"http_request":{${request}}`;
	}
	const actorRest = hasRequest ? rest.withRequest : rest.withoutRequest;
	const unmapped =
		who === undefined ? record.rest() : joined(record.rest(), `"actor":{${actorRest}}`);
	if (unmapped !== '') event += `,"unmapped":{${unmapped}}`;
	return hasOriginal ? `${event},"raw_data":${JSON.stringify(json)}}` : `${event}}`;
}

/** Of a record without an actor. */
const NOBODY: ActorPart = {
	actor: undefined,
	endpoint: '',
	userAgent: '',
	rest: { withRequest: '', withoutRequest: '' },
};

function format(hasOriginal: boolean): Format {
	return {
		encode: (activities) =>
			encodeLines(activities, ({ json, type, createdAt }) =>
				eventOf(json, type, createdAt, hasOriginal),
			),
		idOf: (line) => fieldInJson(line, 'metadata', 'uid'),
		isBegun: isBegunObject,
	};
}

/** Each line is the result of `toOcsf` as JSON. */
export const ocsf: Format = { ...format(false), withOriginal: format(true) };
