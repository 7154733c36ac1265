import { fieldsOf, isObject, stringOf } from '../../json/json-value';
import type { Reading } from '../reading';
import { takeTargetUser } from '../target-user';
import { type OcsfActor, userOf } from './actor';
import { classes, type Kind, kindOf, OTHER_ACTIVITY } from './classes';
import type { NamedResource, ResourceName } from './resource-name';

/** What a record says for one event. */
export interface Content {
	readonly kind: Kind;
	readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Source {
	/** The record. */
	readonly record: Reading;
	/** The same record, as other readers want it. */
	readonly fields: Readonly<Record<string, unknown>>;
	/** Who did it, if the record names anybody. */
	readonly actor: OcsfActor | undefined;
	/** Whether the record has an address for `src_endpoint`. */
	readonly hasEndpoint: boolean;
}

/**
 * Takes the attributes that a class requires.
 *
 * @returns `undefined` if the record lacks one of them; then it has taken nothing
 */
export type Step = (source: Source) => Content | undefined;

/** The user that an activity is about, taken from the record. */
function targetOf({ record, fields }: Source) {
	const { id, email } = takeTargetUser(record, fields);
	return userOf(id, email);
}

/** 3001, about another account. */
export function ofAccount(kind: Kind): Step {
	return (source) => {
		const user = targetOf(source);
		return user && { kind, attributes: { user } };
	};
}

/** 3001, about the account of who did it. */
export function ofOwnAccount(kind: Kind): Step {
	return (source) => {
		const user = targetOf(source) ?? source.actor?.user;
		return user && { kind, attributes: { user: { ...user } } };
	};
}

/** `platform_api_key_updated`: what became of the key is among its updates. */
export function ofKeyUpdate(label: string): Step {
	const [enabled, disabled, other] = [2, 5, OTHER_ACTIVITY].map((activity) =>
		ofOwnAccount(kindOf(classes.account, activity, label)),
	) as [Step, Step, Step];
	return (source) => {
		const { updates } = source.fields;
		const values = (Array.isArray(updates) ? (updates as unknown[]) : []).map(
			(update) => fieldsOf(update).current_value,
		);
		const step = values.includes('active')
			? enabled
			: values.includes('archived')
				? disabled
				: other;
		return step(source);
	};
}

/** 3002. Who signs in is who did it. */
export function ofAuthentication(kind: Kind): Step {
	return ({ record, actor }) => {
		if (actor?.user === undefined) return undefined;
		// Such as Google, for a social sign-in.
		const provider = record.text('provider');
		if (provider !== undefined) actor.idp = { name: provider };
		return { kind, attributes: { user: { ...actor.user }, service: { name: 'Claude' } } };
	};
}

/** 3005. A role is granted to a user, or taken away. */
export function ofAccess(kind: Kind): Step {
	return (source) => {
		const { record } = source;
		const { mark } = record;
		const user = targetOf(source);
		const privilege =
			user && (record.text('role') ?? record.text('current_role') ?? record.text('role_id'));
		if (privilege === undefined) {
			record.giveBack(mark);
			return undefined;
		}
		const attributes: Record<string, unknown> = { user, privileges: [privilege] };
		const uid = record.text('resource_id');
		const type = record.text('resource_type');
		if (uid !== undefined || type !== undefined)
			attributes.resources = [resource(uid, undefined, type)];
		return { kind, attributes };
	};
}

/** 3006. */
export function ofGroup(kind: Kind): Step {
	return ({ record }) => {
		const uid = record.text('group_id');
		if (uid === undefined) return undefined;
		const name = record.text('group_name');
		return { kind, attributes: { group: name === undefined ? { uid } : { uid, name } } };
	};
}

/**
 * 6001.
 *
 * @param whole the activity, when the resource is what the type is about
 * @param part the activity, when only that is known which the resource belongs to
 */
export function ofResource(whole: Kind, part: Kind, name: ResourceName): Step {
	return ({ record, fields }) => {
		const details = fieldsOf(fields.resource_details);
		if (isObject(fields.resource_details)) {
			const accessed = resource(stringOf(details.id), undefined, stringOf(details.type));
			return { kind: whole, attributes: { web_resources: [accessed] } };
		}
		const found = name.take(record);
		const kind = found.isWhole ? whole : part;
		return { kind, attributes: { web_resources: [resource(found.uid, found.name, found.type)] } };
	};
}

/** 6002. */
export function ofApplication(kind: Kind, name: ResourceName): Step {
	return ({ record }) => {
		const { mark } = record;
		const found = name.take(record);
		if (isNamed(found) && found.isWhole) {
			const { uid, name } = found;
			const app: Record<string, string> = {};
			if (name !== undefined) app.name = name;
			if (uid !== undefined) app.uid = uid;
			return { kind, attributes: { app } };
		}
		record.giveBack(mark);
		return undefined;
	};
}

/** Types of entities that OCSF numbers. */
const entityTypes = new Map([
	['user', 2],
	['group', 3],
	['organization', 4],
]);

/** 3004. The parameters are those of `ofResource`. */
export function ofEntity(whole: Kind, part: Kind, name: ResourceName): Step {
	return ({ record }) => {
		const found = name.take(record);
		if (!isNamed(found)) return undefined;
		const { uid, name: caption, type } = found;
		const entity: Record<string, unknown> = {};
		if (caption !== undefined) entity.name = caption;
		if (uid !== undefined) entity.uid = uid;
		entity.type = type;
		entity.type_id = entityTypes.get(type) ?? 99;
		return { kind: found.isWhole ? whole : part, attributes: { entity } };
	};
}

/** 3004, about the organization, to which everything belongs that has no id. */
export function ofOrganization(kind: Kind): Step {
	return ({ fields }) => {
		const uid = stringOf(fields.organization_id) ?? stringOf(fields.organization_uuid);
		if (!uid) return undefined;
		return { kind, attributes: { entity: { uid, type: 'organization', type_id: 4 } } };
	};
}

/** Activities of 6003 by method. */
const activitiesOfMethods = new Map([
	['POST', 1],
	['GET', 2],
	['PUT', 3],
	['PATCH', 3],
	['DELETE', 4],
]);

const URL = /^https?:\/\//i;

/** 6003, a request to the API. */
export function ofRequest(label: string): Step {
	const kinds = new Map(
		[...activitiesOfMethods].map(([method, activity]) => [
			method,
			kindOf(classes.api, activity, label),
		]),
	);
	return ({ record, actor, hasEndpoint }) => {
		if (actor === undefined || !hasEndpoint) return undefined;
		const method = record.textIf('request_method', (text) => kinds.has(text));
		if (method === undefined) return undefined;
		const httpRequest: Record<string, unknown> = { http_method: method };
		const api: Record<string, unknown> = { operation: method };
		const url = record.textIf('url', (text) => URL.test(text));
		if (url !== undefined) httpRequest.url = { url_string: url };
		const uid = record.text('request_id');
		if (uid !== undefined) {
			httpRequest.uid = uid;
			api.request = { uid };
		}
		const attributes: Record<string, unknown> = { api, http_request: httpRequest };
		const code = record.statusCode('status_code');
		if (code !== undefined) {
			api.response = { code };
			attributes.http_response = { code };
		}
		return { kind: kinds.get(method)!, attributes };
	};
}

/** 0, which requires nothing. */
export function ofAnything(kind: Kind): () => Content {
	const content: Content = { kind, attributes: {} };
	return () => content;
}

function isNamed({ uid, name }: NamedResource): boolean {
	return uid !== undefined || name !== undefined;
}

function resource(uid: string | undefined, name: string | undefined, type: string | undefined) {
	const described: Record<string, string> = {};
	if (uid !== undefined) described.uid = uid;
	if (name !== undefined) described.name = name;
	if (type !== undefined) described.type = type;
	return described;
}
