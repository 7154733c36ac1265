import { type Batch, type Checkpoint, UserError, DAY_MS, dayNumber, bothFailures } from '../core';
import { type Archive, ArchiveMoved, type Committed } from './archive';
import type { FreshBatch } from './fresh-batch';
import type { Manifest } from './manifest';
import type { Provenance } from './next-commit';
import { UntilFailure } from './until-failure';

const MAX_ACTIVITIES_A_COMMIT = 50_000;
/** At most so many bytes of activities, or one page, wait in memory. */
const MAX_BYTES_A_COMMIT = 32 * 1024 * 1024;
/** A commit changes at most about so many days: each day is a file, and GitHub limits requests. */
const MAX_DAYS_A_COMMIT = 100;
/**
 * A run that finds only own requests commits when the last commit is so old, in milliseconds. The
 * reading of quiet runs is still recorded: the next commit holds these requests, and its coverage begins
 * where the previous coverage ended.
 */
const QUIET_COMMIT_INTERVAL_MS = DAY_MS;
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
	let pending: FreshBatch[] = [];
	const source = new UntilFailure(run.read(archive.checkpoint));
	for await (const batch of source) {
		pending.push(archive.freshIn(batch));
		const enough =
			recordsIn(pending) >= (run.activitiesACommit ?? MAX_ACTIVITIES_A_COMMIT) ||
			bytesIn(pending) >= MAX_BYTES_A_COMMIT ||
			daysIn(pending) >= MAX_DAYS_A_COMMIT;
		if (!enough) continue;
		// The batches wait together, because a later checkpoint says that all of them are archived.
		if (!deserveCommit(archive, pending)) continue;
		yield* await commit(pending);
		pending = [];
	}
	const { failure } = source;
	// A run that was stopped before it reached new activities commits, so that the next run continues there.
	const unfinished = pending.at(-1)?.upToDate === false;
	if (pending.length > 0 && (unfinished || deserveCommit(archive, pending))) {
		yield* await commit(pending).catch((error: unknown) => {
			const both = failure !== undefined && !(error instanceof ArchiveMoved);
			throw both ? bothFailures(failure, error) : error;
		});
	} else {
		const last = pending.at(-1);
		// A later run reads these few records again, because it starts where the archive ends.
		const { checkpoint } = archive;
		if (last) run.left?.(last.checkpoint);
		if (checkpoint) yield* pending.map((batch) => ({ ...batch, activities: [], checkpoint }));
	}
	if (failure !== undefined) throw failure;
}

function deserveCommit(archive: Archive, batches: readonly FreshBatch[]): boolean {
	const own = batches.reduce((sum, batch) => sum + batch.own, 0);
	if (recordsIn(batches) > own || batches.some(({ changed }) => changed.length > 0)) return true;
	const readAt = batches.at(-1)?.source.readAt ?? 0;
	// The clock of the last commit may have been ahead.
	return Math.abs(readAt - (archive.lastCommit ?? -Infinity)) >= QUIET_COMMIT_INTERVAL_MS;
}

function recordsIn(batches: readonly FreshBatch[]): number {
	return batches.reduce((sum, batch) => sum + batch.activities.length + batch.unreadable.length, 0);
}

function bytesIn(batches: readonly FreshBatch[]): number {
	const activities = batches.flatMap((batch) => batch.activities.map(({ length }) => length));
	const others = batches.flatMap((batch) => batch.unreadable.map(({ json }) => json.length));
	return [...activities, ...others].reduce((sum, length) => sum + length, 0);
}

function daysIn(batches: readonly FreshBatch[]): number {
	const days = batches.flatMap(({ activities }) =>
		activities.map(({ createdAt }) => dayNumber(createdAt)),
	);
	return new Set(days).size;
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
