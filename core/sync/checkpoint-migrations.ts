import { UserError } from '../errors';
import { Fingerprints } from './fingerprints';
import { isObject } from '../json/json-value';
import { OwnRequests } from './own-requests';
import {
	checksumOf,
	invalid,
	readFingerprints,
	readInstant,
	readNullableInstant,
	requireWhole,
	type StoredFields,
} from './stored-fields';

/** The version of the format that this code writes. */
export const CHECKPOINT_VERSION = 4;

/** Each migration changes a checkpoint of the version in its key to the next version. */
const migrations = new Map<unknown, (fields: StoredFields) => StoredFields>([
	[1, migrateVersion1],
	[2, migrateVersion2],
	[3, migrateVersion3],
]);

const VERSION_1_FIELDS =
	'backfillStart,filters,frontier,host,ownRequests,readAt,seen,start,version';

/** Version 1 had no checksum. Its ids had milliseconds from the frontier. */
function migrateVersion1(fields: StoredFields): StoredFields {
	if (Object.keys(fields).sort().join() !== VERSION_1_FIELDS)
		throw invalid('its fields are not those of its version');
	const frontier = readNullableInstant(fields, 'frontier');
	const origin = frontier ?? readInstant(fields, 'start');
	const decode = (text: string) => Fingerprints.decodeVersion1(text, origin);
	const content = {
		...fields,
		version: 2,
		settled: fields.frontier,
		reached: null,
		rereading: null,
		seen: readFingerprints(fields, 'seen', decode).encode(),
		ownRequests: readFingerprints(fields, 'ownRequests', decode).encode(),
	};
	return { ...content, checksum: checksumOf(content) };
}

/** Version 2 had no organization, and only the `request-id`s of own requests. */
function migrateVersion2(fields: StoredFields): StoredFields {
	const others = requireWhole(fields);
	const ids = readFingerprints(fields, 'ownRequests', (text) => Fingerprints.decode(text));
	const content = {
		...others,
		version: 3,
		organization: null,
		ownRequests: OwnRequests.fromIds(ids).encode(),
		ownKey: null,
	};
	return { ...content, checksum: checksumOf(content) };
}

/** Version 3 had no counters of watches. */
function migrateVersion3(fields: StoredFields): StoredFields {
	const content = { ...requireWhole(fields), version: 4, counters: '' };
	return { ...content, checksum: checksumOf(content) };
}

/**
 * Migrates the fields of a checkpoint to the present version.
 *
 * @throws UserError `invalid-checkpoint` for an unknown version, or a version newer than this code
 */
export function migrate(stored: unknown): StoredFields {
	if (!isObject(stored)) throw invalid('it is not a JSON object');
	let fields: StoredFields = stored;
	if (typeof fields.version === 'number' && fields.version > CHECKPOINT_VERSION) {
		throw new UserError(
			'invalid-checkpoint',
			`The checkpoint has format version ${fields.version}; this version of the package knows ${CHECKPOINT_VERSION} at most.`,
			{
				remedy: 'Use the newer release that wrote it. The checkpoint is unchanged.',
			},
		);
	}
	while (fields.version !== CHECKPOINT_VERSION) {
		const migration = migrations.get(fields.version);
		if (!migration) throw invalid('its format version is unknown');
		fields = migration(fields);
	}
	return fields;
}
