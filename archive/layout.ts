// The paths in an archive, below its directory in the repository.

import { posix } from 'node:path';

/** The head. It is committed together with the activities, so that each activity is archived once. */
export const HEAD_FILE = '.checkpoint.json';

export const ATTRIBUTES_FILE = '.gitattributes';
/** Its content. It keeps git from changing line ends, and with them the hashes. */
export const ATTRIBUTES = '* -text\n';

/** The directory of all manifests. */
export const MANIFESTS = 'manifests';

/** A file with the activities of a UTC day, or with unreadable records. */
export interface Part {
	/** `YYYY-MM-DD`; `null` for unreadable records, which belong to no day. */
	readonly day: string | null;
	/** From 1 on. */
	readonly number: number;
}

const PART = /^(?:(\d{4})\/(\d\d)\/(\d\d)|unreadable)(?:\.([1-9]\d{0,8}))?\.ndjson$/;

/**
 * The path of a part below the archive's directory: `YYYY/MM/DD.ndjson`, then `YYYY/MM/DD.2.ndjson`;
 * `unreadable.ndjson`, then `unreadable.2.ndjson`.
 */
export function pathOfPart({ day, number }: Part): string {
	const suffix = number === 1 ? '' : `.${number}`;
	return `${day?.replaceAll('-', '/') ?? 'unreadable'}${suffix}.ndjson`;
}

/** The directory of a day's parts; `.` is the archive's own. */
export function directoryOfParts(day: Part['day']): string {
	return posix.dirname(pathOfPart({ day, number: 1 }));
}

/** The part at a path; `undefined` when the path is not that of a part. */
export function partAt(path: string): Part | undefined {
	const match = PART.exec(path);
	if (!match) return undefined;
	const [, year, month, date, number = '1'] = match;
	const day = year === undefined ? null : `${year}-${month}-${date}`;
	const part = { day, number: Number(number) };
	return pathOfPart(part) === path ? part : undefined;
}

/** The path of a manifest below the archive's directory. */
export function pathOfManifest(sequence: number): string {
	return `${directoryOfManifest(sequence)}/${paddedNumber(sequence)}.json`;
}

/** The directory of a manifest. */
export function directoryOfManifest(sequence: number): string {
	// A thousand files a directory, so that no listing grows too long.
	return `${MANIFESTS}/${paddedNumber(sequence).slice(0, 5)}`;
}

function paddedNumber(sequence: number): string {
	return String(sequence).padStart(8, '0');
}

const MANIFEST = /^manifests\/\d{5,}\/(\d{8,})\.json$/;

/** The number of the manifest at a path; `undefined` when the path is not that of a manifest. */
export function sequenceAt(path: string): number | undefined {
	const sequence = Number(MANIFEST.exec(path)?.[1] ?? 0);
	return sequence > 0 && pathOfManifest(sequence) === path ? sequence : undefined;
}

const MANIFEST_DIRECTORY = /^manifests\/\d+$/;

/** Whether a path is a directory for later manifests than the one with this number. */
export function isLaterDirectory(path: string, sequence: number): boolean {
	return MANIFEST_DIRECTORY.test(path) && path > directoryOfManifest(sequence);
}
