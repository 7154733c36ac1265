import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import { type Checkpoint, UserError, parseCheckpoint, quote, rewindCheckpoint } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import { CheckpointNotSaved, PlainLedger, type StartingPoint } from './ledger';
import {
	CacheFailure,
	type CacheEntry,
	EntryCache,
	obstacleToEntries,
	type Texts,
} from './entry-cache';

/** Where a run stopped, and where it started. */
const CHECKPOINT = 'checkpoint.json';
const START = 'start.json';

/**
 * Keeps the checkpoint in the Actions cache. Its entries cannot be changed, so each run and attempt
 * writes a new one, and restores the newest of its prefix.
 *
 * An entry also holds what its run started from. A re-run starts there again: GitHub drops the
 * artifacts of earlier attempts when all jobs are re-run, so what they delivered is delivered anew.
 */
export class CacheLedger extends PlainLedger {
	readonly #entries = new EntryCache('.compliance-checkpoint-cache', [CHECKPOINT, START]);
	#start: Checkpoint | undefined;

	/**
	 * @param prefix what the keys begin with; must not contain a slash
	 * @param required whether to fail rather than go on when the cache cannot do its part
	 * @param fallback looks elsewhere when the cache has no entry
	 */
	constructor(
		private readonly prefix: string,
		private readonly required: boolean,
		private readonly run: WorkflowRun,
		private readonly fallback: () => Promise<Checkpoint | undefined>,
	) {
		super();
	}

	protected async restore(): Promise<StartingPoint> {
		await this.#examine();
		const { entry, failure } = await this.#find();
		if (entry?.key === this.#key) throw this.#shared();
		if (entry) {
			const isRerun = entry.key.startsWith(this.#keyOfRun);
			this.#start = parseCheckpoint(entry.texts[isRerun ? START : CHECKPOINT] ?? '');
			if (isRerun) await this.#takeBack(this.#start);
			return { status: 'restored', checkpoint: this.#start };
		}
		this.#start = await this.fallback();
		if (this.#start) return { status: 'fallback', checkpoint: this.#start };
		if (failure && this.required) {
			throw new UserError(
				'invalid-checkpoint',
				`The Actions cache could not be read, so it is not known where the last run stopped: ${failure.message}.`,
				{
					remedy:
						'Nothing is lost: run the workflow again when the cache answers. To start again at the backfill start instead, set checkpoint-required to false for one run.',
				},
			);
		}
		return { status: 'initial', checkpoint: undefined };
	}

	protected async save(checkpoint: Checkpoint): Promise<void> {
		const failure = await this.#upload(this.#key, checkpoint);
		if (!failure) return;
		// A cache that cannot say so does not hold it.
		if (await this.#entries.has(this.#key).catch(() => false)) throw this.#shared();
		throw new CheckpointNotSaved(
			`the Actions cache did not take the entry ${this.#key}: ${failure.message}`,
		);
	}

	get #keyOfRun(): string {
		return `${this.prefix}/${this.run.id}-`;
	}

	get #key(): string {
		return `${this.#keyOfRun}${this.run.attempt}`;
	}

	async #upload(key: string, checkpoint: Checkpoint): Promise<CacheFailure | undefined> {
		const texts: Texts = {
			[CHECKPOINT]: JSON.stringify(checkpoint),
			[START]: JSON.stringify(this.#start ?? rewindCheckpoint(checkpoint)),
		};
		try {
			await this.#entries.save(key, texts);
			return undefined;
		} catch (error) {
			if (error instanceof CacheFailure) return error;
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
	}

	/**
	 * What the earlier attempts delivered counts as undelivered from here on: if this attempt fails,
	 * the next run has to deliver it.
	 */
	async #takeBack(start: Checkpoint): Promise<void> {
		actions.info('This is a re-run: starting where its first attempt started.');
		const failure = await this.#upload(`${this.#key}-start`, start);
		if (!failure) return;
		const what = `The Actions cache did not take the entry ${this.#key}-start: ${failure.message}.`;
		const remedy =
			'Should this re-run fail, what its earlier attempts delivered would be missing: run it again when the cache answers.';
		if (this.required) throw new UserError('invalid-checkpoint', what, { remedy });
		actions.warning(`${what} ${remedy}`);
	}

	/** The newest entry; without one, whether that is for a failure of the cache. */
	async #find(): Promise<{ entry?: CacheEntry | undefined; failure?: CacheFailure }> {
		const prefixes = [`${this.prefix}/`];
		if (this.run.attempt > 1) prefixes.unshift(this.#keyOfRun);
		try {
			return { entry: await this.#entries.restore(this.#key, prefixes) };
		} catch (error) {
			if (error instanceof CacheFailure) return { failure: error };
			throw error;
		}
	}

	/** Two that share a prefix would each go on where the other stopped, and lose what lies between. */
	#shared(): UserError {
		return new UserError(
			'invalid-setting',
			`Another step, job or matrix leg of this run keeps its checkpoint under the same cache-key-prefix, ${this.prefix}.`,
			{ remedy: 'Give each a cache-key-prefix of its own, or activities would be missed.' },
		);
	}

	/** Tells before the first request what would keep the checkpoint from being saved or found again. */
	async #examine(): Promise<void> {
		const obstacle = await this.#obstacle();
		if (obstacle && this.required) {
			throw new UserError('invalid-setting', obstacle.what, { remedy: obstacle.remedy });
		}
		if (obstacle) actions.warning(`${obstacle.what} ${obstacle.remedy}`);
		const { branch, defaultBranch } = this.run;
		if (defaultBranch !== undefined && branch !== defaultBranch) {
			actions.warning(
				`This run is on ${quote(branch)}, not on the default branch ${quote(defaultBranch)}. GitHub keeps the caches of branches apart: the checkpoint saved here is not seen by runs on other branches, so they deliver the same activities again.`,
			);
		}
	}

	async #obstacle(): Promise<{ what: string; remedy: string } | undefined> {
		if (!cache.isFeatureAvailable()) {
			return {
				what: 'This runner offers no Actions cache, so the checkpoint cannot be kept there.',
				remedy:
					'On a self-hosted runner set checkpoint to file, with a checkpoint-file that outlives the run.',
			};
		}
		const mode = process.env.ACTIONS_CACHE_MODE?.trim().toLowerCase() ?? '';
		if (['none', 'read', 'write-only'].includes(mode)) {
			return {
				what: `The Actions cache cannot be both read and written in this run (its cache-mode is ${mode}), so no checkpoint can be kept there.`,
				remedy:
					'Run the workflow on a schedule or by hand rather than for pull requests, and set cache-mode to write.',
			};
		}
		return obstacleToEntries();
	}
}
