import { Archive, type ArchiveBranch } from '../../../action/archive/archive';
import { archivedBatches } from '../../../action/archive/archived-batches';
import type { SyncOptions } from '../../../core';
import type { Bench } from '../../core/harness';

let lastRun = 0;

/**
 * Reads what a feed has to show into an archive, as a run of the Action does, but without waiting.
 *
 * @returns whether it got to the feed's end
 */
export async function archiveFeed(
	bench: Bench,
	branch: ArchiveBranch,
	options: Partial<SyncOptions> = {},
	activitiesACommit?: number,
	pause: (ms: number) => Promise<void> = async () => undefined,
): Promise<boolean> {
	const archive = new Archive(branch, 'audit', pause);
	await archive.open();
	const batches = archivedBatches(archive, {
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
