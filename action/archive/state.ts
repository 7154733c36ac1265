import {
	type Checkpoint,
	ComplianceError,
	Fingerprints,
	parseCheckpoint,
	parseInstant,
} from '../../core';

const VERSION = 1;

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
	};
	/** Ids and texts of archived activities that the feed may show again, as fingerprints. */
	readonly contents: string;
}

/** What stands for the text of an activity among the fingerprints. */
export function textKey(id: string, json: string): string {
	return `${id}\n${json}`;
}

/** Everything up to here is in the archive. */
export function settledBy({ frontier, start }: Checkpoint): string {
	return frontier ?? start;
}

/** @throws ComplianceError `invalid-checkpoint` */
export function decodeContents({ checkpoint, contents }: State): Fingerprints {
	const set = Fingerprints.decode(contents, parseInstant(settledBy(checkpoint)) ?? 0);
	if (!set) throw unusableState('cannot be used');
	return set;
}

/** A state as it is stored. */
export function encodeState(state: State): Buffer {
	return Buffer.from(`${JSON.stringify({ version: VERSION, ...state }, null, '\t')}\n`);
}

/** @throws ComplianceError `invalid-checkpoint` for what this version cannot have written */
export function decodeState(bytes: Buffer): State {
	let fields: Record<string, unknown>;
	try {
		fields = Object(JSON.parse(bytes.toString())) as Record<string, unknown>;
	} catch {
		throw unusableState('cannot be used');
	}
	const { version, checkpoint, manifest, contents } = fields;
	if (typeof version === 'number' && version > VERSION) {
		throw new ComplianceError(
			'invalid-checkpoint',
			`The archive has format version ${version}; this version of the Action knows ${VERSION} at most.`,
			{ remedy: 'It was written by a newer release: use that release again.' },
		);
	}
	const { sequence, sha256: hash, endedAt } = (manifest ?? {}) as Record<string, unknown>;
	if (
		version !== VERSION ||
		!Number.isSafeInteger(sequence) ||
		typeof hash !== 'string' ||
		!/^[0-9a-f]{64}$/.test(hash) ||
		typeof endedAt !== 'string' ||
		parseInstant(endedAt) === undefined ||
		typeof contents !== 'string'
	) {
		throw unusableState('cannot be used');
	}
	return {
		checkpoint: decodeCheckpoint(checkpoint),
		manifest: { sequence: sequence as number, sha256: hash, endedAt },
		contents,
	};
}

function decodeCheckpoint(stored: unknown): Checkpoint {
	try {
		return parseCheckpoint(JSON.stringify(stored) ?? '');
	} catch (error) {
		// What the core advises, to remove it, is no good here.
		throw unusableState(`cannot be used (${(error as ComplianceError).summary})`);
	}
}

/** @param what for instance `is missing` */
export function unusableState(what: string): ComplianceError {
	return new ComplianceError('invalid-checkpoint', `The archive's ${STATE_FILE} ${what}.`, {
		remedy:
			'It was changed by something else. Restore it from the branch’s history, or begin another archive with another commit-path.',
	});
}
