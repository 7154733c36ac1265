import { JsonFields } from '../../json/json-fields';
import { fieldsOf } from '../../json/json-value';
import { joined, member, nextMember, Reading } from '../reading';
import { takeTargetUser } from '../target-user';
import { type OcsfActor, userOf } from './actor';
import { classes, type Kind, kindOf, OTHER_ACTIVITY } from './classes';
import type { NamedResource, ResourceName } from './resource-name';

/** What a record says for one event. */
export interface Content {
	readonly kind: Kind;
	/** The class's own attributes, as members of a JSON object. */
	readonly attributes: string;
	/** The members of `http_request`, if it has other ones than the user agent. */
	readonly httpRequest?: string;
	/** The identity provider, if the record names one outside its actor. */
	readonly idp?: string;
}

export interface Source {
	readonly record: Reading;
	/** Who did it. */
	readonly actor: OcsfActor;
}

/**
 * Takes the attributes that a class requires.
 *
 * @returns `undefined` if the record lacks one of them; then it has taken nothing
 */
export type Step = (source: Source) => Content | undefined;

/** The user that an activity is about, taken from the record. */
function targetOf(record: Reading): string | undefined {
	const { id, email } = takeTargetUser(record);
	return userOf(id, email);
}

/** 3001, about another account. */
export function ofAccount(kind: Kind): Step {
	return ({ record }) => {
		const user = targetOf(record);
		return user === undefined ? undefined : { kind, attributes: `,"user":${user}` };
	};
}

/** 3001, about the account of who did it. */
export function ofOwnAccount(kind: Kind): Step {
	return ({ record, actor }) => {
		const user = targetOf(record) ?? actor.user;
		return user === undefined ? undefined : { kind, attributes: `,"user":${user}` };
	};
}

const updateNames = new Set(['updates']);

/** `platform_api_key_updated`: what became of the key is among its updates. */
export function ofKeyUpdate(label: string): Step {
	const [enabled, disabled, other] = [2, 5, OTHER_ACTIVITY].map((activity) =>
		ofOwnAccount(kindOf(classes.account, activity, label)),
	) as [Step, Step, Step];
	return (source) => {
		const { updates } = source.record.values(updateNames);
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
		if (actor.user === undefined) return undefined;
		// Such as Google, for a social sign-in.
		const provider = actor.idp === undefined ? record.take('provider') : undefined;
		return {
			kind,
			attributes: `,"user":${actor.user},"service":{"name":"Claude"}`,
			...(provider !== undefined && { idp: `{"name":${provider}}` }),
		};
	};
}

/** 3005. A role is granted to a user, or taken away. */
export function ofAccess(kind: Kind): Step {
	return ({ record }) => {
		const { takenCount } = record;
		const user = targetOf(record);
		const privilege =
			user && (record.take('role') ?? record.take('current_role') ?? record.take('role_id'));
		if (privilege === undefined) {
			record.giveBack(takenCount);
			return undefined;
		}
		const uid = record.take('resource_id');
		const type = record.take('resource_type');
		const isKnown = uid !== undefined || type !== undefined;
		const resources = isKnown
			? `[{${joined(member('uid', uid), member('type', type))}}]`
			: undefined;
		return {
			kind,
			attributes: `,"user":${user},"privileges":[${privilege}]${nextMember('resources', resources)}`,
		};
	};
}

/** 3006. */
export function ofGroup(kind: Kind): Step {
	return ({ record }) => {
		const uid = record.take('group_id');
		if (uid === undefined) return undefined;
		const name = nextMember('name', record.take('group_name'));
		return { kind, attributes: `,"group":{"uid":${uid}${name}}` };
	};
}

/**
 * 6001.
 *
 * @param whole the activity, when the resource is what the type is about
 * @param part the activity, when only that is known which the resource belongs to
 */
export function ofResource(whole: Kind, part: Kind, name: ResourceName): Step {
	return ({ record }) => {
		const { takenCount } = record;
		const json = record.takeObject('resource_details');
		if (json !== undefined) {
			const details = new Reading(JsonFields.of(json));
			const accessed = joined(
				member('uid', details.take('id')),
				member('type', details.take('type')),
			);
			// The object itself stays, with the rest of what it says.
			record.giveBack(takenCount);
			if (accessed !== '') {
				return { kind: whole, attributes: `,"web_resources":[{${accessed}}]` };
			}
		}
		const found = name.take(record);
		const kind = found.isWhole ? whole : part;
		const names = namesOf(found);
		const resource = `{${joined(names, `"type":"${found.type}"`)}}`;
		return { kind, attributes: `,"web_resources":[${resource}]` };
	};
}

/** 6002. */
export function ofApplication(kind: Kind, name: ResourceName): Step {
	return ({ record }) => {
		const { takenCount } = record;
		const found = name.take(record);
		if (!isNamed(found) || !found.isWhole) {
			record.giveBack(takenCount);
			return undefined;
		}
		return { kind, attributes: `,"app":{${namesOf(found)}}` };
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
		const { type } = found;
		const typeId = entityTypes.get(type) ?? 99;
		return {
			kind: found.isWhole ? whole : part,
			attributes: `,"entity":{${namesOf(found)},"type":"${type}","type_id":${typeId}}`,
		};
	};
}

/** 3004, about the organization, to which everything belongs that has no id. */
export function ofOrganization(kind: Kind): Step {
	return ({ record }) => {
		const uid = record.peek('organization_id') ?? record.peek('organization_uuid');
		if (uid === undefined) return undefined;
		const entity = `{"uid":${uid},"type":"organization","type_id":4}`;
		return { kind, attributes: `,"entity":${entity}` };
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
	return ({ record, actor }) => {
		const isNamed = (actor.user ?? actor.program) !== undefined;
		if (!isNamed || actor.endpoint === '') return undefined;
		const kind = kinds.get(record.text('request_method') ?? '');
		if (kind === undefined) return undefined;
		const method = record.take('request_method')!;
		const url = record.takeIf('url', (text) => URL.test(text));
		const uid = record.take('request_id');
		const code = record.takeStatusCode('status_code');
		const request = uid === undefined ? '' : `,"request":{"uid":${uid}}`;
		const response = code === undefined ? '' : `,"response":{"code":${code}}`;
		return {
			kind,
			attributes:
				`,"api":{"operation":${method}${request}${response}}` +
				(code === undefined ? '' : `,"http_response":{"code":${code}}`),
			httpRequest:
				`"http_method":${method}${nextMember('uid', uid)}` +
				(url === undefined ? '' : `,"url":{"url_string":${url}}`),
		};
	};
}

/** 0, which requires nothing. */
export function ofAnything(kind: Kind): () => Content {
	const content: Content = { kind, attributes: '' };
	return () => content;
}

function isNamed({ uid, name }: NamedResource): boolean {
	return uid !== undefined || name !== undefined;
}

function namesOf({ uid, name }: NamedResource): string {
	return joined(member('uid', uid), member('name', name));
}
