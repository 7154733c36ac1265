import { UserError, quote } from '../../core';

/** Where a checkpoint is kept, other than in an archive. */
export type CheckpointPlace = CachePlace | FilePlace;

export interface CachePlace {
	readonly place: 'cache';
	/** What the cache's keys begin with. */
	readonly prefix: string;
}

export interface FilePlace {
	readonly place: 'file';
	/** Absolute path. */
	readonly file: string;
}

/** The error for two that share a place: each continues where the other stopped, and loses what is in between. */
export function sharedPlace(place: CheckpointPlace): UserError {
	const [what, input] =
		place.place === 'cache'
			? [`under the same cache-key-prefix, ${place.prefix}`, 'cache-key-prefix']
			: [`in the same checkpoint-file, ${quote(place.file)}`, 'checkpoint-file'];
	return new UserError(
		'invalid-setting',
		`Another step, job or matrix leg of this run keeps its checkpoint ${what}.`,
		{ remedy: `Give each its own ${input}; otherwise activities would be missed.` },
	);
}
