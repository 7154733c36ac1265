import { type Checkpoint, UserError, parseCheckpoint } from '../../core';

/** The file in an artifact that holds a copy of the run's checkpoint. */
export const ARTIFACT_COPY = '.checkpoint.json';

/** Encodes a checkpoint for an artifact. */
export function encodeArtifactCopy(cacheKeyPrefix: string, checkpoint: Checkpoint): string {
	return JSON.stringify({ cacheKeyPrefix, checkpoint });
}

/**
 * Reads the copy from an artifact.
 *
 * @param cacheKeyPrefix the prefix of the wanted checkpoint
 * @returns `undefined` when the copy belongs to another job or matrix leg
 * @throws UserError `invalid-checkpoint`
 */
export function parseArtifactCopy(text: string, cacheKeyPrefix: string): Checkpoint | undefined {
	let copy: { cacheKeyPrefix?: unknown; checkpoint?: unknown } | null;
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
	return parseCheckpoint(JSON.stringify(copy.checkpoint ?? null));
}
