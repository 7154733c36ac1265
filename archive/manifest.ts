import { createHash } from 'node:crypto';
import { formatInstant, parseInstant } from '../core';
import { MAX_PART_LINES, partAt } from './part';
import { parseShallow } from './shallow-json';

/**
 * What one commit added to the archive, and from where: the evidence. Instants are RFC 3339, by the
 * server's clock. The format is described in docs/archive.md.
 */
export interface Manifest {
	readonly version: 1;
	/** From 1 on, without a gap. */
	readonly sequence: number;
	/** SHA-256 of the manifest before; `null` for the first one. */
	readonly previous: string | null;
	readonly product: string;
	/** The workflow run that made the commit. */
	readonly run: string;
	readonly endpoint: string;
	/** URL parameters of the first request whose activities the commit holds, but for the cursor. */
	readonly query: string;
	readonly startedAt: string;
	readonly endedAt: string;
	/** The newly covered period: later than `from`, up to `to`. */
	readonly coverage: { readonly from: string; readonly to: string };
	/** SHA-256 of the checkpoints, as JSON; `null` when there was none. */
	readonly checkpoint: { readonly before: string | null; readonly after: string };
	/** SHA-256 of the fingerprints that later readings are compared with. */
	readonly contents: string;
	readonly requestIds: readonly string[];
	/** `last_id` of the last page in feed order. */
	readonly cursor: string | null;
	readonly activities: {
		readonly count: number;
		/** Ids of the first and the last one in the order of the feed. */
		readonly first: string | null;
		readonly last: string | null;
	};
	/** Ids of activities that are not archived, since own calls to the API caused them. */
	readonly leftOut: readonly string[];
	/** Ids of archived activities that the feed now shows with other content. */
	readonly changed: readonly string[];
	readonly files: readonly Addition[];
}

/** Lines that were added at the end of a file. */
export interface Addition {
	/** Below the archive's directory. */
	readonly path: string;
	/** Number of the first line added, from 1 on. */
	readonly line: number;
	readonly lines: number;
	/** SHA-256 of the bytes of these lines. */
	readonly sha256: string;
}

/** What a manifest says of activities: all but the records that cannot be read as such. */
export function dayFilesIn({ files }: Manifest): Addition[] {
	return files.filter(({ path }) => partAt(path)?.day !== null);
}

/** The days whose activities a manifest speaks of, once for each part. */
export function daysOf({ files }: Manifest): string[] {
	return files.flatMap(({ path }) => partAt(path)?.day ?? []);
}

/** How many records a manifest speaks of that cannot be read as activities. */
export function unreadableIn({ files }: Manifest): number {
	const parts = files.filter(({ path }) => partAt(path)?.day === null);
	return parts.reduce((sum, { lines }) => sum + lines, 0);
}

/**
 * Manifests and the state are no larger, in bytes. A file may have 100 MB on GitHub, but its API refuses
 * requests of more than some 50 MB, and base64 makes four bytes of three.
 */
export const MAX_FILE_BYTES = 35 * 1024 * 1024;

/** The directory of all manifests, below the archive's. */
export const MANIFESTS = 'manifests';

/** Where the manifest of a number lies below the archive's directory. */
export function pathOfManifest(sequence: number): string {
	return `${directoryOfManifest(sequence)}/${paddedNumber(sequence)}.json`;
}

/** The directory of that path. */
export function directoryOfManifest(sequence: number): string {
	// A thousand files a directory, so that no listing grows too long.
	return `${MANIFESTS}/${paddedNumber(sequence).slice(0, 5)}`;
}

function paddedNumber(sequence: number): string {
	return String(sequence).padStart(8, '0');
}

const MANIFEST = /^manifests\/\d{5,}\/(\d{8,})\.json$/;

/** The number of the manifest that lies at a path; `undefined` when none can. */
export function sequenceAt(path: string): number | undefined {
	const sequence = Number(MANIFEST.exec(path)?.[1] ?? 0);
	return sequence > 0 && pathOfManifest(sequence) === path ? sequence : undefined;
}

/** A manifest as it is stored; its hash is that of these bytes. */
export function encodeManifest(manifest: Manifest): Buffer {
	return Buffer.from(`${JSON.stringify(manifest, null, '\t')}\n`);
}

/**
 * Reads a manifest, which is untrusted input.
 *
 * @returns `undefined` for what this version cannot have written. Even otherwise the bytes may differ
 *   in form from what `encodeManifest` makes of the manifest
 */
export function decodeManifest(bytes: Buffer): Manifest | undefined {
	let stored: unknown;
	try {
		stored = parseShallow(bytes);
	} catch {
		return undefined;
	}
	return isManifest(stored) ? stored : undefined;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isHash: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber: Check = (value) => isCount(value) && value !== 0;
const isLine: Check = (value) => isNumber(value) && (value as number) <= MAX_PART_LINES;
const isInstant: Check = (value) => {
	const instant = typeof value === 'string' ? parseInstant(value) : undefined;
	return instant !== undefined && formatInstant(instant) === value;
};
const isPart: Check = (value) => typeof value === 'string' && partAt(value) !== undefined;

function orNull(check: Check): Check {
	return (value) => value === null || check(value);
}

function listOf(check: Check): Check {
	return (value) => Array.isArray(value) && value.every(check);
}

/** An object with these members, in this order, and no other. */
function record(members: Record<string, Check>): Check {
	const names = Object.keys(members);
	return (value) =>
		typeof value === 'object' &&
		value !== null &&
		Object.keys(value).join() === names.join() &&
		Object.entries(value).every(([name, member]) => members[name]?.(member));
}

const isManifest = record({
	version: (value) => value === 1,
	sequence: isNumber,
	previous: orNull(isHash),
	product: isText,
	run: isText,
	endpoint: isText,
	query: isText,
	startedAt: isInstant,
	endedAt: isInstant,
	coverage: record({ from: isInstant, to: isInstant }),
	checkpoint: record({ before: orNull(isHash), after: isHash }),
	contents: isHash,
	requestIds: listOf(isText),
	cursor: orNull(isText),
	activities: record({ count: isCount, first: orNull(isText), last: orNull(isText) }),
	leftOut: listOf(isText),
	changed: listOf(isText),
	files: listOf(record({ path: isPart, line: isLine, lines: isLine, sha256: isHash })),
} satisfies Record<keyof Manifest, Check>) as (value: unknown) => value is Manifest;

export function sha256(bytes: Buffer | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}
