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
/** From here on, a run warns. */
const LARGE_HEAD_BYTES = 20 * MIB;

/** The core knows what it holds, and migrates it; but times mean something else in its version 1. */
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
	/** Ids and texts of archived activities that the feed may show again, as fingerprints. */
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

/** Version 1 left it to the checkpoint where the coverage ends, and counted the time of contents from there. */
function fromVersion1({
	checkpoint,
	manifest,
	contents,
}: v.InferOutput<typeof headOfVersion1>): object {
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

/** What the archive's head file holds: where the archive ends. */
export interface Head extends Omit<v.InferOutput<typeof head>, 'version' | 'checkpoint'> {
	readonly checkpoint: Checkpoint;
}

/** A head that was read. One of an older version has the present form, but for its hashes. */
export interface StoredHead extends Head {
	/** SHA-256 of what is stored, as the last manifest names it. */
	readonly hashes: {
		/** Of the checkpoint as JSON. */
		readonly checkpoint: string;
		readonly contents: string;
	};
}

/** What heads are read with. */
const HEAD_VERSIONS = Versions.first('archive', headOfVersion1).next(head, fromVersion1);

/**
 * A head as it is stored.
 *
 * @throws UserError `invalid-setting` when the overlap holds more activities than GitHub takes
 */
export function encodeHead({ checkpoint, manifest, contents }: Head): Buffer {
	const bytes = encodeFile({ version: VERSION, checkpoint, manifest, contents });
	if (bytes.length > MAX_FILE_BYTES) {
		throw new UserError(
			'invalid-setting',
			`The archive's ${HEAD_FILE} would take ${mebibytes(bytes.length)}, and GitHub's API takes no more than ${mebibytes(MAX_FILE_BYTES)}: it holds 52 bytes for each activity within the overlap.`,
			{
				remedy:
					'Choose a shorter overlap, or filter what is read. Nothing is lost: the next run reads the same again.',
			},
		);
	}
	return bytes;
}

/**
 * What to warn of when a head grows towards the size that is refused.
 *
 * @param size in bytes
 */
export function warningOfSize(size: number): string | undefined {
	if (size <= LARGE_HEAD_BYTES) return undefined;
	return `The archive's ${HEAD_FILE} takes ${mebibytes(size)}, which each commit adds to the repository; beyond ${mebibytes(MAX_FILE_BYTES)}, no run could commit. It grows with the activities within the overlap: choose a shorter one, or filter what is read.`;
}

/**
 * Reads a head, which is untrusted input.
 *
 * @throws NewerVersion
 * @throws UserError `invalid-checkpoint` for what this version and those before cannot have written
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

/** Whether the bytes of a head that can be read are in the form in which the Action writes one. */
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
		// What the core advises, to remove it, is no good here.
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
 * What a head says otherwise than the manifest that it names; `undefined` when they agree. The two are
 * written together, so nothing of a head can be changed alone without a contradiction.
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
			'It was changed by something else. Restore it from the branch’s history, or begin another archive with another commit-path.',
	});
}

function mebibytes(bytes: number): string {
	return `${Math.ceil(bytes / MIB)} MiB`;
}
