import { type Alert, type Instant, toInstant, type Watch, type Watched } from '../../../core';

export const START = Date.UTC(2026, 2, 1);
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;

/** An activity of a user, with more or other fields. */
export function activity(
	id: string,
	type: string,
	/** In seconds, from `START`. */
	time = 0,
	fields: object = {},
): Watched {
	const createdAt = toInstant(START + time * 1000);
	const record = {
		id,
		created_at: new Date(createdAt).toISOString(),
		organization_id: 'org_1',
		organization_uuid: '550e8400-e29b-41d4-a716-446655440000',
		actor: user(),
		type,
		...fields,
	};
	return watched(id, type, createdAt, record);
}

/** A record as the core sees it. */
export function watched(
	id: string,
	type: string,
	createdAt: Instant,
	record: { readonly actor?: unknown },
): Watched {
	const { user_id: userId } = Object(record.actor) as { user_id?: unknown };
	return {
		...{ id, type, createdAt, json: JSON.stringify(record) },
		userId: typeof userId === 'string' ? userId : '',
	};
}

export function user(fields: object = {}): object {
	return {
		type: 'user_actor',
		email_address: 'user@example.com',
		user_id: 'user_1',
		ip_address: '192.0.2.1',
		user_agent: 'Mozilla/5.0 (Macintosh)',
		...fields,
	};
}

/** A watch with some of its fields. */
export function watch(fields: Partial<Watch>): Watch {
	return {
		id: 'own',
		title: 'Own',
		severity: 'medium',
		why: 'Because.',
		types: ['claude_chat_deleted'],
		...fields,
	};
}

/** What the alerts are about, for comparisons. */
export function shown(alerts: readonly Alert<Watched>[]): string[] {
	return alerts.map((alert) => `${alert.watch.id} ${alert.activity.id}`);
}
