import { Activity } from '../activity/activity';
import { UserError } from '../errors';
import {
	type Instant,
	isBeyondPlausible,
	isPlausible,
	parseInstant,
	parseInstantIn,
} from '../instant';
import { JsonText, Keys } from '../json/json-text';
import { KnownTexts } from '../json/known-texts';
import { SharedText } from '../json/shared-text';
import { Unreadable } from '../activity/unreadable';

/** What the body of an answer holds. */
export interface PageContent {
	readonly activities: readonly Activity[];
	/** Records that are none, as far as can be read. */
	readonly unreadable: readonly Unreadable[];
	readonly hasMore: boolean;
	/** The cursor of the page's last record; `null` where the page has none. */
	readonly lastId: string | null;
	/** The body: the activities point into it, and can no longer be read once it is released. */
	readonly source: SharedText;
}

const PAGE = new Keys('data', 'has_more', 'last_id');
const RECORD = new Keys('id', 'created_at', 'type', 'actor', 'request_id');
const ACTOR = new Keys('type');

/** Types of activities and actors: there are few, and they recur. */
const types = new KnownTexts();

/**
 * Reads the body of an answer.
 *
 * @param body UTF-8; it belongs to the page from now on
 * @param requestId the answer's `request-id`, for the error
 * @throws SyntaxError when the body is not JSON, as a cut body is not: worth another try
 * @throws UserError `protocol-violation` when it is JSON, but no page: an incomplete answer must never
 *   pass for "nothing new"
 */
export function parsePage(body: Buffer, requestId?: string): PageContent {
	const source = new SharedText(body);
	const { records, hasMore, lastId, repeated } = readPage(body, source);
	if (repeated) throw protocolViolation('an answer with two values under one name', requestId);
	if (!records) throw protocolViolation('an answer without a list of activities', requestId);
	if (typeof hasMore !== 'boolean') {
		throw protocolViolation('a page without has_more', requestId);
	}
	const isCursor = typeof lastId === 'string' && lastId !== '';
	return { ...records, hasMore, lastId: isCursor ? lastId : null, source };
}

/**
 * Reads a record that stands alone, such as a line of a file.
 *
 * @param bytes UTF-8; the activity holds on to it
 * @returns `undefined` when it is no activity
 * @throws SyntaxError when it is not JSON
 */
export function parseActivity(bytes: Buffer): Activity | undefined {
	const json = new JsonText(bytes);
	const record = new RecordReader(json, new SharedText(bytes)).read();
	json.end();
	return typeof record === 'string' ? undefined : record;
}

/** An answer that breaks the API's own rules: going on could lose activities. */
export function protocolViolation(what: string, requestId?: string): UserError {
	return new UserError('protocol-violation', `The Activity Feed sent ${what}.`, {
		remedy:
			'Wait for the next run: it asks again from the same place, and no activity is lost. If this persists, check any proxy or gateway between this machine and the API, and report it with the request-id.',
		requestId,
	});
}

type Records = Pick<PageContent, 'activities' | 'unreadable'>;

interface PageFields {
	/** Whether a name comes twice: nobody knows which of its values counts. */
	repeated: boolean;
	records?: Records | undefined;
	hasMore?: unknown;
	lastId?: unknown;
}

function readPage(body: Buffer, source: SharedText): PageFields {
	const json = new JsonText(body);
	const fields: PageFields = { repeated: false };
	const seen = new Set<number>();
	if (json.atObject) {
		json.members(PAGE, (key) => {
			if (key >= 0 && seen.size === seen.add(key).size) fields.repeated = true;
			if (key === 0) fields.records = recordsOf(json, source);
			else if (key === 1) fields.hasMore = json.value();
			else if (key === 2) fields.lastId = json.value();
			else json.skip();
		});
	} else json.skip();
	json.end();
	return fields;
}

function recordsOf(json: JsonText, source: SharedText): Records | undefined {
	if (!json.atArray) {
		json.skip();
		return undefined;
	}
	const activities: Activity[] = [];
	const unreadable: Unreadable[] = [];
	/** Unreadable records that wait for the activity behind them. */
	let waiting: { readonly text: string; readonly beyond: Instant | undefined }[] = [];
	const reader = new RecordReader(json, source);
	const place = (before: Instant | undefined) => {
		for (const { text, beyond } of waiting) unreadable.push(new Unreadable(text, beyond ?? before));
		waiting = [];
	};
	json.elements(() => {
		const record = reader.read();
		if (typeof record === 'string') {
			waiting.push({ text: record, beyond: reader.beyond });
			return;
		}
		activities.push(record);
		if (waiting.length > 0) place(record.createdAt);
	});
	place(undefined);
	return { activities, unreadable };
}

/** Reads one record after the other; a page holds thousands, so each should leave little garbage. */
class RecordReader {
	#id: string | undefined;
	#createdAt: Instant | undefined;
	#type = '';
	#actorType = '';
	#requestId: string | undefined;

	/** @param source the text that `json` reads */
	constructor(
		private readonly json: JsonText,
		private readonly source: SharedText,
	) {}

	/**
	 * `created_at` of the record read last, if it lies so far in the future that the record always stays
	 * at the end of the feed.
	 */
	get beyond(): Instant | undefined {
		const createdAt = this.#createdAt;
		return createdAt !== undefined && isBeyondPlausible(createdAt) ? createdAt : undefined;
	}

	/** @returns the text of what is no activity */
	read(): Activity | string {
		const { json } = this;
		this.#id = undefined;
		this.#createdAt = undefined;
		this.#type = '';
		this.#actorType = '';
		this.#requestId = undefined;
		const { bytes, start, end } = json.locate(this.#record);
		const id = this.#id as string | undefined;
		const createdAt = this.#createdAt as Instant | undefined;
		if (!id?.trim() || createdAt === undefined || !isPlausible(createdAt)) {
			return bytes.toString('utf8', start, end);
		}
		return new Activity(
			id,
			createdAt,
			this.#type,
			this.#actorType,
			this.#requestId,
			// Without its white space, a record is a text of its own.
			bytes === json.bytes ? this.source : new SharedText(bytes),
			start,
			end,
		);
	}

	readonly #record = () => {
		if (this.json.atObject) this.json.members(RECORD, this.#member);
		else this.json.skip();
	};

	readonly #member = (key: number) => {
		const { json } = this;
		if (key === 0) this.#id = json.string();
		else if (key === 1) this.#createdAt = json.passString() ? instantOf(json) : undefined;
		else if (key === 2) this.#type = typeOf(json);
		else if (key === 3) {
			this.#actorType = '';
			if (json.atObject) json.members(ACTOR, this.#actorMember);
			else json.skip();
		} else if (key === 4) this.#requestId = json.string();
		else json.skip();
	};

	readonly #actorMember = (key: number) => {
		if (key === 0) this.#actorType = typeOf(this.json);
		else this.json.skip();
	};
}

function typeOf(json: JsonText): string {
	return json.passString() ? types.textOf(json) : '';
}

function instantOf(json: JsonText): Instant | undefined {
	return json.plain
		? parseInstantIn(json.bytes, json.textStart, json.textEnd)
		: parseInstant(json.text);
}
