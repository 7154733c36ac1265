import { fieldsOf, stringOf, textOf } from '../json/json-value';

/** Who did it. */
export interface Actor {
	/** `actor.type` without `_actor`, such as `user`, `api` or `scim_directory_sync`. */
	readonly kind: string | null;
	/** An e-mail address, else the id that distinguishes this actor from others of its kind. */
	readonly name: string | null;
	readonly ipAddress: string | null;
}

/** Fields that name an actor, the most informative first. No kind of actor has two that compete. */
const nameFields = [
	'email_address',
	'unauthenticated_email_address',
	'user_id',
	'api_key_id',
	'admin_api_key_id',
	'service_account_id',
	'external_client_id',
	'directory_id',
	// Of a federated identity, the subject alone: it is what the identity provider's own logs show.
	'subject',
	'service',
];

/**
 * Reads who did it from a record's `actor`. Kinds of actors this package does not know are named by
 * their first id. Some have no name at all: Anthropic's staff (kind `anthropic`) stays anonymous.
 *
 * @param record a record of the feed as parsed from JSON, not checked
 */
export function actorOf(record: unknown): Actor {
	const actor = fieldsOf(fieldsOf(record).actor);
	return {
		kind: textOf(stringOf(actor.type)?.replace(/_actor$/, '')) ?? null,
		name: nameOf(actor),
		ipAddress: textOf(actor.ip_address) ?? null,
	};
}

function nameOf(actor: Record<string, unknown>): string | null {
	return firstText(actor, nameFields) ?? firstText(actor, idFieldsIn(actor)) ?? null;
}

function firstText(actor: Record<string, unknown>, fields: Iterable<string>): string | undefined {
	for (const field of fields) {
		const text = textOf(actor[field]);
		if (text !== undefined) return text;
	}
	return undefined;
}

function* idFieldsIn(actor: Record<string, unknown>): Generator<string, void, undefined> {
	for (const field of Object.keys(actor)) if (field.endsWith('_id')) yield field;
}
