import {
	type Checkpoint,
	CHECKPOINT_VERSION,
	ComplianceError,
	Fingerprints,
	parseCheckpoint,
	parseInstant,
} from '../core';
import { type Manifest, MAX_FILE_BYTES, sha256 } from './manifest';
import { parseShallow } from './shallow-json';

const VERSION = 2;

const MIB = 1024 * 1024;
/** From here on, a run warns. */
const LARGE_STATE_BYTES = 20 * MIB;

/** Beside the data, and committed with it: that is what makes each activity stand there once. */
export const STATE_FILE = '.checkpoint.json';

export const ATTRIBUTES_FILE = '.gitattributes';
/** Whatever git does with line ends elsewhere, what is hashed here must stay as it is. */
export const ATTRIBUTES = '* -text\n';

/** Where an archive stands. */
export interface State {
	readonly checkpoint: Checkpoint;
	/** The last manifest. */
	readonly manifest: {
		readonly sequence: number;
		readonly sha256: string;
		readonly endedAt: string;
		/** Where its coverage ends. */
		readonly coveredTo: string;
	};
	/** Ids and texts of archived activities that the feed may show again, as fingerprints. */
	readonly contents: string;
}

/** A state that was read. One of an older version has the present form, but for its hashes. */
export interface StoredState extends State {
	/** SHA-256 of what is stored, as the last manifest names it. */
	readonly hashes: {
		/** Of the checkpoint as JSON. */
		readonly checkpoint: string;
		readonly contents: string;
	};
}

/**
 * What a state says otherwise than the manifest that it names; `undefined` when they agree. The two are
 * written together, so nothing of a state can be changed alone without a contradiction.
 */
export function contradictionOf(
	{ manifest: named, hashes }: StoredState,
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

/** What stands for the text of an activity among the fingerprints. */
export function textKey(id: string, json: string): string {
	return `${id}\n${json}`;
}

/** Everything up to here is in the archive. */
export function settledBy({ settled, start }: Checkpoint): string {
	return settled ?? start;
}

/** @throws ComplianceError `invalid-checkpoint` */
export function decodeContents({ contents }: State): Fingerprints {
	const set = Fingerprints.decode(contents);
	if (!set) throw unusableState('cannot be used');
	return set;
}

/**
 * A state as it is stored.
 *
 * @throws ComplianceError `invalid-setting` when the overlap holds more activities than GitHub takes
 */
export function encodeState(state: State): Buffer {
	const text = textOf({ version: VERSION, ...state });
	if (text.length > MAX_FILE_BYTES) {
		throw new ComplianceError(
			'invalid-setting',
			`The archive's ${STATE_FILE} would take ${mebibytes(text.length)}, and GitHub's API takes no more than ${mebibytes(MAX_FILE_BYTES)}: it holds 52 bytes for each activity within the overlap.`,
			{
				remedy:
					'Choose a shorter overlap, or filter what is read. Nothing is lost: the next run reads the same again.',
			},
		);
	}
	return Buffer.from(text);
}

/**
 * What to tell of a state that grows towards the size that is refused.
 *
 * @param size in bytes
 */
export function warningOfSize(size: number): string | undefined {
	if (size <= LARGE_STATE_BYTES) return undefined;
	return `The archive's ${STATE_FILE} takes ${mebibytes(size)}, which each commit adds to the repository; beyond ${mebibytes(MAX_FILE_BYTES)}, no run could commit. It grows with the activities within the overlap: choose a shorter one, or filter what is read.`;
}

type Fields = Readonly<Record<string, unknown>>;

function textOf(fields: Fields): string {
	return `${JSON.stringify(fields, null, '\t')}\n`;
}

/** @throws ComplianceError `invalid-checkpoint` for what this version and those before cannot have written */
export function decodeState(bytes: Buffer): StoredState {
	const stored = fieldsOf(bytes);
	refuseNewer('archive', stored.version, VERSION);
	const { version, checkpoint, manifest, contents } = upgrade(stored);
	const { sequence, sha256: hash, endedAt, coveredTo } = Object(manifest) as Fields;
	if (
		version !== VERSION ||
		!goTogether(stored) ||
		!Number.isSafeInteger(sequence) ||
		typeof hash !== 'string' ||
		!/^[0-9a-f]{64}$/.test(hash) ||
		!isInstant(endedAt) ||
		!isInstant(coveredTo) ||
		typeof contents !== 'string'
	) {
		throw unusableState('cannot be used');
	}
	return {
		checkpoint: decodeCheckpoint(checkpoint),
		manifest: { sequence: sequence as number, sha256: hash, endedAt, coveredTo },
		contents,
		hashes: {
			checkpoint: sha256(JSON.stringify(stored.checkpoint)),
			contents: sha256(String(stored.contents)),
		},
	};
}

/** Whether the bytes of a state that can be read are in the form in which the Action writes one. */
export function isStateAsWritten(bytes: Buffer): boolean {
	const { version, checkpoint, manifest, contents } = fieldsOf(bytes);
	const { sequence, sha256: hash, endedAt, coveredTo } = Object(manifest) as Fields;
	const named = { sequence, sha256: hash, endedAt, coveredTo };
	return bytes.equals(Buffer.from(textOf({ version, checkpoint, manifest: named, contents })));
}

function fieldsOf(bytes: Buffer): Fields {
	try {
		return Object(parseShallow(bytes)) as Fields;
	} catch {
		throw unusableState('cannot be used');
	}
}

/** Whether a release has written a state and a checkpoint of these versions: times have others in version 1. */
function goTogether({ version, checkpoint }: Fields): boolean {
	return (version === 1) === ((Object(checkpoint) as Fields).version === 1);
}

function upgrade(stored: Fields): Fields {
	return stored.version === 1 ? upgradeVersion1(stored) : stored;
}

/** Version 1 left it to the checkpoint where the coverage ends, and counted the time of contents from there. */
function upgradeVersion1({ checkpoint, manifest, contents }: Fields): Fields {
	const { frontier, start } = Object(checkpoint) as Fields;
	const coveredTo = frontier ?? start;
	const origin = isInstant(coveredTo) ? parseInstant(coveredTo) : undefined;
	const set =
		origin !== undefined && typeof contents === 'string'
			? Fingerprints.decodeVersion1(contents, origin)
			: undefined;
	return {
		version: 2,
		checkpoint,
		manifest: { ...Object(manifest), coveredTo },
		contents: set?.encode(),
	};
}

function isInstant(value: unknown): value is string {
	return typeof value === 'string' && parseInstant(value) !== undefined;
}

function decodeCheckpoint(stored: unknown): Checkpoint {
	refuseNewer(
		`checkpoint in the archive's ${STATE_FILE}`,
		(Object(stored) as { version: unknown }).version,
		CHECKPOINT_VERSION,
	);
	try {
		return parseCheckpoint(JSON.stringify(stored) ?? '');
	} catch (error) {
		// What the core advises, to remove it, is no good here.
		throw unusableState(`cannot be used (${(error as ComplianceError).summary})`);
	}
}

function refuseNewer(what: string, version: unknown, known: number): void {
	if (typeof version !== 'number' || version <= known) return;
	throw new ComplianceError(
		'invalid-checkpoint',
		`The ${what} has format version ${version}; this version of the Action knows ${known} at most.`,
		{
			remedy:
				'It was written by a newer release: use that release again. Nothing has been changed.',
		},
	);
}

function mebibytes(bytes: number): string {
	return `${Math.ceil(bytes / MIB)} MiB`;
}

/** @param what for instance `is missing` */
export function unusableState(what: string): ComplianceError {
	return new ComplianceError('invalid-checkpoint', `The archive's ${STATE_FILE} ${what}.`, {
		remedy:
			'It was changed by something else. Restore it from the branch’s history, or begin another archive with another commit-path.',
	});
}
