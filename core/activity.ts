/** One record of the Activity Feed: what this package reads of it, and all of it as the API sent it. */
export class Activity {
	/**
	 * @param createdAt `created_at` in milliseconds since the epoch, rounded down
	 * @param type `type`; empty if the record has none
	 * @param actorType `actor.type`; empty if the record has none
	 * @param requestId `request_id`, which `compliance_api_accessed` activities carry
	 * @param bytes the record's own text in UTF-8, on one line: byte for byte as sent, apart from
	 *   insignificant white space
	 */
	constructor(
		readonly id: string,
		readonly createdAt: number,
		readonly type: string,
		readonly actorType: string,
		readonly requestId: string | undefined,
		readonly bytes: Buffer,
	) {}

	/** The record's own text, decoded. */
	get json(): string {
		return this.bytes.toString();
	}
}

/** The type under which the API records every call made to itself. */
export const COMPLIANCE_API_ACCESSED = 'compliance_api_accessed';
