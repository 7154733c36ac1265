import { DAY_MS, type Instant } from '../instant';

/** Activities so far ahead of the server's clock are dated in the future. */
const FUTURE_MS = 60_000;

/**
 * From here on, what an answer shows is dated in the future. Where the server's clock is not known,
 * the local one has to do: if it is behind, less is settled, and nothing is lost.
 *
 * @param readAt server time of the request; `undefined` while it is not known
 * @param startedAt local time of the request, in milliseconds since the epoch
 * @returns milliseconds since the epoch
 */
export function futureAt({
	readAt,
	startedAt,
}: {
	readonly readAt: Instant | undefined;
	readonly startedAt: number;
}): number {
	return readAt === undefined ? startedAt : readAt + FUTURE_MS;
}

/**
 * Up to here, what an answer shows counts for watches as of its own time. The local clock may be wrong by
 * minutes, and activities that count as of a wrong time make false alerts. So without any other clock,
 * only what it cannot explain counts as dated in the future.
 *
 * @param readAt as for `futureAt`
 * @param date the answer's `Date`, believed or not
 * @param startedAt as for `futureAt`
 * @returns milliseconds since the epoch
 */
export function latestCounted({
	readAt,
	date,
	startedAt,
}: {
	readonly readAt: Instant | undefined;
	readonly date?: Instant | undefined;
	readonly startedAt: number;
}): number {
	return (readAt ?? date ?? startedAt + DAY_MS) + FUTURE_MS;
}
