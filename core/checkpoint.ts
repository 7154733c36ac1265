import { ComplianceError } from './errors';
import { Fingerprints } from './fingerprints';
import { formatInstant, parseInstant } from './instant';

/** The version of the format that this code writes. */
export const CHECKPOINT_VERSION = 1;

/** More ids within one overlap are refused: no checkpoint outgrows what is read back. */
const MAX_SEEN = 3_000_000;
/** So many own calls are remembered at most: those of 20 million activities at full page size. */
export const MAX_OWN_REQUESTS = 4096;
/** Own calls that are adopted were made within a day of the read before them, or a little more. */
const MAX_ADOPTED_AGE_MS = 2 * 24 * 60 * 60_000;
/** A larger text is not read: it is no checkpoint of this package. */
const MAX_CHECKPOINT_LENGTH = 64 * 1024 * 1024;

/**
 * What a sync has settled, in the form in which it is stored: plain JSON, described in
 * docs/checkpoint.md. Whoever stores it need not look inside.
 */
export interface Checkpoint {
	readonly version: typeof CHECKPOINT_VERSION;
	readonly host: string;
	readonly filters: string;
	readonly backfillStart: string | null;
	readonly start: string;
	readonly frontier: string | null;
	readonly readAt: string | null;
	readonly seen: string;
	readonly ownRequests: string;
}

/** The same in the form in which a sync works with it. Instants are milliseconds since the epoch. */
export interface Position {
	/** Fingerprint of the base URL. The URL itself is not kept, so that no checkpoint can choose a host. */
	readonly host: string;
	/** Fingerprint of the filters. */
	readonly filters: string;
	/** The backfill start that was asked for; `null` when it was left to the default. */
	readonly backfillStart: number | null;
	/** Where the first sync began. */
	readonly start: number;
	/** Everything up to here is settled and delivered; `null` until anything is. */
	readonly frontier: number | null;
	/** Server time of the read that set the frontier. */
	readonly readAt: number | null;
	/** Ids delivered with a `created_at` not older than the frontier. */
	readonly seen: Fingerprints;
	/** `request-id`s of own calls whose activities have not come by yet. */
	readonly ownRequests: Fingerprints;
}

/**
 * Puts a position into the form in which it is stored.
 *
 * @throws ComplianceError `invalid-setting` when the overlap holds more activities than can be kept
 */
export function encodeCheckpoint(position: Position): Checkpoint {
	const { host, filters, backfillStart, start, frontier, readAt, seen, ownRequests } = position;
	if (seen.size > MAX_SEEN) {
		throw new ComplianceError(
			'invalid-setting',
			`More than ${MAX_SEEN} activities lie within the overlap.`,
			{ remedy: 'Choose a shorter overlap, or filter what is read.' },
		);
	}
	const origin = frontier ?? start;
	return {
		version: CHECKPOINT_VERSION,
		host,
		filters,
		backfillStart: formatNullable(backfillStart),
		start: formatInstant(start),
		frontier: formatNullable(frontier),
		readAt: formatNullable(readAt),
		seen: seen.encode(origin),
		ownRequests: ownRequests.encode(origin),
	};
}

/**
 * Reads a stored checkpoint. It is untrusted input: whatever is not exactly of the known form is refused.
 *
 * @throws ComplianceError `invalid-checkpoint`, with another remedy for a version that is newer than
 *   this code
 */
export function decodeCheckpoint(stored: unknown): Position {
	const fields = upgrade(stored);
	const start = readInstant(fields, 'start');
	const frontier = readNullableInstant(fields, 'frontier');
	const origin = frontier ?? start;
	return {
		host: readFingerprint(fields, 'host'),
		filters: readFingerprint(fields, 'filters'),
		backfillStart: readNullableInstant(fields, 'backfillStart'),
		start,
		frontier,
		readAt: readNullableInstant(fields, 'readAt'),
		seen: readFingerprints(fields, 'seen', origin),
		ownRequests: readFingerprints(fields, 'ownRequests', origin),
	};
}

/** The checkpoint as it was before anything was delivered. */
export function rewindCheckpoint(checkpoint: Checkpoint): Checkpoint {
	return { ...checkpoint, frontier: null, readAt: null, seen: '', ownRequests: '' };
}

/**
 * A checkpoint that also knows the own calls that another one knows, so that the activities they
 * cause are recognised: of those that a sync from the first one may still meet, the newest.
 *
 * @param checkpoint where the next sync starts
 * @throws ComplianceError `invalid-checkpoint`
 */
export function adoptOwnRequests(checkpoint: Checkpoint, other: Checkpoint): Checkpoint {
	const position = decodeCheckpoint(checkpoint);
	const { ownRequests, frontier, start } = position;
	ownRequests.adopt(decodeCheckpoint(other).ownRequests);
	ownRequests.prune(frontier ?? start);
	// What comes from elsewhere may be forged, and must not stay for ever.
	ownRequests.pruneAfter((position.readAt ?? start) + MAX_ADOPTED_AGE_MS);
	ownRequests.shrink(MAX_OWN_REQUESTS);
	return encodeCheckpoint(position);
}

/**
 * Reads the text of a stored checkpoint.
 *
 * @returns the checkpoint, checked
 * @throws ComplianceError `invalid-checkpoint`
 */
export function parseCheckpoint(text: string): Checkpoint {
	if (text.length > MAX_CHECKPOINT_LENGTH) throw invalid('it is too large');
	let stored: unknown;
	try {
		stored = JSON.parse(text);
	} catch {
		throw invalid('it is not JSON');
	}
	return encodeCheckpoint(decodeCheckpoint(stored));
}

type Fields = Record<string, unknown>;

/**
 * How a checkpoint of an older version becomes one of the next: the key is the version it starts
 * from. Version 1 is the first, so there is none yet.
 */
const upgrades = new Map<unknown, (fields: Fields) => Fields>();

function upgrade(stored: unknown): Fields {
	if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) {
		throw invalid('it is no JSON object');
	}
	let fields = stored as Fields;
	if (typeof fields.version === 'number' && fields.version > CHECKPOINT_VERSION) {
		throw new ComplianceError(
			'invalid-checkpoint',
			`The checkpoint has format version ${fields.version}; this version of the package knows ${CHECKPOINT_VERSION} at most.`,
			{
				remedy:
					'It was written by a newer release: use that release again. Nothing has been changed.',
			},
		);
	}
	while (fields.version !== CHECKPOINT_VERSION) {
		const step = upgrades.get(fields.version);
		if (!step) throw invalid('its format version is unknown');
		fields = step(fields);
	}
	return fields;
}

function readInstant(fields: Fields, name: string): number {
	const value = fields[name];
	const instant = typeof value === 'string' ? parseInstant(value) : undefined;
	if (instant === undefined) throw invalid(`its ${name} is no date-time`);
	return instant;
}

function readNullableInstant(fields: Fields, name: string): number | null {
	return fields[name] === null ? null : readInstant(fields, name);
}

function readFingerprint(fields: Fields, name: string): string {
	const value = fields[name];
	if (typeof value !== 'string' || !/^[0-9a-f]{16}$/.test(value)) {
		throw invalid(`its ${name} is no fingerprint`);
	}
	return value;
}

function readFingerprints(fields: Fields, name: string, origin: number): Fingerprints {
	const value = fields[name];
	const set = typeof value === 'string' ? Fingerprints.decode(value, origin) : undefined;
	if (!set) throw invalid(`its ${name} is no list of fingerprints`);
	return set;
}

function formatNullable(instant: number | null): string | null {
	return instant === null ? null : formatInstant(instant);
}

function invalid(reason: string): ComplianceError {
	return new ComplianceError('invalid-checkpoint', `The checkpoint cannot be used: ${reason}.`, {
		remedy:
			'It was damaged or changed by something else. Restore it from a copy, or remove it and set a backfill start to sync again from.',
	});
}
