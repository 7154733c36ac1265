import { type Checkpoint, UserError, parseCheckpoint } from '../../core';

/** The file in an artifact that holds a copy of the checkpoint that its activities lead to. */
export const ARTIFACT_COPY = '.checkpoint.json';

/** Puts a copy into the form in which an artifact carries it. */
export function encodeArtifactCopy(cacheKeyPrefix: string, checkpoint: Checkpoint): string {
	return JSON.stringify({ cacheKeyPrefix, checkpoint });
}

/**
 * Reads a copy.
 *
 * @param cacheKeyPrefix whose checkpoint is wanted
 * @returns `undefined` when the copy is another job's or matrix leg's: it says nothing about this one
 * @throws UserError `invalid-checkpoint`
 */
export function parseArtifactCopy(text: string, cacheKeyPrefix: string): Checkpoint | undefined {
	let copy: { cacheKeyPrefix?: unknown; checkpoint?: unknown } | null;
	try {
		copy = JSON.parse(text) as typeof copy;
	} catch {
		throw new UserError(
			'invalid-checkpoint',
			'The copy of the checkpoint in the newest artifact is no JSON.',
			{ remedy: 'Delete that artifact to use the one before it.' },
		);
	}
	if (copy?.cacheKeyPrefix !== cacheKeyPrefix) return undefined;
	return parseCheckpoint(JSON.stringify(copy.checkpoint ?? null));
}
