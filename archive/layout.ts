import { posix } from 'node:path';

/** The head: beside the data, and committed with it. That is what lets each activity come once. */
export const HEAD_FILE = '.checkpoint.json';

export const ATTRIBUTES_FILE = '.gitattributes';
/** What it holds: whatever git does with line ends elsewhere, what is hashed here keeps its own. */
export const ATTRIBUTES = '* -text\n';

/** The directory of all manifests. */
export const MANIFESTS = 'manifests';

/** One of the files that hold a UTC day's activities, or the records that cannot be read as any. */
export interface Part {
	/** `YYYY-MM-DD`; `null` for the records that are of no day. */
	readonly day: string | null;
	/** From 1 on. */
	readonly number: number;
}

const PART = /^(?:(\d{4})\/(\d\d)\/(\d\d)|unreadable)(?:\.([1-9]\d{0,8}))?\.ndjson$/;

/**
 * Where a part lies below the archive's directory: `YYYY/MM/DD.ndjson`, then `YYYY/MM/DD.2.ndjson`;
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

/** The part that lies at a path; `undefined` when none can. */
export function partAt(path: string): Part | undefined {
	const match = PART.exec(path);
	if (!match) return undefined;
	const [, year, month, date, number = '1'] = match;
	const day = year === undefined ? null : `${year}-${month}-${date}`;
	const part = { day, number: Number(number) };
	return pathOfPart(part) === path ? part : undefined;
}

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

const MANIFEST_DIRECTORY = /^manifests\/\d+$/;

/** Whether a path is that of a directory of manifests behind the one of a number. */
export function isLaterDirectory(path: string, sequence: number): boolean {
	return MANIFEST_DIRECTORY.test(path) && path > directoryOfManifest(sequence);
}
