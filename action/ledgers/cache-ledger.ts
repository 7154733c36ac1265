import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import { type Checkpoint, UserError, parseCheckpoint, quote, rewindCheckpoint } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import type { JobEnd } from '../job-end';
import { CheckpointEntries, type CheckpointEntry } from './checkpoint-entries';
import { CacheFailure, obstacleToEntries } from './entry-cache';
import { PlainLedger, type StartingPoint } from './ledger';
import { sharedPlace } from './place';
import type { Saving } from './saving';

/**
 * Keeps the checkpoint in the Actions cache. A run restores the newest entry of its prefix.
 *
 * An entry also holds the checkpoint from which its run started. A re-run starts there again: when
 * all jobs are re-run, GitHub drops the artifacts of earlier attempts, so the re-run delivers their
 * activities again.
 */
export class CacheLedger extends PlainLedger {
	readonly #entries: CheckpointEntries;
	#start: Checkpoint | undefined;

	/**
	 * @param prefix what the keys begin with; must not contain a slash
	 * @param required whether the run fails when the cache fails
	 * @param jobEnd as in `PlainLedger`
	 * @param fallback finds a checkpoint elsewhere when the cache has no entry
	 */
	constructor(
		private readonly prefix: string,
		private readonly required: boolean,
		private readonly workflowRun: WorkflowRun,
		jobEnd: JobEnd | undefined,
		private readonly fallback: () => Promise<Checkpoint | undefined>,
	) {
		super(workflowRun, { place: 'cache', prefix }, jobEnd);
		this.#entries = new CheckpointEntries(prefix, workflowRun);
	}

	protected async restore(): Promise<StartingPoint> {
		await this.#examine();
		const { entry, failure } = await this.#find();
		// If two share a prefix, each continues where the other stopped, and loses what is in between.
		if (entry?.isOwn) throw sharedPlace({ place: 'cache', prefix: this.prefix });
		if (entry) {
			this.#start = parseCheckpoint(entry.isOfRun ? entry.start : entry.checkpoint);
			if (entry.isOfRun) await this.#takeBack(this.#start);
			return { status: 'restored', checkpoint: this.#start };
		}
		this.#start = await this.fallback();
		if (this.#start) return { status: 'fallback', checkpoint: this.#start };
		if (failure && this.required) {
			throw new UserError(
				'invalid-checkpoint',
				`The Actions cache could not be read, so this run does not know where the last run stopped: ${failure.message}.`,
				{
					remedy:
						'Nothing is lost: run the workflow again when the cache works. To start at the backfill start instead, set checkpoint-required to false for one run.',
				},
			);
		}
		return { status: 'initial', checkpoint: undefined };
	}

	protected saving(checkpoint: Checkpoint): Saving {
		const start = this.#start ?? rewindCheckpoint(checkpoint);
		return { place: 'cache', prefix: this.prefix, checkpoint, start };
	}

	/**
	 * From here on, the activities of earlier attempts count as undelivered: if this attempt fails, the
	 * next run has to deliver them.
	 */
	async #takeBack(start: Checkpoint): Promise<void> {
		actions.info('This is a re-run: it starts where the first attempt started.');
		const key = `${this.#entries.key}-start`;
		const failure = await this.#entries.upload(key, start, start);
		if (!failure) return;
		const what = `The Actions cache did not store the entry ${key}: ${failure.message}.`;
		const remedy =
			'If this re-run fails, the activities of its earlier attempts would be missing: run it again when the cache works.';
		if (this.required) throw new UserError('invalid-checkpoint', what, { remedy });
		actions.warning(`${what} ${remedy}`);
	}

	/** The newest entry, or the cache's failure. Both are missing when there is no entry. */
	async #find(): Promise<{ entry?: CheckpointEntry | undefined; failure?: CacheFailure }> {
		try {
			return { entry: await this.#entries.find() };
		} catch (error) {
			if (error instanceof CacheFailure) return { failure: error };
			throw error;
		}
	}

	/** Reports, before the first request, why the checkpoint could not be saved or found again. */
	async #examine(): Promise<void> {
		const obstacle = await this.#obstacle();
		if (obstacle && this.required) {
			throw new UserError('invalid-setting', obstacle.what, { remedy: obstacle.remedy });
		}
		if (obstacle) actions.warning(`${obstacle.what} ${obstacle.remedy}`);
		const { branch, defaultBranch } = this.workflowRun;
		if (defaultBranch !== undefined && branch !== defaultBranch) {
			actions.warning(
				`This run is on ${quote(branch)}, not on the default branch ${quote(defaultBranch)}. GitHub keeps the caches of branches apart: runs on other branches do not find the checkpoint of this run, so they deliver the same activities again.`,
			);
		}
	}

	async #obstacle(): Promise<{ what: string; remedy: string } | undefined> {
		if (!cache.isFeatureAvailable()) {
			return {
				what: 'This runner offers no Actions cache, so it cannot keep the checkpoint there.',
				remedy:
					'On a self-hosted runner, set checkpoint to file, with a checkpoint-file that outlives the run.',
			};
		}
		const mode = process.env.ACTIONS_CACHE_MODE?.trim().toLowerCase() ?? '';
		if (['none', 'read', 'write-only'].includes(mode)) {
			return {
				what: `This run may not both read and write the Actions cache (its cache-mode is ${mode}), so it cannot keep the checkpoint there.`,
				remedy:
					'Run the workflow on a schedule or by hand, not for pull requests, and set cache-mode to write.',
			};
		}
		return obstacleToEntries();
	}
}
