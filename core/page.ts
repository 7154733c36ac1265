import { Activity } from './activity';
import { ComplianceError } from './errors';
import { parseInstant, parseInstantIn } from './instant';
import { JsonText, Keys } from './json-text';
import { KnownTexts } from './known-texts';

/** One page of the feed. */
export interface Page {
	readonly activities: readonly Activity[];
	readonly hasMore: boolean;
	/** The cursor of the page's last record; `null` on an empty page. */
	readonly lastId: string | null;
}

const PAGE = new Keys('data', 'has_more', 'last_id');
const RECORD = new Keys('id', 'created_at', 'type', 'actor', 'request_id');
const ACTOR = new Keys('type');

/** Of activities and actors: there are few, and they come again and again. */
const types = new KnownTexts();

/**
 * Reads the body of an answer.
 *
 * @param body UTF-8; the activities hold on to it
 * @param requestId the answer's `request-id`, for the error
 * @throws SyntaxError when the body is not JSON, as a cut body is not: worth another try
 * @throws ComplianceError `protocol-violation` when it is JSON, but no page: an incomplete answer must
 *   never pass for "no news"
 */
export function parsePage(body: Buffer, requestId?: string): Page {
	const { records, hasMore, lastId } = fieldsOf(body);
	if (!records) throw protocolViolation('an answer without a list of activities', requestId);
	if (typeof hasMore !== 'boolean') {
		throw protocolViolation('a page without has_more', requestId);
	}
	if (lastId !== undefined && lastId !== null && typeof lastId !== 'string') {
		throw protocolViolation('a page whose last_id is no cursor', requestId);
	}
	if (hasMore && records.length === 0) {
		throw protocolViolation('an empty page that claims more', requestId);
	}
	if (hasMore && !lastId) {
		throw protocolViolation('a page that claims more, but has no last_id', requestId);
	}
	const activities = records.map((record) => {
		if (typeof record === 'string') throw protocolViolation(record, requestId);
		return record;
	});
	return { activities, hasMore, lastId: lastId ?? null };
}

/** An answer that breaks the API's own rules. Going on could lose activities, so the run ends. */
export function protocolViolation(what: string, requestId?: string): ComplianceError {
	return new ComplianceError('protocol-violation', `The Activity Feed sent ${what}.`, {
		remedy:
			'Nothing of this run counts as done, so no activity is lost; the next run asks again. If it stays so, check what stands between this machine and the API, and report it with the request-id.',
		requestId,
	});
}

interface Fields {
	/** What is no activity is told in words. */
	records?: (Activity | string)[];
	hasMore?: unknown;
	lastId?: unknown;
}

function fieldsOf(body: Buffer): Fields {
	const json = new JsonText(body);
	const fields: Fields = {};
	if (json.atObject) {
		json.members(PAGE, (key) => {
			if (key === 0) fields.records = recordsOf(json);
			else if (key === 1) fields.hasMore = json.value();
			else if (key === 2) fields.lastId = json.value();
			else json.skip();
		});
	} else json.skip();
	json.end();
	return fields;
}

function recordsOf(json: JsonText): (Activity | string)[] | undefined {
	if (!json.atArray) {
		json.skip();
		return undefined;
	}
	const records: (Activity | string)[] = [];
	const reader = new RecordReader(json);
	json.elements(() => records.push(reader.read()));
	return records;
}

/** Reads one record after the other; a page holds thousands, so each is to leave little behind. */
class RecordReader {
	#id: string | undefined;
	#createdAt: number | undefined;
	#type = '';
	#actorType = '';
	#requestId: string | undefined;

	constructor(private readonly json: JsonText) {}

	/** @returns what is no activity in words */
	read(): Activity | string {
		const { json } = this;
		if (!json.atObject) {
			json.skip();
			return 'a record that is no object';
		}
		this.#id = undefined;
		this.#createdAt = undefined;
		this.#type = '';
		this.#actorType = '';
		this.#requestId = undefined;
		const { bytes, start, end } = json.locate(this.#members);
		const id = this.#id as string | undefined;
		const createdAt = this.#createdAt as number | undefined;
		if (!id) return 'a record without id';
		if (createdAt === undefined) return 'a record without a created_at in RFC 3339';
		return new Activity(
			id,
			createdAt,
			this.#type,
			this.#actorType,
			this.#requestId,
			bytes,
			start,
			end,
		);
	}

	readonly #members = () => this.json.members(RECORD, this.#member);

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

function instantOf(json: JsonText): number | undefined {
	return json.plain
		? parseInstantIn(json.bytes, json.textStart, json.textEnd)
		: parseInstant(json.text);
}
