/** One record of the Activity Feed: what this package reads of it, and all of it as the API sent it. */
export interface Activity {
	readonly id: string;
	/** `created_at` in milliseconds since the epoch, rounded down. */
	readonly createdAt: number;
	/** `type`; empty if the record has none. */
	readonly type: string;
	/** `actor.type`; empty if the record has none. */
	readonly actorType: string;
	/** `request_id`, which `compliance_api_accessed` activities carry. */
	readonly requestId: string | undefined;
	/** The record's own text, on one line: byte for byte as sent, apart from insignificant white space. */
	readonly json: string;
}

/** The type under which the API records every call made to itself. */
export const COMPLIANCE_API_ACCESSED = 'compliance_api_accessed';
