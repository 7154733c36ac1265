import { type Batch, type Checkpoint, UserError, bothFailures } from '../core';
import { type Archive, ArchiveMoved, type Committed } from './archive';
import type { FreshBatch } from './fresh-batch';
import type { Manifest } from './manifest';
import type { Provenance } from './next-commit';
import { PendingBatches } from './pending-batches';
import { UntilFailure } from './until-failure';

/** How often a run reads again because another run was faster. */
const MAX_ROUNDS = 5;

/** A run: how it reads the feed, and its callbacks for commits. */
export interface ArchiveRun extends Provenance {
	/** Reads the feed from a checkpoint. */
	readonly read: (checkpoint: Checkpoint | undefined) => AsyncIterable<Batch>;
	/** The commit's message. */
	readonly message: (manifest: Manifest) => string;
	/** Gets each commit. */
	readonly committed: (committed: Committed) => void;
	/** Gets the checkpoint of a quiet run, which commits nothing. */
	readonly left?: (checkpoint: Checkpoint) => void;
	/** A commit holds at most about so many records: they wait in memory for it. */
	readonly activitiesACommit?: number;
}

/**
 * Reads the feed into an archive: collects batches, and decides when to commit them. Yields a batch once
 * it is committed, or once it is certain that it needs no commit. If reading fails, the batches before
 * the failure are committed first.
 *
 * @throws UserError when the feed or GitHub refuses; earlier commits remain
 */
export async function* commitBatches(
	archive: Archive,
	run: ArchiveRun,
): AsyncGenerator<FreshBatch, void, undefined> {
	for (let round = 1; ; round++) {
		try {
			yield* commitOnce(archive, run);
			return;
		} catch (error) {
			if (!(error instanceof ArchiveMoved)) throw error;
			if (round === MAX_ROUNDS) throw outrun();
		}
	}
}

async function* commitOnce(
	archive: Archive,
	run: ArchiveRun,
): AsyncGenerator<FreshBatch, void, undefined> {
	const commit = async (batches: readonly FreshBatch[]) => {
		run.committed(await archive.add(batches, run, run.message));
		return batches;
	};
	const begin = () => new PendingBatches(run.activitiesACommit);
	let pending = begin();
	const source = new UntilFailure(run.read(archive.checkpoint));
	for await (const batch of source) {
		pending.add(archive.freshIn(batch));
		// The batches wait together, because a later checkpoint says that all of them are archived.
		if (!pending.fillCommit || !pending.deserveCommit(archive.lastCommit)) continue;
		yield* await commit(pending.batches);
		pending = begin();
	}
	const { failure } = source;
	const { batches, last } = pending;
	// A run that was stopped before it reached new activities commits, so that the next run continues there.
	if (last && (!last.upToDate || pending.deserveCommit(archive.lastCommit))) {
		yield* await commit(batches).catch((error: unknown) => {
			const both = failure !== undefined && !(error instanceof ArchiveMoved);
			throw both ? bothFailures(failure, error) : error;
		});
	} else {
		// A later run reads these few records again, because it starts where the archive ends.
		const { checkpoint } = archive;
		if (last) run.left?.(last.checkpoint);
		if (checkpoint)
			yield* batches.map((batch) => ({ ...batch, activities: [], alerts: [], checkpoint }));
	}
	if (failure !== undefined) throw failure;
}

function outrun(): UserError {
	return new UserError(
		'unavailable',
		`Other runs added to the archive ${MAX_ROUNDS} times before this run could commit.`,
		{
			remedy:
				'Give all runs that use this archive the same concurrency group. Nothing is lost: the next run commits the remaining activities.',
		},
	);
}
