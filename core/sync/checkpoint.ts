import { UserError } from '../errors';
import { CHECKPOINT_VERSION, upgrade } from './checkpoint-upgrades';
import { Fingerprints } from './fingerprints';
import { formatInstant, type Instant, toInstant } from '../instant';
import type { OrganizationMark } from '../api/organization';
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

/** More ids within one overlap are refused: no checkpoint outgrows what is read back. */
const MAX_SEEN = 3_000_000;
/** So many own requests are remembered at most: those of 20 million activities at full page size. */
export const MAX_OWN_REQUESTS = 4096;
/** Own requests that are adopted were made within a day of the read before them, or a little more. */
const MAX_ADOPTED_AGE_MS = 2 * 24 * 60 * 60_000;
/**
 * A larger text is not read: it cannot be a checkpoint of this package. In characters, which are bytes
 * here.
 */
export const MAX_CHECKPOINT_LENGTH = 64 * 1024 * 1024;

/**
 * What a sync has settled, in the form in which it is stored: plain JSON, described in
 * docs/checkpoint.md. Whoever stores it need not look inside.
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
	readonly checksum: string;
}

/** The same in the form in which a sync works with it. */
export interface CheckpointContents {
	/** Fingerprint of the base URL. The URL itself is not kept, so that no checkpoint can choose a host. */
	readonly host: string;
	/** Whose feed it is. */
	readonly organization: OrganizationMark;
	/** Fingerprint of the filters. */
	readonly filters: string;
	/** The backfill start that was asked for; `null` when it was left to the default. */
	readonly backfillStart: Instant | null;
	/** Where the first sync began. */
	readonly start: Instant;
	/** Where the next sync begins: everything up to here is settled and delivered; `null` until anything is. */
	readonly frontier: Instant | null;
	/** Everything up to here is settled and delivered, by the server's clock; not before the frontier. */
	readonly settled: Instant | null;
	/** Server time of the read that settled this much; `null` where no clock was known. */
	readonly readAt: Instant | null;
	/** The newest `created_at` up to which the feed has been read at least once. */
	readonly reached: Instant | null;
	/** Where reading again goes on what lies between frontier and `reached`, if it was left halfway. */
	readonly rereading: Instant | null;
	/** Ids delivered with a `created_at` that the API may show again to whoever begins at the frontier. */
	readonly seen: Fingerprints;
	/** Own requests whose activities have not come by yet. */
	readonly ownRequests: OwnRequests;
}

/**
 * Puts contents into the form in which it is stored; `decodeCheckpoint` gives the same contents back.
 *
 * @throws UserError `invalid-setting` when the overlap holds more activities than can be kept
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
	});
}

/**
 * Reads a stored checkpoint. It is untrusted input: whatever is not exactly of a known form is refused.
 *
 * @throws UserError `invalid-checkpoint`, with another remedy for a version that is newer than
 *   this code
 */
export function decodeCheckpoint(stored: unknown): CheckpointContents {
	const fields = upgrade(stored);
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
	};
}

/** Adds the checksum. */
function sealed(content: Omit<Checkpoint, 'checksum'>): Checkpoint {
	return { ...content, checksum: checksumOf(content) };
}

/** The checkpoint from before anything was delivered, for any organization. */
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
	});
}

/**
 * A checkpoint that also knows the own requests that another one knows, so that the activities they
 * cause are recognised: of those that a sync from the first one may still meet, the newest.
 *
 * @param checkpoint where the next sync starts
 * @throws UserError `invalid-checkpoint`
 */
export function adoptOwnRequests(checkpoint: Checkpoint, other: Checkpoint): Checkpoint {
	const contents = decodeCheckpoint(checkpoint);
	const { ownRequests, settled, start } = contents;
	ownRequests.adopt(decodeCheckpoint(other).ownRequests);
	ownRequests.prune(settled ?? start);
	// What comes from elsewhere may be forged, and must not stay for ever.
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

function formatNullable(instant: Instant | null): string | null {
	return instant === null ? null : formatInstant(instant);
}
