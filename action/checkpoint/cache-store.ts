import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import { type Checkpoint, ComplianceError, parseCheckpoint, quote } from '../../core';
import { readFileIfAny, replaceFile } from '../durable';
import type { WorkflowRun } from '../workflow-run';
import { CheckpointNotSaved, type CheckpointStore, type Start } from './checkpoint-store';

/**
 * The cache tells entries apart by this very text as well as by key, so it must never depend on the
 * machine: relative to the workspace, and the same for everyone.
 */
const CACHE_PATH = '.compliance-checkpoint';

/**
 * Keeps the checkpoint in the Actions cache. Its entries cannot be changed, so each run and attempt
 * writes a new one, and restores the newest of its prefix.
 *
 * An entry also holds what its run started from. A re-run starts there again: GitHub drops the
 * artifacts of earlier attempts when all jobs are re-run, so what they delivered is delivered anew.
 */
export class CacheStore implements CheckpointStore {
	readonly #checkpointFile: string;
	readonly #startFile: string;
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
		this.#checkpointFile = path.join(run.workspace, CACHE_PATH, 'checkpoint.json');
		this.#startFile = path.join(run.workspace, CACHE_PATH, 'start.json');
	}

	async restore(): Promise<Start> {
		this.#examine();
		// A self-hosted runner may still have the files of some earlier run, perhaps of another workflow.
		await this.#clear();
		const { key, failed } = await this.#download();
		if (key !== undefined) {
			const isRerun = key.startsWith(this.#keyOf(''));
			if (isRerun) actions.info('This is a re-run: starting where its first attempt started.');
			const text = await readFileIfAny(isRerun ? this.#startFile : this.#checkpointFile);
			this.#start = text === undefined ? undefined : parseCheckpoint(text);
			return { status: this.#start ? 'restored' : 'initial', checkpoint: this.#start };
		}
		this.#start = await this.fallback();
		if (this.#start) return { status: 'fallback', checkpoint: this.#start };
		if (failed && this.required) {
			throw new ComplianceError(
				'invalid-checkpoint',
				'The Actions cache could not be read, so it is not known where the last run stopped.',
				{
					remedy:
						'Nothing is lost: run the workflow again when the cache answers. To start again at the backfill start instead, set checkpoint-required to false for one run.',
				},
			);
		}
		return { status: 'initial', checkpoint: undefined };
	}

	async save(checkpoint: Checkpoint): Promise<void> {
		await this.#clear();
		await replaceFile(this.#checkpointFile, JSON.stringify(checkpoint));
		if (this.#start) await replaceFile(this.#startFile, JSON.stringify(this.#start));
		const key = this.#keyOf(this.run.attempt);
		let id: number;
		try {
			id = await cache.saveCache([CACHE_PATH], key);
		} catch (error) {
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
		if (id !== -1) return;
		throw new CheckpointNotSaved(
			`the Actions cache did not take the entry ${key}; it says more above. Either the cache is read-only for this run's trigger, or another step or matrix leg of this run has the same cache-key-prefix, or the cache is out of order`,
		);
	}

	#keyOf(attempt: number | ''): string {
		return `${this.prefix}/${this.run.id}-${attempt}`;
	}

	async #clear(): Promise<void> {
		await rm(path.dirname(this.#checkpointFile), { recursive: true, force: true });
	}

	/** The key of the entry that was found; without one, whether that is for a failure of the cache. */
	async #download(): Promise<{ key: string | undefined; failed: boolean }> {
		const prefixes = [`${this.prefix}/`];
		if (this.run.attempt > 1) prefixes.unshift(this.#keyOf(''));
		// restoreCache answers a miss and a failure alike, but writes a failure to the log.
		const log = process.stdout.write.bind(process.stdout);
		let failed = false;
		process.stdout.write = ((...parts: Parameters<typeof log>) => {
			failed ||= String(parts[0]).includes('Failed to restore');
			return log(...parts);
		}) as typeof log;
		try {
			const key = await cache.restoreCache([CACHE_PATH], this.#keyOf(this.run.attempt), prefixes);
			return { key, failed };
		} finally {
			process.stdout.write = log;
		}
	}

	/** Tells before the first request what would keep the checkpoint from being saved or found again. */
	#examine(): void {
		const obstacle = this.#obstacle();
		if (obstacle && this.required) {
			throw new ComplianceError('invalid-setting', obstacle.what, { remedy: obstacle.remedy });
		}
		if (obstacle) actions.warning(`${obstacle.what} ${obstacle.remedy}`);
		const { branch, defaultBranch } = this.run;
		if (defaultBranch !== undefined && branch !== defaultBranch) {
			actions.warning(
				`This run is on ${quote(branch)}, not on the default branch ${quote(defaultBranch)}. GitHub keeps the caches of branches apart: the checkpoint saved here is not seen by runs on other branches, so they deliver the same activities again.`,
			);
		}
	}

	#obstacle(): { what: string; remedy: string } | undefined {
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
		return undefined;
	}
}
