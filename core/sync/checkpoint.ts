import { UserError } from '../errors';
import { CHECKPOINT_VERSION, migrate } from './checkpoint-migrations';
import { Fingerprints } from './fingerprints';
import { formatInstant, type Instant, toInstant } from '../instant';
import type { OrganizationMark } from '../api/organization';
import { Counters } from '../watches/counters';
import { OwnRequests } from './own-requests';
import {
	checksumOf,
	invalid,
	readFingerprint,
	readFingerprints,
	readInstant,
	readNullableInstant,
	readOrganization,
	requireWhole,
} from './stored-fields';

/** The most ids within one overlap, so that no checkpoint is too large to be read back. */
const MAX_SEEN = 3_000_000;
/** The most own requests in a checkpoint: those of 20 million activities at full page size. */
export const MAX_OWN_REQUESTS = 4096;
/** How long after the previous read an adopted own request may be: a day, or a little more. */
const MAX_ADOPTED_AGE_MS = 2 * 24 * 60 * 60_000;
/**
 * A larger text cannot be a checkpoint of this package, so it is not read. In characters, which are
 * bytes here.
 */
export const MAX_CHECKPOINT_LENGTH = 64 * 1024 * 1024;
/** The most characters of the checkpoints where a run stopped and where it started, with little else. */
export const MAX_PAIR_LENGTH = 2 * MAX_CHECKPOINT_LENGTH + 65_536;

/**
 * The result of a sync in its stored form: plain JSON, described in docs/checkpoint.md. Code that
 * stores it need not know its contents.
 */
export interface Checkpoint {
	readonly version: typeof CHECKPOINT_VERSION;
	readonly host: string;
	readonly organization: OrganizationMark;
	readonly filters: string;
	readonly backfillStart: string | null;
	readonly start: string;
	readonly frontier: string | null;
	readonly settled: string | null;
	readonly readAt: string | null;
	readonly reached: string | null;
	readonly rereading: string | null;
	readonly seen: string;
	readonly ownRequests: string;
	readonly ownKey: string | null;
	readonly counters: string;
	readonly checksum: string;
}

/** The same in the form that a sync works with. */
export interface CheckpointContents {
	/** Fingerprint of the base URL. The URL itself is not kept, so that no checkpoint can choose a host. */
	readonly host: string;
	/** The organization of the feed. */
	readonly organization: OrganizationMark;
	/** Fingerprint of the filters. */
	readonly filters: string;
	/** The backfill start from the user; `null` for the default. */
	readonly backfillStart: Instant | null;
	/** Where the first sync began. */
	readonly start: Instant;
	/** Where the next sync begins. Everything up to here is settled and delivered; `null` while nothing is. */
	readonly frontier: Instant | null;
	/** Everything up to here is settled and delivered, by the server's clock; not before the frontier. */
	readonly settled: Instant | null;
	/** Server time of the read that settled this much; `null` if no clock was known. */
	readonly readAt: Instant | null;
	/** The newest `created_at` up to which the feed has been read at least once. */
	readonly reached: Instant | null;
	/**
	 * Where to continue reading the overlap again, between frontier and `reached`, if a sync stopped
	 * halfway.
	 */
	readonly rereading: Instant | null;
	/** Delivered ids whose activities the API may show again to a sync that begins at the frontier. */
	readonly seen: Fingerprints;
	/** Own requests whose activities have not appeared yet. */
	readonly ownRequests: OwnRequests;
	/** What the watches with thresholds remember. */
	readonly counters: Counters;
}

/**
 * Converts contents to the stored form. `decodeCheckpoint` returns the same contents.
 *
 * @throws UserError `invalid-setting` if the overlap holds more activities than a checkpoint can
 */
export function encodeCheckpoint(contents: CheckpointContents): Checkpoint {
	const { host, organization, filters, seen, ownRequests } = contents;
	if (seen.size > MAX_SEEN) {
		throw new UserError(
			'invalid-setting',
			`More than ${MAX_SEEN} activities lie within the overlap.`,
			{ remedy: 'Choose a shorter overlap, or filter what is read.' },
		);
	}
	return sealed({
		version: CHECKPOINT_VERSION,
		host,
		organization,
		filters,
		backfillStart: formatNullable(contents.backfillStart),
		start: formatInstant(contents.start),
		frontier: formatNullable(contents.frontier),
		settled: formatNullable(contents.settled),
		readAt: formatNullable(contents.readAt),
		reached: formatNullable(contents.reached),
		rereading: formatNullable(contents.rereading),
		seen: seen.encode(),
		ownRequests: ownRequests.encode(),
		ownKey: ownRequests.key,
		counters: encodeCounters(contents.counters),
	});
}

/**
 * Reads a stored checkpoint. It is untrusted input, so any text that does not exactly have a known form is refused.
 *
 * @throws UserError `invalid-checkpoint`, with another remedy for a version that is newer than
 *   this code
 */
export function decodeCheckpoint(stored: unknown): CheckpointContents {
	const fields = migrate(stored);
	requireWhole(fields);
	const ownRequests = readFingerprints(fields, 'ownRequests', (text) => OwnRequests.decode(text));
	ownRequests.key = fields.ownKey === null ? null : readFingerprint(fields, 'ownKey');
	return {
		host: readFingerprint(fields, 'host'),
		organization: readOrganization(fields),
		filters: readFingerprint(fields, 'filters'),
		backfillStart: readNullableInstant(fields, 'backfillStart'),
		start: readInstant(fields, 'start'),
		frontier: readNullableInstant(fields, 'frontier'),
		settled: readNullableInstant(fields, 'settled'),
		readAt: readNullableInstant(fields, 'readAt'),
		reached: readNullableInstant(fields, 'reached'),
		rereading: readNullableInstant(fields, 'rereading'),
		seen: readFingerprints(fields, 'seen', (text) => Fingerprints.decode(text)),
		ownRequests,
		counters: decodeCounters(fields.counters),
	};
}

/** Adds the checksum. */
function sealed(content: Omit<Checkpoint, 'checksum'>): Checkpoint {
	return { ...content, checksum: checksumOf(content) };
}

/** The checkpoint before the first delivery, for any organization. */
export function rewindCheckpoint(checkpoint: Checkpoint): Checkpoint {
	const { version, host, filters, backfillStart, start } = checkpoint;
	return sealed({
		version,
		host,
		organization: null,
		filters,
		backfillStart,
		start,
		frontier: null,
		settled: null,
		readAt: null,
		reached: null,
		rereading: null,
		seen: '',
		ownRequests: '',
		ownKey: null,
		counters: '',
	});
}

/**
 * Adds the own requests of another checkpoint to a checkpoint, so that their activities are
 * recognised. It takes only requests whose activities a sync from the first checkpoint may still
 * find, the newest first.
 *
 * @param checkpoint where the next sync starts
 * @throws UserError `invalid-checkpoint`
 */
export function adoptOwnRequests(checkpoint: Checkpoint, other: Checkpoint): Checkpoint {
	const contents = decodeCheckpoint(checkpoint);
	const { ownRequests, settled, start } = contents;
	ownRequests.adopt(decodeCheckpoint(other).ownRequests);
	ownRequests.prune(settled ?? start);
	// The other checkpoint may be forged, and its requests must not stay for ever.
	ownRequests.pruneAfter(
		toInstant((contents.readAt ?? contents.reached ?? start) + MAX_ADOPTED_AGE_MS),
	);
	ownRequests.shrink(MAX_OWN_REQUESTS);
	return encodeCheckpoint(contents);
}

/**
 * Reads the text of a stored checkpoint.
 *
 * @returns the checkpoint, checked
 * @throws UserError `invalid-checkpoint`
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

/** A text, because only a text is the same in every store that sorts the fields of objects. */
function encodeCounters(counters: Counters): string {
	return counters.isEmpty ? '' : JSON.stringify(counters.encode());
}

function decodeCounters(text: unknown): Counters {
	if (text === '') return Counters.NONE;
	let stored: unknown;
	try {
		stored = JSON.parse(text as string);
	} catch {
		throw invalid('its counters are not JSON');
	}
	// The checksum is right, so another version has written them. Counting anew is better than to stop.
	return Counters.decode(stored) ?? Counters.NONE;
}

function formatNullable(instant: Instant | null): string | null {
	return instant === null ? null : formatInstant(instant);
}
