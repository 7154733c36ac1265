import { hash } from 'crypto';
import type { Instant } from '../instant';

/**
 * A record of the Activity Feed without an id or a time in the documented form. It is delivered
 * unchanged, because nothing may get lost.
 */
export class Unreadable {
	/** The SHA-256 of its text, since it has no other: the same text is delivered once. */
	readonly id: string;

	/**
	 * @param json the record's own text, on one line: as sent, apart from insignificant white space
	 * @param before `created_at` of the next activity on its page, or its own where that is later than
	 *   any can be; `undefined` when there is none
	 */
	constructor(
		readonly json: string,
		readonly before: Instant | undefined,
	) {
		this.id = `unreadable_${hash('sha256', json, 'hex')}`;
	}
}
