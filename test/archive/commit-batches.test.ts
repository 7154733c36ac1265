import { expect, test } from '@jest/globals';
import { Archive } from '../../archive/archive';
import { commitBatches } from '../../archive/commit-batches';
import type { Checkpoint } from '../../core';
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
