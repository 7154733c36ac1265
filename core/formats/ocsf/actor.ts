import type { Reading } from '../reading';

/** What OCSF 1.6.0 accepts as an e-mail address. It has no letters beyond ASCII. */
const EMAIL = /^[\w!#$%&'*+\-/=?^`{|}~.]+@[a-zA-Z\d-]+\.[a-zA-Z\d.-]+$/;

/** A user. OCSF asks for a uid or a name. */
export interface OcsfUser {
	uid?: string;
	name?: string;
	email_addr?: string;
	type_id?: number;
	type?: string;
}

export interface OcsfActor {
	user?: OcsfUser;
	app_uid?: string;
	app_name?: string;
	idp?: { name?: string; issuer?: string };
}

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

const USER = { id: 1, caption: 'User' };
const SERVICE = { id: 4, caption: 'Service' };

/**
 * Takes what names the actor. `actor.type` itself stays in the record: Anthropic maps it to
 * `unmapped.actor.type`.
 *
 * @returns `undefined` if nothing does
 */
export function actorOf(actor: Reading): OcsfActor | undefined {
	const type = actor.peek('type');
	if (typeof type !== 'string') return undefined;
	if (type === 'user_actor') {
		return withUser(userOf(actor.text('user_id'), actor.text('email_address'), USER));
	}
	if (type === 'unauthenticated_user_actor') {
		return withUser(userOf(undefined, actor.text('unauthenticated_email_address')));
	}
	if (type === 'system_actor') {
		const service = actor.text('service');
		return service === undefined ? undefined : { app_name: service };
	}
	const programId = programIds.get(type);
	if (programId !== undefined) {
		const uid = actor.text(programId);
		return uid === undefined ? undefined : { app_uid: uid };
	}
	const accountId = accountIds.get(type);
	if (accountId === undefined) return undefined;
	const isService = type === 'service_account_actor';
	const user = userOf(actor.text(accountId), undefined, isService ? SERVICE : undefined);
	if (user === undefined) return undefined;
	const issuer = actor.text('issuer');
	return issuer === undefined ? { user } : { user, idp: { issuer } };
}

function withUser(user: OcsfUser | undefined): OcsfActor | undefined {
	return user && { user };
}

/**
 * A user with an id, an e-mail address, or both. An address is the name too where there is no id, because
 * OCSF asks for one of them, and where OCSF does not accept it as an address.
 */
export function userOf(
	uid: string | undefined,
	email: string | undefined,
	type?: { readonly id: number; readonly caption: string },
): OcsfUser | undefined {
	if (uid === undefined && email === undefined) return undefined;
	const user: OcsfUser = {};
	if (uid !== undefined) user.uid = uid;
	if (email !== undefined) {
		const isAddress = EMAIL.test(email);
		if (isAddress) user.email_addr = email;
		if (uid === undefined || !isAddress) user.name = email;
	}
	if (type !== undefined) {
		user.type_id = type.id;
		user.type = type.caption;
	}
	return user;
}
