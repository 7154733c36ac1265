import { outcomeOf } from '../../activity/outcome';
import { formatInstant, parseInstant } from '../../instant';
import { parseExactly } from '../../json/exact-json';
import { fieldsOf, isObject, stringOf } from '../../json/json-value';
import type { Format } from '../format';
import { isIpAddress } from '../ip-address';
import { encodeLines, fieldInJson, isBegunObject } from '../json-line';
import { Reading } from '../reading';
import { setPresent } from '../set-field';
import { takeTargetUser } from '../target-user';
import { categorizationOf } from './categorization';

/** A document of the Elastic Common Schema, as JSON has it. */
export type EcsDocument = Record<string, unknown>;

const ECS_VERSION = '9.4.0';

/** Fields with several users' ids or e-mail addresses. */
const userLists = ['member_ids', 'alert_emails'];

/**
 * An activity as a document of the Elastic Common Schema, 9.4. The fields are those of Elastic's own
 * integration; what ECS has no field for is under `anthropic.audit`, with its name in the feed.
 *
 * @param record a record of the feed, parsed from JSON. Any value is allowed, but ECS requires
 *   `@timestamp`, which only a readable `created_at` gives.
 * @param original the record's own text, for `event.original`
 */
export function toEcs(record: unknown, original?: string): EcsDocument {
	const fields = fieldsOf(record);
	return documentOf(fields, parseInstant(stringOf(fields.created_at) ?? ''), original);
}

function documentOf(
	fields: Readonly<Record<string, unknown>>,
	time: number | undefined,
	original: string | undefined,
): EcsDocument {
	const record = new Reading(fields);
	const who = new Reading(fieldsOf(fields.actor));
	const type = record.text('type');
	const { category, type: types } = categorizationOf(type ?? '');
	const outcome = outcomeOf(fields);

	const event: Record<string, unknown> = {
		kind: 'event',
		module: 'anthropic',
		dataset: 'anthropic.audit',
		category: [...category],
		type: [...types],
		outcome,
	};
	setPresent(event, 'action', type);
	setPresent(event, 'id', record.text('id'));
	setPresent(event, 'original', original);

	const document: EcsDocument = {};
	if (time !== undefined) document['@timestamp'] = formatInstant(time);
	document.ecs = { version: ECS_VERSION };
	document.event = event;
	const organizationId = record.text('organization_id');
	if (organizationId !== undefined) document.organization = { id: organizationId };

	const user = userIn(who);
	const target = targetIn(record, fields);
	if (target !== undefined) user.target = target;
	if (Object.keys(user).length > 0) document.user = user;
	const ip = who.textIf('ip_address', isIpAddress);
	if (ip !== undefined) document.source = { ip };
	const userAgent = who.text('user_agent');
	if (userAgent !== undefined) document.user_agent = { original: userAgent };
	const filename = record.text('filename');
	if (filename !== undefined) document.file = { name: filename };
	const url = record.text('url');
	if (url !== undefined) document.url = { original: url };
	const http = httpIn(record);
	if (http !== undefined) document.http = http;

	const related: Record<string, unknown> = {};
	const users = relatedUsers(fields, user);
	if (users.length > 0) related.user = users;
	if (ip !== undefined) related.ip = [ip];
	if (users.length > 0 || ip !== undefined) document.related = related;

	const audit: Record<string, unknown> = {};
	record.addRest(audit);
	if (isObject(fields.actor)) {
		const actor: Record<string, unknown> = {};
		who.addRest(actor);
		audit.actor = actor;
	}
	document.anthropic = { audit };
	return document;
}

interface User extends Record<string, unknown> {
	email?: string;
	id?: string;
	target?: Record<string, unknown>;
}

/** Who did it. Machines stay under `anthropic.audit.actor`, as in Elastic's integration. */
function userIn(actor: Reading): User {
	const type = actor.peek('type');
	const user: User = {};
	if (type === 'user_actor' || type === 'anthropic_actor') {
		setPresent(user, 'email', actor.text('email_address'));
	}
	if (type === 'user_actor') setPresent(user, 'id', actor.text('user_id'));
	if (user.email === undefined)
		setPresent(user, 'email', actor.text('unauthenticated_email_address'));
	return user;
}

/** Who was acted upon. */
function targetIn(
	record: Reading,
	fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
	const { id, email } = takeTargetUser(record, fields);
	if (id === undefined && email === undefined) return undefined;
	const target: Record<string, unknown> = {};
	setPresent(target, 'email', email);
	setPresent(target, 'id', id);
	const role = record.text('role');
	if (role !== undefined) target.roles = [role];
	return target;
}

function httpIn(record: Reading): Record<string, unknown> | undefined {
	const request: Record<string, unknown> = {};
	const method = record.text('request_method');
	if (method !== undefined) request.method = method;
	const id = record.text('request_id');
	if (id !== undefined) request.id = id;
	const code = record.statusCode('status_code');
	if (method === undefined && id === undefined && code === undefined) return undefined;
	const http: Record<string, unknown> = {};
	if (method !== undefined || id !== undefined) http.request = request;
	if (code !== undefined) http.response = { status_code: code };
	return http;
}

/** Every user of the record, each once. */
function relatedUsers(fields: Readonly<Record<string, unknown>>, user: User): string[] {
	const users: unknown[] = [user.email, user.id, user.target?.email, user.target?.id];
	for (const name of userLists) {
		const list = fields[name];
		if (Array.isArray(list)) users.push(...(list as unknown[]));
	}
	const names = users.filter((name) => typeof name === 'string' && name !== '') as string[];
	return [...new Set(names)];
}

function format(hasOriginal: boolean): Format {
	return {
		encode: (activities) =>
			encodeLines(activities, ({ json, createdAt }) =>
				documentOf(fieldsOf(parseExactly(json)), createdAt, hasOriginal ? json : undefined),
			),
		idOf: (line) => fieldInJson(line, 'event', 'id'),
		isBegun: isBegunObject,
	};
}

/** Each line is the result of `toEcs` as JSON. Numbers that JavaScript would round are text. */
export const ecs: Format = { ...format(false), withOriginal: format(true) };
