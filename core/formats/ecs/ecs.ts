import { JsonFields, stringIn } from '../../json/json-fields';
import { fieldsOf, textOf } from '../../json/json-value';
import type { Format } from '../format';
import { isIpAddress } from '../ip-address';
import { fieldInJson } from '../json-line';
import type { Ingredients, Parts } from '../line-template';
import { linesWithOriginal } from '../line-writer';
import { outcomeIn } from '../outcome-in';
import { joined, member, nextMember, Reading } from '../reading';
import { takeTargetUser } from '../target-user';
import { timestampOf } from '../written-instant';
import { categorizationOf } from './categorization';

/** A document of the Elastic Common Schema, as parsed from JSON. */
export type EcsDocument = Record<string, unknown>;

const BEGINNING =
	'"ecs":{"version":"9.4.0"},"event":{"kind":"event","module":"anthropic","dataset":"anthropic.audit"';

/** Fields with several users' ids or e-mail addresses. */
const userLists = new Set(['member_ids', 'alert_emails']);

/**
 * An activity as a document of the Elastic Common Schema, 9.4. The fields are those of Elastic's own
 * integration; what ECS has no field for is under `anthropic.audit`, with its name in the feed. Numbers
 * that JavaScript would round are text.
 *
 * @param json an activity's own text. ECS requires `@timestamp`, which only a readable `created_at` gives.
 * @param hasOriginal whether `event.original` holds that text
 */
export function toEcs(json: string, hasOriginal = false): EcsDocument {
	return JSON.parse(lines.line(json, hasOriginal)) as EcsDocument;
}

/** The document as JSON text. */
function documentOf(
	{ record, type, actor: who = NO_ACTOR, time }: Ingredients<EcsActor>,
	hasOriginal: boolean,
): string {
	const hasActor = record.takeObject('actor') !== undefined;
	const timestamp = time === undefined ? '' : `"@timestamp":"${time}",`;
	let document = `{${timestamp}${BEGINNING}${categorizationOf(type).members}`;
	document += `,"outcome":"${outcomeIn(record, type)}"`;
	document += nextMember('action', record.take('type')) + nextMember('id', record.take('id'));
	document += hasOriginal ? `,"original":${JSON.stringify(record.json)}}` : '}';
	const organizationId = record.take('organization_id');
	if (organizationId !== undefined) document += `,"organization":{"id":${organizationId}}`;

	const target = takeTargetUser(record);
	const isTarget = target.id !== undefined || target.email !== undefined;
	const members = joined(
		membersOf(who),
		isTarget ? `"target":{${membersOf(target)}${nextMember('roles', takeRoles(record))}}` : '',
	);
	if (members !== '') document += `,"user":{${members}}`;
	document += who.members;
	const filename = record.take('filename');
	if (filename !== undefined) document += `,"file":{"name":${filename}}`;
	const url = record.take('url');
	if (url !== undefined) document += `,"url":{"original":${url}}`;
	const http = takeHttp(record);
	if (http !== '') document += `,"http":{${http}}`;

	const users = relatedUsers(record, who, isTarget ? target : NOBODY);
	const related = joined(
		users === '' ? '' : `"user":[${users}]`,
		who.ip === undefined ? '' : `"ip":[${who.ip}]`,
	);
	if (related !== '') document += `,"related":{${related}}`;

	const rest = record.rest();
	const audit = hasActor ? joined(rest, `"actor":{${who.rest}}`) : rest;
	return `${document},"anthropic":{"audit":{${audit}}}}`;
}

function takeHttp(record: Reading): string {
	const request = joined(
		member('method', record.take('request_method')),
		member('id', record.take('request_id')),
	);
	const code = record.takeStatusCode('status_code');
	return joined(
		request === '' ? '' : `"request":{${request}}`,
		code === undefined ? '' : `"response":{"status_code":${code}}`,
	);
}

/** A user, as JSON texts. */
interface User {
	readonly email: string | undefined;
	readonly id: string | undefined;
}

const NOBODY: User = { email: undefined, id: undefined };

/** What the actor of a record says, as parts of a document. */
interface EcsActor extends Parts, User {
	/** Both, each once, as elements of a JSON array. */
	readonly related: string;
	/** As JSON text. */
	readonly ip: string | undefined;
	/** `source` and `user_agent`, as members after others. */
	readonly members: string;
	/** What ECS has no field for, as members. */
	readonly rest: string;
}

const NO_ACTOR: EcsActor = { ...NOBODY, related: '', ip: undefined, members: '', rest: '' };

function readActor(json: string): EcsActor {
	const actor = new Reading(JsonFields.of(json));
	const { email, id } = takeUser(actor);
	const ip = actor.takeIf('ip_address', isIpAddress);
	const userAgent = actor.take('user_agent');
	const members =
		(ip === undefined ? '' : `,"source":{"ip":${ip}}`) +
		(userAgent === undefined ? '' : `,"user_agent":{"original":${userAgent}}`);
	return { email, id, related: usersOf([email, id]), ip, members, rest: actor.rest() };
}

/** Who did it. Machines stay under `anthropic.audit.actor`, as in Elastic's integration. */
function takeUser(actor: Reading): User {
	const type = actor.text('type');
	const isUser = type === 'user_actor';
	const email = isUser || type === 'anthropic_actor' ? actor.take('email_address') : undefined;
	return {
		email: email ?? actor.take('unauthenticated_email_address'),
		id: isUser ? actor.take('user_id') : undefined,
	};
}

function membersOf({ email, id }: User): string {
	return joined(member('email', email), member('id', id));
}

/** The roles of the user who was acted upon. */
function takeRoles(record: Reading): string | undefined {
	const role = record.take('role');
	return role === undefined ? undefined : `[${role}]`;
}

/** Every user of the record, each once, as elements of a JSON array. */
function relatedUsers(record: Reading, who: EcsActor, target: User): string {
	if (target === NOBODY && !record.hasAny(userLists)) return who.related;
	const fields = fieldsOf(JSON.parse(record.json));
	const lists = [...userLists].map((name) => fields[name]).filter(Array.isArray);
	const listed = lists
		.flat()
		.map(textOf)
		.filter((text) => text !== undefined);
	return usersOf([who.email, who.id, target.email, target.id], listed);
}

/**
 * @param named as JSON texts
 * @param listed as they are
 */
function usersOf(named: readonly (string | undefined)[], listed: readonly string[] = []): string {
	const texts = named.filter((json) => json !== undefined).map(stringIn);
	return [...new Set([...texts, ...listed])].map((user) => JSON.stringify(user)).join();
}

const lines = linesWithOriginal({ readActor, timeOf: timestampOf }, documentOf, (line) =>
	fieldInJson(line, 'event', 'id'),
);

/** Each line is the result of `toEcs` as JSON. */
export const ecs: Format = lines.format;
