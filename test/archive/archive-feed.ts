import { Archive } from '../../archive/archive';
import type { ArchiveBranch } from '../../archive/archive-branch';
import { commitBatches } from '../../archive/commit-batches';
import type { Checkpoint } from '../../core';
import type { SyncOptions } from '../../core/sync/sync';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/sync/checkpoint';
import { Fingerprints } from '../../core/sync/fingerprints';
import type { Bench } from '../core/harness';

/** A feed, and how to sync it. */
export type Readable = Pick<Bench, 'feed' | 'sync'>;

let lastRun = 0;

/**
 * Reads a feed into an archive like a run of the Action, but without waiting.
 *
 * @returns whether it got to the feed's end
 */
export async function archiveFeed(
	bench: Readable,
	branch: ArchiveBranch,
	options: Partial<SyncOptions> = {},
	activitiesACommit?: number,
	pause: (ms: number) => Promise<void> = async () => undefined,
): Promise<boolean> {
	const archive = await Archive.open(branch, 'audit', pause);
	const batches = commitBatches(archive, {
		endpoint: bench.feed.endpoint,
		product: 'test',
		run: `https://github.com/runs/${++lastRun}`,
		read: (checkpoint) => bench.sync({ ...options, checkpoint }),
		message: ({ sequence }) => `Archive ${sequence}`,
		committed: () => undefined,
		...(activitiesACommit !== undefined && { activitiesACommit }),
	});
	let caughtUp = false;
	for await (const batch of batches) ({ caughtUp } = batch);
	return caughtUp;
}

/** A reader whose checkpoint has lost the delivered ids. */
export function forgetful(bench: Bench): Readable {
	const sync: Bench['sync'] = ({ checkpoint, ...options } = {}) =>
		bench.sync({ ...options, checkpoint: checkpoint && withNothingSeen(checkpoint as Checkpoint) });
	return { feed: bench.feed, sync };
}

function withNothingSeen(checkpoint: Checkpoint): Checkpoint {
	return encodeCheckpoint({ ...decodeCheckpoint(checkpoint), seen: new Fingerprints() });
}
