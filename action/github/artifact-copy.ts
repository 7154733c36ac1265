import { type Checkpoint, UserError, parseCheckpoint } from '../../core';

/** The file in an artifact that holds a copy of the run's checkpoint. */
export const ARTIFACT_COPY = '.checkpoint.json';

interface ArtifactCopy {
	readonly cacheKeyPrefix: string;
	/** Where the run stopped. */
	readonly checkpoint: Checkpoint;
	/** Where it started, if only the success of its job makes `checkpoint` valid. */
	readonly start?: Checkpoint;
}

/** Encodes the copy for an artifact. */
export function encodeArtifactCopy(copy: ArtifactCopy): string {
	return JSON.stringify(copy);
}

/**
 * Reads the checkpoint from which to continue after the run of an artifact.
 *
 * @param cacheKeyPrefix the prefix of the wanted checkpoint
 * @param succeeded finds out whether every job of that run has succeeded
 * @returns `undefined` when the copy belongs to another job or matrix leg
 * @throws UserError `invalid-checkpoint`
 */
export async function parseArtifactCopy(
	text: string,
	cacheKeyPrefix: string,
	succeeded: () => Promise<boolean>,
): Promise<Checkpoint | undefined> {
	let copy: { [name in keyof ArtifactCopy]?: unknown } | null;
	try {
		copy = JSON.parse(text) as typeof copy;
	} catch {
		throw new UserError(
			'invalid-checkpoint',
			'The copy of the checkpoint in the newest artifact is not JSON.',
			{ remedy: 'Delete that artifact to use the one before it.' },
		);
	}
	if (copy?.cacheKeyPrefix !== cacheKeyPrefix) return undefined;
	const { checkpoint, start } = copy;
	const valid = start === undefined || (await succeeded()) ? checkpoint : start;
	return parseCheckpoint(JSON.stringify(valid ?? null));
}
