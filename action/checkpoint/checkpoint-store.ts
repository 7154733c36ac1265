import type { Checkpoint } from '../../core';

/** Where a run starts from. */
export interface Start {
	/**
	 * `restored`: from the last run's checkpoint; `fallback`: from the one in the newest artifact;
	 * `initial`: from the backfill start.
	 */
	readonly status: 'restored' | 'fallback' | 'initial';
	/** `undefined` when `initial`. */
	readonly checkpoint: Checkpoint | undefined;
}

/** Where the checkpoint lives between runs. */
export interface CheckpointStore {
	/** @throws ComplianceError when there is a checkpoint, but it cannot be used */
	restore(): Promise<Start>;
	/** @throws CheckpointNotSaved */
	save(checkpoint: Checkpoint): Promise<void>;
}

/** The checkpoint could not be saved; the message says why, as far as that is known. */
export class CheckpointNotSaved extends Error {
	override readonly name = 'CheckpointNotSaved';
}
