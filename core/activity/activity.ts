import type { Instant } from '../instant';
import type { SharedText } from '../json/shared-text';

/** One record of the Activity Feed: what this package reads of it, and all of it as the API sent it. */
export class Activity {
	/**
	 * @param createdAt `created_at`
	 * @param type `type`; empty if the record has none
	 * @param actorType `actor.type`; empty if the record has none
	 * @param requestId `request_id`, which `compliance_api_accessed` activities carry
	 * @param source holds the record's own text, on one line: byte for byte as sent, apart from
	 *   insignificant white space
	 * @param start where in `source` it begins
	 * @param end the place behind it
	 */
	constructor(
		readonly id: string,
		readonly createdAt: Instant,
		readonly type: string,
		readonly actorType: string,
		readonly requestId: string | undefined,
		private readonly source: SharedText,
		private readonly start = 0,
		private readonly end = source.length,
	) {}

	/** The length of the record's own text, in bytes. */
	get length(): number {
		return this.end - this.start;
	}

	/**
	 * The record's own text.
	 *
	 * @throws Error once the page that it came on was put away
	 */
	get json(): string {
		return this.source.slice(this.start, this.end);
	}

	/**
	 * Copies the bytes of the record's own text to a place in `target`, which has to have room for them.
	 *
	 * @throws Error once the page that it came on was put away
	 */
	copy(target: Buffer, at: number): void {
		this.source.copy(target, at, this.start, this.end);
	}
}

/** The type under which the API records every request made to itself. */
export const COMPLIANCE_API_ACCESSED = 'compliance_api_accessed';
