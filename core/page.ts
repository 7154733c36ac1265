import type { Activity } from './activity';
import { ComplianceError } from './errors';
import { parseInstant } from './instant';
import { elementsOf } from './json-text';
import { isObject, textOf } from './json-value';

/** One page of the feed. */
export interface Page {
	readonly activities: readonly Activity[];
	readonly hasMore: boolean;
	/** The cursor of the page's last record; `null` on an empty page. */
	readonly lastId: string | null;
}

/**
 * Reads the body of an answer.
 *
 * @param text the body
 * @param requestId the answer's `request-id`, for the error
 * @throws SyntaxError when the body is not JSON, as a cut body is not: worth another try
 * @throws ComplianceError `protocol-violation` when it is JSON, but no page: an incomplete answer must
 *   never pass for "no news"
 */
export function parsePage(text: string, requestId?: string): Page {
	const body: unknown = JSON.parse(text);
	if (!isObject(body) || !Array.isArray(body.data)) {
		throw protocolViolation('an answer without a list of activities', requestId);
	}
	if (typeof body.has_more !== 'boolean') {
		throw protocolViolation('a page without has_more', requestId);
	}
	if (body.last_id !== undefined && body.last_id !== null && typeof body.last_id !== 'string') {
		throw protocolViolation('a page whose last_id is no cursor', requestId);
	}
	const records: unknown[] = body.data;
	if (body.has_more && records.length === 0) {
		throw protocolViolation('an empty page that claims more', requestId);
	}
	if (body.has_more && !body.last_id) {
		throw protocolViolation('a page that claims more, but has no last_id', requestId);
	}
	const activities = elementsOf(text, 'data').map((json, index) =>
		parseActivity(records[index], json, requestId),
	);
	return { activities, hasMore: body.has_more, lastId: body.last_id ?? null };
}

/** An answer that breaks the API's own rules. Going on could lose activities, so the run ends. */
export function protocolViolation(what: string, requestId?: string): ComplianceError {
	return new ComplianceError('protocol-violation', `The Activity Feed sent ${what}.`, {
		remedy:
			'Nothing of this run counts as done, so no activity is lost; the next run asks again. If it stays so, check what stands between this machine and the API, and report it with the request-id.',
		requestId,
	});
}

function parseActivity(record: unknown, json: string, requestId?: string): Activity {
	if (!isObject(record)) throw protocolViolation('a record that is no object', requestId);
	const { id, created_at: createdAt, type, actor, request_id: ownId } = record;
	if (typeof id !== 'string' || id === '') {
		throw protocolViolation('a record without id', requestId);
	}
	const instant = typeof createdAt === 'string' ? parseInstant(createdAt) : undefined;
	if (instant === undefined) {
		throw protocolViolation('a record without a created_at in RFC 3339', requestId);
	}
	return {
		id,
		createdAt: instant,
		type: textOf(type) ?? '',
		actorType: (isObject(actor) ? textOf(actor.type) : undefined) ?? '',
		requestId: textOf(ownId),
		json,
	};
}
