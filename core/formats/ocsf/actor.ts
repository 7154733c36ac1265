import { JsonFields, stringIn } from '../../json/json-fields';
import { isIpAddress } from '../ip-address';
import type { Parts } from '../line-template';
import { member, Reading } from '../reading';

/** What OCSF 1.6.0 accepts as an e-mail address. It has no letters beyond ASCII. */
const EMAIL = /^[\w!#$%&'*+\-/=?^`{|}~.]+@[a-zA-Z\d-]+\.[a-zA-Z\d.-]+$/;

/** Ids of programs by kind of actor. A key is what a program identifies itself with; it is no user. */
const programIds = new Map([
	['api_actor', 'api_key_id'],
	['admin_api_key_actor', 'admin_api_key_id'],
	['attested_device_actor', 'external_client_id'],
]);

/** Ids of accounts that are no persons, by kind of actor. */
const accountIds = new Map([
	['service_account_actor', 'service_account_id'],
	['federated_identity_actor', 'subject'],
	['federated_actor', 'subject'],
]);

const USER = ',"type_id":1,"type":"User"';
const SERVICE = ',"type_id":4,"type":"Service"';

/** What the actor of a record says, as parts of an event. */
export interface OcsfActor extends Parts {
	/** The object `user`. */
	readonly user: string | undefined;
	/** The object `idp`, which vouches for the user. */
	readonly idp: string | undefined;
	/** The member of `actor` for the program, where it is no user. */
	readonly program: string | undefined;
	/** The member `src_endpoint` after others; empty without an address. */
	readonly endpoint: string;
	/** The member of `http_request`. */
	readonly userAgent: string;
	/** What has no attribute in a class with `src_endpoint` and `http_request`, as members. */
	readonly restWithRequest: string;
	/** The same in other classes. */
	readonly restWithoutRequest: string;
}

/** Of a record without an actor. */
export const NO_ACTOR: OcsfActor = {
	...partsOf({}),
	endpoint: '',
	userAgent: '',
	restWithRequest: '',
	restWithoutRequest: '',
};

/**
 * Reads the actor of a record. `actor.type` itself has no attribute: Anthropic maps it to
 * `unmapped.actor.type`.
 *
 * @param json an object as JSON text
 */
export function readActor(json: string): OcsfActor {
	const reading = new Reading(JsonFields.of(json));
	const who = takeActor(reading);
	const restWithoutRequest = reading.rest();
	const ip = reading.takeIf('ip_address', isIpAddress);
	return {
		...partsOf(who),
		endpoint: ip === undefined ? '' : `,"src_endpoint":{"ip":${ip}}`,
		userAgent: member('user_agent', reading.take('user_agent')),
		restWithRequest: reading.rest(),
		restWithoutRequest,
	};
}

type Who = Partial<Pick<OcsfActor, 'user' | 'idp' | 'program'>>;

/** All of them, because the parts of every actor have the same names. */
function partsOf({ user, idp, program }: Who) {
	return { user, idp, program };
}

function takeActor(actor: Reading): Who {
	const type = actor.text('type');
	if (type === 'user_actor') {
		return { user: userOf(actor.take('user_id'), actor.take('email_address'), USER) };
	}
	if (type === 'unauthenticated_user_actor') {
		return { user: userOf(undefined, actor.take('unauthenticated_email_address')) };
	}
	if (type === 'system_actor') return programOf('app_name', actor.take('service'));
	const programId = programIds.get(type ?? '');
	if (programId !== undefined) return programOf('app_uid', actor.take(programId));
	const accountId = accountIds.get(type ?? '');
	if (accountId === undefined) return {};
	const isService = type === 'service_account_actor';
	const user = userOf(actor.take(accountId), undefined, isService ? SERVICE : '');
	const issuer = user === undefined ? undefined : actor.take('issuer');
	return { user, idp: issuer === undefined ? undefined : `{"issuer":${issuer}}` };
}

function programOf(attribute: string, json: string | undefined): Who {
	return json === undefined ? {} : { program: member(attribute, json) };
}

/**
 * A user with an id, an e-mail address, or both. An address is the name too where there is no id, because
 * OCSF asks for one of them, and where OCSF does not accept it as an address.
 *
 * @param type the members that say what kind of user it is
 */
export function userOf(
	uid: string | undefined,
	email: string | undefined,
	type = '',
): string | undefined {
	if (email === undefined) return uid === undefined ? undefined : `{"uid":${uid}${type}}`;
	const isAddress = EMAIL.test(stringIn(email));
	if (uid === undefined)
		return `{"name":${email}${isAddress ? `,"email_addr":${email}` : ''}${type}}`;
	return `{"uid":${uid},"${isAddress ? 'email_addr' : 'name'}":${email}${type}}`;
}
