import type { Instant } from '../instant';
import type { Rows } from './rows';
import type { JsonFields } from '../json/json-fields';
import type { SharedText } from '../json/shared-text';

/**
 * One record of the Activity Feed: the fields that this package reads, and the whole text as the API sent
 * it. It is a view of a row in its page's table and of the page's text.
 */
export class Activity {
	readonly id: string;
	/** Decoded once, because several readers ask for it. */
	#type: string | undefined;

	/**
	 * @param text the text that the rows describe
	 * @param row the row of a record with an id
	 * @throws Error once the text was taken over
	 */
	constructor(
		private readonly text: SharedText,
		private readonly rows: Rows,
		private readonly row: number,
	) {
		this.id = text.string(rows.id(row));
	}

	/** `created_at`. */
	get createdAt(): Instant {
		return this.rows.instant(this.row) as Instant;
	}

	/**
	 * `type`; empty if the record has none.
	 *
	 * @throws Error as `json` does
	 */
	get type(): string {
		return (this.#type ??= this.#recurring(this.rows.type(this.row)));
	}

	/**
	 * `actor.type`; empty if the record has none.
	 *
	 * @throws Error as `json` does
	 */
	get actorType(): string {
		return this.#recurring(this.rows.actorType(this.row));
	}

	/**
	 * `actor.user_id`; empty if the record has none.
	 *
	 * @throws Error as `json` does
	 */
	get userId(): string {
		return this.#recurring(this.rows.userId(this.row));
	}

	/**
	 * `request_id`, which `compliance_api_accessed` activities carry.
	 *
	 * @throws Error as `json` does
	 */
	get requestId(): string | undefined {
		const place = this.rows.requestId(this.row);
		return place === 0 ? undefined : this.text.string(place);
	}

	/** The length of the record's own text, in bytes. */
	get length(): number {
		const { rows, row } = this;
		return rows.end(row) - rows.start(row) - rows.whiteSpace(row);
	}

	/**
	 * The record's own text, on one line: as sent, apart from insignificant white space.
	 *
	 * @throws Error after its page was put away, or its batch has ended
	 */
	get json(): string {
		const { rows, row } = this;
		return this.text.value(rows.start(row), rows.end(row), rows.whiteSpace(row));
	}

	/**
	 * Reads the record's own fields, which are right for as long as `json` can be read.
	 *
	 * @throws Error as `json` does
	 */
	readFields(fields: JsonFields): void {
		const { rows, row } = this;
		this.text.readFields(fields, rows.start(row), rows.end(row), rows.whiteSpace(row));
	}

	/**
	 * Copies the bytes of the record's own text to a place in `target`, which has to have room for them.
	 *
	 * @throws Error as `json` does
	 */
	copy(target: Buffer, at: number): void {
		const { rows, row } = this;
		this.text.copy(target, at, rows.start(row), rows.end(row), rows.whiteSpace(row));
	}

	#recurring(place: number): string {
		return place === 0 ? '' : this.text.recurring(place);
	}
}

/** The type under which the API records every request made to itself. */
export const COMPLIANCE_API_ACCESSED = 'compliance_api_accessed';
