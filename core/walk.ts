import type { Answer, Feed, Patience, Range, Selection } from './feed';
import { protocolViolation } from './page';

/** One pass over the feed by cursor, held to the rules that make its pages add up to the whole. */
export class Walk {
	#cursor: string | undefined;
	/** The `created_at` that the walk has come to. */
	#reached: number | undefined;
	/** A cursor of this walk to compare later ones with, and how long to keep it (Brent's cycle search). */
	#mark: string | undefined;
	#untilNextMark = 1;
	#markInterval = 1;

	constructor(
		private readonly feed: Feed,
		private readonly query: Range & Selection,
	) {}

	/**
	 * Reads the next page.
	 *
	 * @throws ComplianceError as `Feed.page` does; `protocol-violation` also when the page does not
	 *   continue the one before it
	 */
	async next(patience: Patience): Promise<Answer> {
		const answer = await this.feed.page({ ...this.query, cursor: this.#cursor }, patience);
		this.#advance(answer);
		return answer;
	}

	#advance({ activities, hasMore, lastId, requestId }: Answer): void {
		const { order, after, from, to = Infinity } = this.query;
		const oldest = after ?? from ?? -Infinity;
		for (const { createdAt } of activities) {
			if (createdAt < oldest) {
				throw protocolViolation('an activity older than what was asked for', requestId);
			}
			if (createdAt > to) {
				throw protocolViolation('an activity newer than what was asked for', requestId);
			}
			const ahead = createdAt - (this.#reached ?? createdAt);
			if (order === 'asc' ? ahead < 0 : ahead > 0) {
				throw protocolViolation('a page out of order', requestId);
			}
			this.#reached = createdAt;
		}
		if (!hasMore || lastId === null) return;
		if (lastId === this.#cursor || lastId === this.#mark) {
			throw protocolViolation('a cursor that does not move on', requestId);
		}
		if (--this.#untilNextMark === 0) {
			this.#mark = lastId;
			this.#markInterval *= 2;
			this.#untilNextMark = this.#markInterval;
		}
		this.#cursor = lastId;
	}
}
