import * as v from 'valibot';
import {
	type Checkpoint,
	CHECKPOINT_VERSION,
	UserError,
	Fingerprints,
	parseCheckpoint,
	parseInstant,
} from '../core';
import { HEAD_FILE } from './layout';
import { MAX_FILE_BYTES } from './limits';
import type { Manifest } from './manifest';
import { hash, instant, ordinal } from './schema';
import { sha256 } from './sha256';
import {
	encodeFile,
	type FileContent,
	isAsWritten,
	NewerVersion,
	versionOf,
	Versions,
} from './versions';

const VERSION = 2;

const MIB = 1024 * 1024;
/** A run warns about a larger head. */
const LARGE_HEAD_BYTES = 20 * MIB;

/** The core reads and migrates the checkpoint. Version 1 is excluded, because its times have another meaning. */
const checkpoint = v.pipe(
	v.unknown(),
	v.check((stored) => versionOf(stored) !== 1),
);

const head = v.object({
	version: v.literal(VERSION),
	checkpoint,
	/** The last manifest. */
	manifest: v.pipe(
		v.object({
			sequence: ordinal,
			sha256: hash,
			endedAt: instant,
			/** Where its coverage ends. */
			coveredTo: instant,
		}),
		v.readonly(),
	),
	/** Fingerprints of ids and texts of archived activities that the feed may show again. */
	contents: v.string(),
});

const headOfVersion1 = v.object({
	version: v.literal(1),
	checkpoint: v.pipe(
		v.unknown(),
		v.check((stored) => versionOf(stored) === 1),
	),
	manifest: v.object({ sequence: ordinal, sha256: hash, endedAt: instant }),
	contents: v.string(),
});

/** In version 1, the coverage ends at the checkpoint's frontier, and contents count time from there. */
function fromVersion1({ checkpoint, manifest, contents }: v.InferOutput<typeof headOfVersion1>) {
	const { frontier, start } = Object(checkpoint) as Record<string, unknown>;
	const coveredTo = frontier ?? start;
	const origin = typeof coveredTo === 'string' ? parseInstant(coveredTo) : undefined;
	const set = origin === undefined ? undefined : Fingerprints.decodeVersion1(contents, origin);
	return {
		version: 2,
		checkpoint: checkpointIn(checkpoint),
		manifest: { ...manifest, coveredTo },
		contents: set?.encode(),
	};
}

/** The content of `.checkpoint.json`: the checkpoint, and the last manifest. */
export interface Head extends Omit<v.InferOutput<typeof head>, 'version' | 'checkpoint'> {
	readonly checkpoint: Checkpoint;
}

/** A head that was read from a file, migrated to the present version. */
export interface StoredHead extends Head {
	/** SHA-256 of the values in the file before migration, as the last manifest names them. */
	readonly hashes: {
		/** Of the checkpoint as JSON. */
		readonly checkpoint: string;
		readonly contents: string;
	};
}

/** All versions of the head. */
const HEAD_VERSIONS = Versions.first('archive', headOfVersion1).next(head, fromVersion1);

/**
 * The bytes of the head's file.
 *
 * @throws UserError `invalid-setting` when the overlap holds too many activities for GitHub's API
 */
export function encodeHead({ checkpoint, manifest, contents }: Head): Buffer {
	const bytes = encodeFile({ version: VERSION, checkpoint, manifest, contents });
	if (bytes.length > MAX_FILE_BYTES) {
		throw new UserError(
			'invalid-setting',
			`The archive's ${HEAD_FILE} would have ${mebibytes(bytes.length)}, but GitHub's API accepts at most ${mebibytes(MAX_FILE_BYTES)}. The file holds 52 bytes for each activity within the overlap.`,
			{
				remedy:
					'Choose a shorter overlap, or read less with filters. Nothing is lost: the next run reads the same activities again.',
			},
		);
	}
	return bytes;
}

/**
 * A warning when a head comes near the size that GitHub refuses.
 *
 * @param size in bytes
 */
export function warningOfSize(size: number): string | undefined {
	if (size <= LARGE_HEAD_BYTES) return undefined;
	return `The archive's ${HEAD_FILE} has ${mebibytes(size)}, and each commit adds that much to the repository. Above ${mebibytes(MAX_FILE_BYTES)}, no run can commit. The file grows with the number of activities within the overlap: choose a shorter overlap, or read less with filters.`;
}

/**
 * Reads a head, which is untrusted input.
 *
 * @throws NewerVersion
 * @throws UserError `invalid-checkpoint` when no known version can have written the file
 */
export function decodeHead(bytes: Buffer): StoredHead {
	const { present, written } = contentOf(bytes);
	const stored = written as Pick<Head, 'checkpoint' | 'contents'>;
	return {
		checkpoint: checkpointIn(present.checkpoint),
		manifest: present.manifest,
		contents: present.contents,
		hashes: {
			checkpoint: sha256(JSON.stringify(stored.checkpoint)),
			contents: sha256(stored.contents),
		},
	};
}

/** Whether a readable head is byte for byte what the Action writes. */
export function isHeadAsWritten(bytes: Buffer): boolean {
	return isAsWritten(contentOf(bytes), bytes);
}

function contentOf(bytes: Buffer): FileContent<v.InferOutput<typeof head>> {
	const content = HEAD_VERSIONS.read(bytes);
	if (!content) throw unusableHead('cannot be used');
	return content;
}

function checkpointIn(stored: unknown): Checkpoint {
	const version = versionOf(stored);
	if (typeof version === 'number' && version > CHECKPOINT_VERSION) {
		throw new NewerVersion(`checkpoint in the archive's ${HEAD_FILE}`, version, CHECKPOINT_VERSION);
	}
	try {
		return parseCheckpoint(JSON.stringify(stored));
	} catch (error) {
		// The core's remedy, to remove the checkpoint, would start a second archive.
		throw unusableHead(`cannot be used (${(error as UserError).summary})`);
	}
}

/** @throws UserError `invalid-checkpoint` */
export function decodeContents({ contents }: Head): Fingerprints {
	const set = Fingerprints.decode(contents);
	if (!set) throw unusableHead('cannot be used');
	return set;
}

/**
 * Where a head contradicts the manifest that it names; `undefined` when they agree. One commit writes
 * both, so a change of the head alone is always a contradiction.
 */
export function contradictionOf(
	{ manifest: named, hashes }: StoredHead,
	manifest: Manifest,
): string | undefined {
	const agreements: [boolean, string][] = [
		[named.sequence === manifest.sequence, 'its number'],
		[named.endedAt === manifest.endedAt, 'the end of the last run'],
		[hashes.checkpoint === manifest.checkpoint.after, 'the checkpoint'],
		[hashes.contents === manifest.contents, 'the fingerprints of contents'],
		[named.coveredTo === manifest.coverage.to, 'where the coverage ends'],
	];
	return agreements.find(([agrees]) => !agrees)?.[1];
}

/** @param what for instance `is missing` */
export function unusableHead(what: string): UserError {
	return new UserError('invalid-checkpoint', `The archive's ${HEAD_FILE} ${what}.`, {
		remedy:
			'Restore the file from the branch’s history, because something else changed or removed it. Or start another archive with another commit-path.',
	});
}

function mebibytes(bytes: number): string {
	return `${Math.ceil(bytes / MIB)} MiB`;
}
