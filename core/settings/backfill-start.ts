import { UserError, quote } from '../errors';
import { DAY_MS, type Instant, toInstant } from '../instant';
import { DEFAULT_BACKFILL_DAYS } from './limits';
import { parseWrittenTime } from './written-time';

/** An earlier start, such as 1970, means everything. The feed holds nothing that old. */
const EARLIEST = Date.UTC(2015, 0, 1);

/**
 * Reads the instant from which the first sync starts.
 *
 * @param text an ISO 8601 date (midnight UTC) or date-time (UTC unless it has an offset); empty for none
 * @param now the present, in milliseconds since the epoch
 * @returns milliseconds since the epoch; `undefined` if none is given
 * @throws UserError `invalid-setting` if it is not a time, or is in the future
 */
export function parseBackfillStart(text: string, now: number): Instant | undefined {
	const given = text.trim();
	if (given === '') return undefined;
	const instant = parseWrittenTime(given)?.from;
	if (instant === undefined) {
		throw new UserError(
			'invalid-setting',
			`The backfill start is not an ISO 8601 date or date-time: ${quote(given)}.`,
			{ remedy: 'Write it like 2026-01-31 (midnight UTC) or 2026-01-31T08:00:00Z.' },
		);
	}
	if (instant > now) {
		throw new UserError(
			'invalid-setting',
			`The backfill start lies in the future: ${quote(given)}.`,
			{ remedy: 'Choose a moment in the past; everything from there on is fetched.' },
		);
	}
	return toInstant(Math.max(instant, EARLIEST));
}

/** Where the first sync starts when no backfill start is given. */
export function defaultBackfillStart(now: number): Instant {
	return toInstant(now - DEFAULT_BACKFILL_DAYS * DAY_MS);
}
