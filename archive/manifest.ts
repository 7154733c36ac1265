import * as v from 'valibot';
import { partAt } from './layout';
import { MAX_PART_LINES } from './limits';
import { count, exactly, hash, instant, listOf, ordinal } from './schema';
import { encodeFile, Versions } from './versions';

/** The version that the Action writes. */
export const MANIFEST_VERSION = 1;

const line = v.pipe(ordinal, v.maxValue(MAX_PART_LINES));
const partPath = v.pipe(
	v.string(),
	v.check((path) => partAt(path) !== undefined),
);

const addition = exactly({
	/** Below the archive's directory. */
	path: partPath,
	/** Number of the first line added, from 1 on. */
	line,
	lines: line,
	/** SHA-256 of the bytes of these lines. */
	sha256: hash,
});

const manifest = exactly({
	version: v.literal(MANIFEST_VERSION),
	/** From 1 on, without a gap. */
	sequence: ordinal,
	/** SHA-256 of the manifest before; `null` for the first one. */
	previous: v.nullable(hash),
	product: v.string(),
	/** The workflow run that made the commit. */
	run: v.string(),
	endpoint: v.string(),
	/** URL parameters of the first request whose activities the commit holds, without the cursor. */
	query: v.string(),
	startedAt: instant,
	endedAt: instant,
	/** The newly covered interval: later than `from`, up to `to`. */
	coverage: exactly({ from: instant, to: instant }),
	/** SHA-256 of the checkpoints as JSON; `null` in the first manifest. */
	checkpoint: exactly({ before: v.nullable(hash), after: hash }),
	/** SHA-256 of the fingerprints that later batches are compared with. */
	contents: hash,
	requestIds: listOf(v.string()),
	/** `last_id` of the last page in feed order. */
	cursor: v.nullable(v.string()),
	activities: exactly({
		count,
		/** Ids of the first and the last activity in the order of the feed. */
		first: v.nullable(v.string()),
		last: v.nullable(v.string()),
	}),
	/** Ids of activities that are not archived, because own requests caused them. */
	leftOut: listOf(v.string()),
	/** Ids of archived activities that the feed now shows with other content. */
	changed: listOf(v.string()),
	files: listOf(addition),
});

/**
 * What one commit added to the archive, and from where: the evidence. Instants are RFC 3339, by the
 * server's clock. The format is described in docs/archive.md.
 */
export type Manifest = v.InferOutput<typeof manifest>;

/** Lines that were added at the end of a file. */
export type Addition = v.InferOutput<typeof addition>;

/**
 * All versions of the manifest. A manifest's file never changes, so its hash and formatting are checked
 * in the version that wrote it.
 */
export const MANIFEST_VERSIONS = Versions.first('manifest', manifest);

/** The bytes of a manifest's file, and of its hash. */
export function encodeManifest(manifest: Manifest): Buffer {
	return encodeFile(manifest);
}

/** The additions to day files, without those of unreadable records. */
export function dayFilesIn({ files }: Manifest): Addition[] {
	return files.filter(({ path }) => partAt(path)?.day !== null);
}

/** The days that a manifest adds activities to, once for each part. */
export function daysOf({ files }: Manifest): string[] {
	return files.flatMap(({ path }) => partAt(path)?.day ?? []);
}

/** The number of unreadable records that a manifest adds. */
export function unreadableIn({ files }: Manifest): number {
	const parts = files.filter(({ path }) => partAt(path)?.day === null);
	return parts.reduce((sum, { lines }) => sum + lines, 0);
}
