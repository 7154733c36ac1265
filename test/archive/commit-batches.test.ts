import { describe, expect, test } from '@jest/globals';
import { Archive } from '../../archive/archive';
import { commitBatches } from '../../archive/commit-batches';
import type { Checkpoint } from '../../core';
import type { SyncOptions } from '../../core/sync/sync';
import { Bench, DAY, MINUTE } from '../core/harness';
import { MemoryRepository } from './memory-branch';

test('the last batch of a run has the checkpoint of the archive, even if the run leaves activities to a later run', async () => {
	const bench = new Bench();
	const repository = new MemoryRepository();
	const at = bench.clock.now();
	for (let count = 0; count < 10; count++) bench.happened(DAY);
	for (let run = 0; run < 5; run++) {
		bench.clock.advance(10 * MINUTE);
		if (run === 2) for (let count = 0; count < 10; count++) bench.happened(5 * MINUTE);
		const archive = await Archive.open(repository.branch(), 'audit', async () => undefined);
		const batches = commitBatches(archive, {
			endpoint: bench.feed.endpoint,
			product: 'test',
			run: `https://github.com/runs/${run}`,
			read: (checkpoint) => bench.sync({ checkpoint, backfillStart: at - 2 * DAY, pageSize: 10 }),
			message: () => '',
			committed: () => undefined,
			activitiesACommit: 10,
		});
		let last: Checkpoint | undefined;
		for await (const { checkpoint } of batches) last = checkpoint;
		expect(last).toEqual(archive.checkpoint);
	}
});

/** How many activities each commit of a run adds. */
async function commitsOf(bench: Bench, options: Partial<SyncOptions>): Promise<number[]> {
	const added: number[] = [];
	const archive = await Archive.open(
		new MemoryRepository().branch(),
		'audit',
		async () => undefined,
	);
	const batches = commitBatches(archive, {
		endpoint: bench.feed.endpoint,
		product: 'test',
		run: 'https://github.com/runs/1',
		read: (checkpoint) => bench.sync({ ...options, checkpoint }),
		message: () => '',
		committed: ({ manifest }) => void added.push(manifest.activities.count),
	});
	for await (const batch of batches) expect(batch.unreadable).toEqual([]);
	return added;
}

describe('a commit holds at most about', () => {
	test('100 days', async () => {
		const bench = new Bench({ recordReads: false });
		// Two batches of the same day are one day.
		for (let day = 250; day >= 1; day--) {
			for (let count = 0; count < 2; count++) bench.happened(day * DAY);
		}
		const options = { backfillStart: bench.clock.now() - 251 * DAY, pageSize: 1 };
		expect(await commitsOf(bench, options)).toEqual([199, 198, 103]);
	});

	test('32 MiB', async () => {
		const bench = new Bench({ recordReads: false });
		const large = { note: 'x'.repeat(4 * 1024 * 1024) };
		for (let minute = 20; minute >= 1; minute--) bench.happened(minute * MINUTE, large);
		expect(await commitsOf(bench, { pageSize: 1 })).toEqual([8, 8, 4]);
	});
});
