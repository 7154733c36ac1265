import { isBeyondPlausible, isPlausible, parseInstant, parseInstantIn } from '../instant';
import {
	BACKSLASH,
	CLOSING_BRACE,
	CLOSING_BRACKET,
	COLON,
	COMMA,
	endOfScalar,
	endOfString,
	isWhiteSpace,
	OPENING_BRACE,
	OPENING_BRACKET,
	QUOTE,
	standsAt,
	stringAt,
	unexpected,
} from '../json/json-bytes';
import type { Instant } from '../instant';
import { Rows } from '../activity/rows';

/** The content of a body or a line, as places in it. */
export interface Scan {
	/** The activities. */
	readonly activities: Rows;
	/**
	 * The unreadable records. The instant is that of the next activity, or the record's own if that is
	 * later than any plausible one.
	 */
	readonly unreadable: Rows;
	/** Whether a name of the page occurs twice: nobody knows which of its values counts. */
	readonly repeated: boolean;
	/** Whether the page has a list of records. */
	readonly hasRecords: boolean;
	/** Where the value of `has_more` begins; 0 for none. */
	readonly hasMore: number;
	/** Where the text of the string `last_id` begins; 0 for none. */
	readonly lastId: number;
}

/** Fewer bytes than a record of the feed has, so the first table has enough rows. */
const BYTES_A_RECORD = 384;

// What contains the current value.
const NOTHING = 0;
const ARRAY = 1;
const DATA = 2;
const OBJECT = 3;
const PAGE = 4;
const RECORD = 5;
const ACTOR = 6;

// What the current value is.
const ANY = 0;
const THE_PAGE = 1;
const A_RECORD = 2;
const THE_DATA = 3;
const HAS_MORE = 4;
const LAST_ID = 5;
const ID = 6;
const CREATED_AT = 7;
const TYPE = 8;
const THE_ACTOR = 9;
const REQUEST_ID = 10;
const ACTOR_TYPE = 11;
const USER_ID = 12;

type Names = readonly (readonly [name: Buffer, value: number])[];

const NAMES_OF_PAGE: Names = [
	[Buffer.from('data'), THE_DATA],
	[Buffer.from('has_more'), HAS_MORE],
	[Buffer.from('last_id'), LAST_ID],
];
const NAMES_OF_RECORD: Names = [
	[Buffer.from('id'), ID],
	[Buffer.from('type'), TYPE],
	[Buffer.from('actor'), THE_ACTOR],
	[Buffer.from('created_at'), CREATED_AT],
	[Buffer.from('request_id'), REQUEST_ID],
];
const NAMES_OF_ACTOR: Names = [
	[Buffer.from('type'), ACTOR_TYPE],
	[Buffer.from('user_id'), USER_ID],
];

/**
 * Finds the records of a page, in one pass and without an object for any of them.
 *
 * @param bytes valid UTF-8
 * @throws SyntaxError where JSON.parse would throw it
 */
export function scanPage(bytes: Buffer): Scan {
	const activities = new Rows(Math.ceil(bytes.length / BYTES_A_RECORD));
	return scan(bytes, THE_PAGE, activities, new Rows(0));
}

/**
 * Finds the record in a text that holds only this record.
 *
 * @param bytes UTF-8
 * @param activities empty; gets the record if it is an activity
 * @param unreadable empty; gets the record if it is unreadable
 * @throws SyntaxError where JSON.parse would throw it
 */
export function scanRecord(bytes: Buffer, activities: Rows, unreadable: Rows): void {
	scan(bytes, A_RECORD, activities, unreadable);
}

/** One loop over the bytes: a call for each record, or an object, would take longer than the bytes do. */
function scan(
	bytes: Buffer,
	whole: typeof THE_PAGE | typeof A_RECORD,
	activities: Rows,
	unreadable: Rows,
): Scan {
	const isPage = whole === THE_PAGE;
	/** The first unreadable record that waits for the next activity. */
	let waiting = 0;

	let hasRecords = false;
	let hasMore = 0;
	let lastId = 0;
	let namesSeen = 0;
	let repeated = false;

	// The current record.
	let start = 0;
	let whiteSpace = 0;
	let id = 0;
	let createdAt = NaN;
	let type = 0;
	let actorType = 0;
	let userId = 0;
	let requestId = 0;

	let at = 0;
	let holder = NOTHING;
	/** What contains the holder, and so on. Recursion would overflow the stack on a deeply nested text. */
	const holders: number[] = [];

	for (;;) {
		let value = holder === DATA ? A_RECORD : holder === NOTHING ? whole : ANY;
		while (isWhiteSpace(bytes[at])) {
			at++;
			whiteSpace++;
		}
		if (holder >= OBJECT) {
			if (bytes[at] !== QUOTE) throw unexpected(bytes, at);
			const name = at + 1;
			const end = endOfString(bytes, name);
			at = (end < 0 ? ~end : end) + 1;
			if (holder !== OBJECT) {
				const names =
					holder === RECORD ? NAMES_OF_RECORD : holder === PAGE ? NAMES_OF_PAGE : NAMES_OF_ACTOR;
				value = end < 0 ? valueOfEscaped(names, bytes, name) : valueOf(names, bytes, name, end);
				// Of repeated names the last one counts, as for JSON.parse.
				if (value === ID) id = 0;
				else if (value === CREATED_AT) createdAt = NaN;
				else if (value === TYPE) type = 0;
				else if (value === THE_ACTOR) actorType = userId = 0;
				else if (value === ACTOR_TYPE) actorType = 0;
				else if (value === USER_ID) userId = 0;
				else if (value === REQUEST_ID) requestId = 0;
				else if (value === THE_DATA || value === HAS_MORE || value === LAST_ID) {
					if ((namesSeen & (1 << value)) !== 0) repeated = true;
					namesSeen |= 1 << value;
				}
			}
			while (isWhiteSpace(bytes[at])) {
				at++;
				whiteSpace++;
			}
			if (bytes[at] !== COLON) throw unexpected(bytes, at);
			at++;
			while (isWhiteSpace(bytes[at])) {
				at++;
				whiteSpace++;
			}
		} else if (value === A_RECORD) {
			start = at;
			whiteSpace = 0;
			id = 0;
			createdAt = NaN;
			type = 0;
			actorType = 0;
			userId = 0;
			requestId = 0;
		}

		const first = bytes[at];
		if (first === QUOTE) {
			const text = at + 1;
			const end = endOfString(bytes, text);
			at = (end < 0 ? ~end : end) + 1;
			if (value === ID) id = text;
			else if (value === CREATED_AT) {
				const instant =
					end < 0 ? parseInstant(stringAt(bytes, text)) : parseInstantIn(bytes, text, end);
				createdAt = instant ?? NaN;
			} else if (value === TYPE) type = text;
			else if (value === ACTOR_TYPE) actorType = text;
			else if (value === USER_ID) userId = text;
			else if (value === REQUEST_ID) requestId = text;
			else if (value === LAST_ID) lastId = text;
		} else if (first === OPENING_BRACE || first === OPENING_BRACKET) {
			holders.push(holder);
			if (first === OPENING_BRACE) {
				holder =
					value === A_RECORD
						? RECORD
						: value === THE_ACTOR
							? ACTOR
							: value === THE_PAGE
								? PAGE
								: OBJECT;
			} else {
				holder = value === THE_DATA ? DATA : ARRAY;
				if (holder === DATA) hasRecords = true;
			}
			at++;
			while (isWhiteSpace(bytes[at])) {
				at++;
				whiteSpace++;
			}
			if (bytes[at] !== (first === OPENING_BRACE ? CLOSING_BRACE : CLOSING_BRACKET)) continue;
			at++;
			holder = holders.pop()!;
		} else {
			if (value === HAS_MORE) hasMore = at;
			at = endOfScalar(bytes, at);
		}

		// A value has ended, and perhaps its holder with it.
		for (;;) {
			if (holder === DATA || (holder === NOTHING && !isPage)) {
				if (id !== 0 && isPlausible(createdAt as Instant) && !isBlank(bytes, id)) {
					activities.add(createdAt, start, at, whiteSpace, id, type, actorType, userId, requestId);
					for (; waiting < unreadable.count; waiting++) {
						if (Number.isNaN(unreadable.instant(waiting)))
							unreadable.setInstant(waiting, createdAt);
					}
				} else {
					const own = isBeyondPlausible(createdAt as Instant) ? createdAt : NaN;
					unreadable.add(own, start, at, whiteSpace, 0, 0, 0, 0, 0);
				}
			}
			while (isWhiteSpace(bytes[at])) {
				at++;
				whiteSpace++;
			}
			if (holder === NOTHING) {
				if (at < bytes.length) throw unexpected(bytes, at);
				return { activities, unreadable, repeated, hasRecords, hasMore, lastId };
			}
			const next = bytes[at];
			if (next === COMMA) {
				at++;
				break;
			}
			if (next !== (holder >= OBJECT ? CLOSING_BRACE : CLOSING_BRACKET)) {
				throw unexpected(bytes, at);
			}
			at++;
			holder = holders.pop()!;
		}
	}
}

function valueOf(names: Names, bytes: Buffer, start: number, end: number): number {
	for (const [name, value] of names) {
		if (name.length === end - start && standsAt(name, bytes, start)) return value;
	}
	return ANY;
}

/** The same for a name with escapes. */
function valueOfEscaped(names: Names, bytes: Buffer, start: number): number {
	const name = Buffer.from(stringAt(bytes, start));
	return valueOf(names, name, 0, name.length);
}

/** Whether a string is empty or only white space. */
function isBlank(bytes: Buffer, start: number): boolean {
	const first = bytes[start]!;
	const isVisible = first > 0x20 && first < 0x80 && first !== QUOTE && first !== BACKSLASH;
	return !isVisible && stringAt(bytes, start).trim() === '';
}
