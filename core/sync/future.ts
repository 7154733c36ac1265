import type { Instant } from '../instant';

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

/** Without any `Date`, the local clock is believed to be behind by less. */
const MOST_BEHIND_MS = 60 * 60_000;

/**
 * Up to here, what an answer shows counts for watches as of its own time; what is dated later counts as of
 * then. If this is too late, a wrong date may hide others for as long; if it is too early, activities that
 * are far apart look like a burst. So the latest of all clocks decides.
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
	const isDated = readAt !== undefined || date !== undefined;
	const latest = Math.max(readAt ?? -Infinity, date ?? -Infinity, startedAt);
	return latest + (isDated ? FUTURE_MS : MOST_BEHIND_MS);
}
