import { Activity } from '../activity/activity';
import { UserError } from '../errors';
import { Records } from '../activity/records';
import { Rows } from '../activity/rows';
import { scanPage, scanRecord } from './record-scan';
import { SharedText } from '../json/shared-text';

/** What the body of an answer holds. */
export interface PageContent {
	/** They own the body. */
	readonly records: Records;
	readonly hasMore: boolean;
	/** The cursor of the page's last record; `null` where the page has none. */
	readonly lastId: string | null;
}

/** The first byte of `true` and of `false`. */
const TRUE = 0x74;
const FALSE = 0x66;

/**
 * Reads the body of an answer.
 *
 * @param body UTF-8; it belongs to the page from now on
 * @param requestId the answer's `request-id`, for the error
 * @throws SyntaxError when the body is not JSON, such as a cut body; then it is worth another try
 * @throws UserError `protocol-violation` when it is JSON, but no page: an incomplete answer must never
 *   pass for "nothing new"
 */
export function parsePage(body: Buffer, requestId?: string): PageContent {
	const found = scanPage(body);
	if (found.repeated) {
		throw protocolViolation('an answer with two values under one name', requestId);
	}
	if (!found.hasRecords) {
		throw protocolViolation('an answer without a list of activities', requestId);
	}
	const hasMore = body[found.hasMore];
	if (hasMore !== TRUE && hasMore !== FALSE) {
		throw protocolViolation('a page without has_more', requestId);
	}
	const text = new SharedText(body);
	const lastId = found.lastId === 0 ? '' : text.string(found.lastId);
	return {
		records: new Records(text, found.activities, found.unreadable),
		hasMore: hasMore === TRUE,
		lastId: lastId === '' ? null : lastId,
	};
}

/**
 * Reads a single record, such as a line of a file.
 *
 * @param bytes UTF-8; the activity keeps them
 * @returns `undefined` when it is no activity
 * @throws SyntaxError when it is not JSON
 */
export function parseActivity(bytes: Buffer): Activity | undefined {
	const activities = new Rows(1);
	scanRecord(bytes, activities, new Rows(0));
	return activities.count === 0 ? undefined : new Activity(new SharedText(bytes), activities, 0);
}

/** An answer that breaks the API's own rules: going on could lose activities. */
export function protocolViolation(what: string, requestId?: string): UserError {
	return new UserError('protocol-violation', `The Activity Feed sent ${what}.`, {
		remedy:
			'Try again later. If this persists, check any proxy or gateway between this machine and the API, and report it with the request-id.',
		requestId,
	});
}
