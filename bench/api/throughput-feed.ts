import { ACTIVITIES_PATH } from '../../test/simulators/activity-feed/activity-feed';
import type { Clock } from '../../test/simulators/activity-feed/clock';
import { encodeCursor } from '../../test/simulators/activity-feed/cursor';
import { errorBody, FeedError } from '../../test/simulators/activity-feed/errors';
import { ACCESS_KEY } from '../../test/simulators/activity-feed/keys';
import { type FeedQuery, parseQuery } from '../../test/simulators/activity-feed/query';
import { Random } from '../../test/simulators/activity-feed/random';
import { RateLimit } from '../../test/simulators/activity-feed/rate-limit';
import type { RowShelf } from './row-shelf';

export interface ThroughputFeedOptions {
	clock: Clock;
	/** Infinity switches the rate limit off. */
	requestsPerMinute: number;
}

export interface ThroughputAnswer {
	status: number;
	headers: Record<string, string>;
	/** The body, in pieces that are not joined. */
	body: Buffer[];
	length: number;
}

/** The catalogue is only for filters, and no reader here uses one. */
const NO_TYPES: ReadonlySet<string> = new Set();

/**
 * The simulated Activity Feed for measurements: the simulator's queries, cursors, rate limit and errors,
 * on rows that are already encoded. The simulator itself needs about 7 ms to assemble a page of 5,000,
 * which is more than a reader that only downloads needs for the page, and 3.6 GB for 5 million rows. This
 * feed lacks the simulator's other features: filters, `before_id`, faults, late rows, and the activities
 * that requests leave.
 */
export class ThroughputFeed {
	readonly #shelf: RowShelf;
	readonly #limit: RateLimit;
	readonly #ids = new Random(1);

	constructor(shelf: RowShelf, { clock, requestsPerMinute }: ThroughputFeedOptions) {
		this.#shelf = shelf;
		this.#limit = new RateLimit(requestsPerMinute, clock);
	}

	/** Answers one request. The server adds the `Date` header. */
	answer(target: string, key: string | undefined): ThroughputAnswer {
		const requestId = `req_${this.#ids.hex(24)}`;
		const headers: Record<string, string> = {
			'content-type': 'application/json',
			'request-id': requestId,
		};
		try {
			const url = new URL(target, 'http://localhost');
			if (url.pathname !== ACTIVITIES_PATH) throw new FeedError(404, 'Not found');
			if (key !== ACCESS_KEY) throw new FeedError(401, 'invalid x-api-key');
			if (!this.#limit.take()) {
				headers['retry-after'] = String(this.#limit.retryAfter());
				throw new FeedError(429, 'This request would exceed the rate limit of your organization');
			}
			const body = this.#page(parseQuery(url.searchParams, NO_TYPES));
			return { status: 200, headers: this.#limited(headers), body, length: lengthOf(body) };
		} catch (error) {
			if (!(error instanceof FeedError)) throw error;
			const body = [Buffer.from(errorBody(error.status, error.message, requestId))];
			return {
				status: error.status,
				headers: this.#limited(headers),
				body,
				length: lengthOf(body),
			};
		}
	}

	#limited(headers: Record<string, string>): Record<string, string> {
		return { ...headers, ...this.#limit.headers() };
	}

	#page(query: FeedQuery): Buffer[] {
		if (query.beforeId ?? query.organizations ?? query.users) {
			throw new FeedError(400, 'before_id and filters are not part of this simulation');
		}
		let [low, high] = this.#within(query.createdAt);
		if (query.afterId) {
			const cursor = this.#shelf.indexOf(query.afterId.key);
			if (cursor === undefined) throw new FeedError(400, 'after_id: No such row');
			if (query.order === 'asc') low = Math.max(low, cursor + 1);
			else high = Math.min(high, cursor);
		}
		const size = Math.max(Math.min(query.limit, high - low), 0);
		const hasMore = high - low > size;
		if (query.order === 'asc') high = low + size;
		else low = high - size;

		const idAt = (index: number) =>
			size === 0
				? null
				: encodeCursor({
						createdAtMicros: this.#shelf.timeOf(index),
						key: this.#shelf.idOf(index),
					});
		const [first, last] = query.order === 'asc' ? [low, high - 1] : [high - 1, low];
		const ends = `"first_id":${JSON.stringify(idAt(first))},"last_id":${JSON.stringify(idAt(last))}`;
		return [
			Buffer.from('{"data":['),
			...(query.order === 'asc' ? this.#shelf.slices(low, high) : this.#reversed(low, high)),
			Buffer.from(`],"has_more":${hasMore},${ends}}`),
		];
	}

	/** The first index within the bounds, and the first index after them. */
	#within({ gt, gte, lt, lte }: FeedQuery['createdAt']): [low: number, high: number] {
		const lows = [0];
		if (gt !== undefined) lows.push(this.#shelf.indexAfterTime(gt));
		if (gte !== undefined) lows.push(this.#shelf.indexFromTime(gte));
		const highs = [this.#shelf.count];
		if (lt !== undefined) highs.push(this.#shelf.indexFromTime(lt));
		if (lte !== undefined) highs.push(this.#shelf.indexAfterTime(lte));
		return [Math.max(...lows), Math.min(...highs)];
	}

	/** The rows newest first, joined to one piece, because thousands of tiny writes would be slower. */
	#reversed(low: number, high: number): Buffer[] {
		const pieces: Buffer[] = [];
		for (let index = high - 1; index >= low; index--) {
			pieces.push(...this.#shelf.slices(index, index + 1));
			if (index > low) pieces.push(COMMA);
		}
		return [Buffer.concat(pieces)];
	}
}

const COMMA = Buffer.from(',');

function lengthOf(pieces: readonly Buffer[]): number {
	return pieces.reduce((sum, { length }) => sum + length, 0);
}
