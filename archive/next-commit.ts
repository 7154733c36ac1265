import {
	type Activity,
	type Checkpoint,
	Fingerprints,
	formatInstant,
	type Instant,
	LAST_INSTANT,
	oldestAfter,
	parseInstant,
	toInstant,
	utcDay,
} from '../core';
import { appendLines, type LastPart } from './appended-lines';
import { type FreshBatch, textKey } from './fresh-batch';
import { encodeHead, type StoredHead } from './head';
import { ATTRIBUTES, ATTRIBUTES_FILE, HEAD_FILE, type Part, pathOfManifest } from './layout';
import { type Addition, encodeManifest, type Manifest, MANIFEST_VERSION } from './manifest';
import { sha256 } from './sha256';

/** The origin of batches, for their manifest. */
export interface Provenance {
	readonly endpoint: string;
	readonly product: string;
	/** Address of the workflow run. */
	readonly run: string;
}

/** The end of the archive, which the next commit continues. */
export interface ArchiveEnd {
	/** `undefined` before the first commit. */
	readonly head: StoredHead | undefined;
	/** The contents of the head, decoded. */
	readonly contents: Fingerprints;
	/** For all days that the batches have records of. */
	readonly lastParts: ReadonlyMap<Part['day'], LastPart>;
	/** Whether the commit must add `.gitattributes`. */
	readonly lacksAttributes: boolean;
}

/** A commit, ready to be made. */
export interface NextCommit {
	readonly manifest: Manifest;
	readonly manifestHash: string;
	/** Below the archive's directory. */
	readonly manifestPath: string;
	/** By their path below the archive's directory. */
	readonly files: ReadonlyMap<string, Buffer>;
	/** The head's bytes; `files` has them, too. */
	readonly head: Buffer;
}

/**
 * Builds the commit that adds batches to an archive: lines, manifest and head.
 *
 * @param batches at least one; they follow each other, read from the archive's checkpoint
 * @throws UserError `invalid-setting` when the overlap holds too many activities for GitHub's API
 */
export function nextCommit(
	end: ArchiveEnd,
	batches: readonly FreshBatch[],
	provenance: Provenance,
): NextCommit {
	const activities = inOrder(batches.flatMap((batch) => batch.activities));
	const unreadable = batches.flatMap((batch) => batch.unreadable);
	const { files, additions } = appendLines(activities, unreadable, end.lastParts);
	const { checkpoint } = lastOf(batches);
	const contents = contentsAfter(end.contents, batches);
	const manifest = manifestOf(end, batches, provenance, { activities, additions, contents });
	const encoded = encodeManifest(manifest);
	const manifestHash = sha256(encoded);
	const manifestPath = pathOfManifest(manifest.sequence);
	const { sequence, endedAt, coverage } = manifest;
	const head = encodeHead({
		checkpoint,
		manifest: { sequence, sha256: manifestHash, endedAt, coveredTo: coverage.to },
		contents,
	});
	return {
		manifest,
		manifestHash,
		manifestPath,
		files: new Map([
			...files,
			[manifestPath, encoded],
			[HEAD_FILE, head],
			...(end.lacksAttributes ? [[ATTRIBUTES_FILE, Buffer.from(ATTRIBUTES)] as const] : []),
		]),
		head,
	};
}

/** The days whose parts batches add to, unordered; `null` for unreadable records. */
export function daysOfParts(batches: readonly FreshBatch[]): Set<Part['day']> {
	const days = new Set<Part['day']>();
	for (const { activities, unreadable } of batches) {
		for (const { createdAt } of activities) days.add(utcDay(createdAt));
		if (unreadable.length > 0) days.add(null);
	}
	return days;
}

interface Added {
	readonly activities: readonly Activity[];
	readonly additions: readonly Addition[];
	readonly contents: string;
}

function manifestOf(
	{ head }: ArchiveEnd,
	batches: readonly FreshBatch[],
	{ product, run, endpoint }: Provenance,
	{ activities, additions, contents }: Added,
): Manifest {
	const last = lastOf(batches);
	const readAt = batches.map(({ source }) => source.readAt);
	const from = head?.manifest.coveredTo ?? last.checkpoint.start;
	return {
		version: MANIFEST_VERSION,
		sequence: (head?.manifest.sequence ?? 0) + 1,
		previous: head?.manifest.sha256 ?? null,
		product,
		run,
		endpoint,
		query: batches[0]?.source.query ?? '',
		// Parallel requests need not arrive in feed order.
		startedAt: formatInstant(Math.min(...readAt)),
		endedAt: formatInstant(Math.max(...readAt)),
		coverage: { from, to: laterOf(from, settledBy(last.checkpoint)) },
		checkpoint: {
			before: head?.hashes.checkpoint ?? null,
			after: sha256(JSON.stringify(last.checkpoint)),
		},
		contents: sha256(contents),
		requestIds: batches.flatMap(({ source }) => source.requestId ?? []),
		cursor: last.source.lastId,
		activities: {
			count: activities.length,
			first: activities[0]?.id ?? null,
			last: activities.at(-1)?.id ?? null,
		},
		leftOut: batches.flatMap(({ leftOut }) => leftOut),
		changed: changedIn(batches).map(({ id }) => id),
		files: additions,
	};
}

/** Fingerprints for the comparison with later batches, of everything that the next run may see again. */
function contentsAfter(before: Fingerprints, batches: readonly FreshBatch[]): string {
	const contents = new Fingerprints();
	contents.adopt(before);
	const oldest = oldestAfter(beginOf(lastOf(batches).checkpoint));
	const added = batches.flatMap(({ activities }) => activities);
	for (const activity of [...added, ...changedIn(batches)]) {
		const { id, createdAt } = activity;
		if (createdAt < oldest) continue;
		contents.add(id, createdAt);
		contents.add(textKey(id, activity.json), createdAt);
	}
	for (const { id, before = LAST_INSTANT } of batches.flatMap(({ unreadable }) => unreadable)) {
		contents.add(id, before);
	}
	contents.prune(oldest);
	return contents.encode();
}

/** The changed activities, each once. Reading that had to start again shows some of them twice. */
function changedIn(batches: readonly FreshBatch[]): Activity[] {
	const changed = batches.flatMap((batch) => batch.changed);
	return [...new Map(changed.map((activity) => [activity.id, activity])).values()];
}

/**
 * Sorts by `created_at`. Reading that had to start again may find a late activity that belongs before
 * activities of earlier pages.
 */
function inOrder(activities: Activity[]): Activity[] {
	return activities.sort((one, other) => one.createdAt - other.createdAt);
}

function lastOf(batches: readonly FreshBatch[]): FreshBatch {
	const last = batches.at(-1);
	if (!last) throw new Error('A commit has at least one batch.');
	return last;
}

/** The instant from which the next run reads. */
function beginOf({ frontier, start }: Checkpoint): Instant {
	return parseInstant(frontier ?? start) ?? toInstant(0);
}

/** Everything up to here is in the archive. */
function settledBy({ settled, start }: Checkpoint): string {
	return settled ?? start;
}

/** The later of two instants in the same notation. */
function laterOf(one: string, other: string): string {
	return one > other ? one : other;
}
