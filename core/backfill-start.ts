import { ComplianceError, quote } from './errors';
import { parseInstant } from './instant';

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME_WITHOUT_OFFSET = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$/;

const DEFAULT_BACKFILL_MS = 90 * 24 * 60 * 60 * 1000;

/**
 * Reads the instant from which the first sync starts.
 *
 * @param text an ISO 8601 date (midnight UTC) or date-time (UTC unless it has an offset); empty for none
 * @param now the present, in milliseconds since the epoch
 * @returns milliseconds since the epoch; `undefined` when none was given
 * @throws ComplianceError `invalid-setting` when it is unparsable or in the future
 */
export function parseBackfillStart(text: string, now: number): number | undefined {
	const given = text.trim();
	if (given === '') return undefined;
	const instant = parseIso8601(given);
	if (instant === undefined) {
		throw new ComplianceError(
			'invalid-setting',
			`The backfill start is not an ISO 8601 date or date-time: ${quote(given)}.`,
			{ remedy: 'Write it like 2026-01-31 (midnight UTC) or 2026-01-31T08:00:00Z.' },
		);
	}
	if (instant > now) {
		throw new ComplianceError(
			'invalid-setting',
			`The backfill start lies in the future: ${quote(given)}.`,
			{ remedy: 'Choose a moment in the past; everything from there on is fetched.' },
		);
	}
	return instant;
}

/** Where the first sync starts when no backfill start is given: 90 days back. */
export function defaultBackfillStart(now: number): number {
	return now - DEFAULT_BACKFILL_MS;
}

function parseIso8601(text: string): number | undefined {
	// Date.parse accepts 30 February; a user who writes it made a mistake.
	if (!isCalendarDate(text.slice(0, 10))) return undefined;
	if (DATE.test(text)) return parseInstant(`${text}T00:00:00Z`);
	if (!DATE_TIME_WITHOUT_OFFSET.test(text)) return parseInstant(text);
	const dateTime = text.replace(' ', 'T');
	return parseInstant(`${dateTime.length === 16 ? `${dateTime}:00` : dateTime}Z`);
}

function isCalendarDate(date: string): boolean {
	const instant = parseInstant(`${date}T00:00:00Z`);
	return instant !== undefined && new Date(instant).toISOString().startsWith(date);
}
