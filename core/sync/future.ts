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
