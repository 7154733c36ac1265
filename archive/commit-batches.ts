import { type Batch, type Checkpoint, UserError, DAY_MS, dayNumber, bothFailures } from '../core';
import { type Archive, ArchiveMoved, type Committed } from './archive';
import type { FreshBatch } from './fresh-batch';
import type { Manifest } from './manifest';
import type { Provenance } from './next-commit';
import { UntilFailure } from './until-failure';

const MAX_ACTIVITIES_A_COMMIT = 50_000;
/** So much of them, in bytes, waits in memory at most, or a page. */
const MAX_BYTES_A_COMMIT = 32 * 1024 * 1024;
/** A commit touches about so many days at most: each is a file, and GitHub limits requests. */
const MAX_DAYS_A_COMMIT = 100;
/**
 * A run that finds nothing but its predecessors' own requests commits only when the last commit is so
 * old, in milliseconds. Such runs are on record all the same: the next commit holds these reads, and
 * its coverage begins where the last one's ended.
 */
const QUIET_COMMIT_INTERVAL_MS = DAY_MS;
/** How often a run begins anew because another one was quicker. */
const MAX_ROUNDS = 5;

/** What a run reads, and what it wants to know of the commits. */
export interface ArchiveRun extends Provenance {
	/** Reads the feed from a checkpoint on. */
	readonly read: (checkpoint: Checkpoint | undefined) => AsyncIterable<Batch>;
	/** The commit's message. */
	readonly message: (manifest: Manifest) => string;
	/** Gets each commit. */
	readonly committed: (committed: Committed) => void;
	/** Gets the checkpoint of a run that leaves what little it has read to a later run. */
	readonly left?: (checkpoint: Checkpoint) => void;
	/** A commit holds about so many records at most: what waits for it is kept in memory. */
	readonly activitiesACommit?: number;
}

/**
 * Reads the feed into an archive. A batch comes out of here once it is
 * committed, or once it is certain that it holds nothing to commit. What came before a failure to
 * read is committed like what comes before a limit.
 *
 * @throws UserError when the feed or GitHub refuses; what is committed stays
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
		// Else they wait: the checkpoint of a later batch would say that they are in the archive.
		if (!deserveCommit(archive, pending)) continue;
		yield* await commit(pending);
		pending = [];
	}
	const { failure } = source;
	// Of a run that was stopped before it came to what is new, the next one has to know how far it got.
	const unfinished = pending.at(-1)?.upToDate === false;
	if (pending.length > 0 && (unfinished || deserveCommit(archive, pending))) {
		yield* await commit(pending).catch((error: unknown) => {
			const both = failure !== undefined && !(error instanceof ArchiveMoved);
			throw both ? bothFailures(failure, error) : error;
		});
	} else {
		const last = pending.at(-1);
		// What little they hold is left to a later run, which begins where the archive ends.
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
	// The last one may have been read by a clock that was ahead.
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
		`Other runs added to the archive ${MAX_ROUNDS} times while this one tried to.`,
		{
			remedy:
				'Nothing is lost: what they left, the next run commits. Give all runs that use this archive the same concurrency group.',
		},
	);
}
