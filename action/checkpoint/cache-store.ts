import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import {
	type Checkpoint,
	ComplianceError,
	MAX_CHECKPOINT_LENGTH,
	parseCheckpoint,
	quote,
	rewindCheckpoint,
} from '../../core';
import { replaceFile } from '../durable';
import { readPrivate } from '../private-files';
import type { WorkflowRun } from '../workflow-run';
import { CheckpointNotSaved, type CheckpointStore, type Start } from './checkpoint-store';

/**
 * The cache tells entries apart by this very text as well as by key, so it must never depend on the
 * machine: relative to the workspace, and the same for everyone.
 */
const CACHE_PATH = '.compliance-checkpoint-cache';
const CHECKPOINT_FILE = path.join(CACHE_PATH, 'checkpoint.json');
const START_FILE = path.join(CACHE_PATH, 'start.json');

/**
 * Keeps the checkpoint in the Actions cache. Its entries cannot be changed, so each run and attempt
 * writes a new one, and restores the newest of its prefix.
 *
 * An entry also holds what its run started from. A re-run starts there again: GitHub drops the
 * artifacts of earlier attempts when all jobs are re-run, so what they delivered is delivered anew.
 */
export class CacheStore implements CheckpointStore {
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
	) {}

	async restore(): Promise<Start> {
		this.#examine();
		const { key, failed } = await this.#download();
		if (key === this.#key) throw this.#shared();
		if (key !== undefined) {
			const isRerun = key.startsWith(this.#keyOfRun);
			this.#start = await this.#read(key, isRerun ? START_FILE : CHECKPOINT_FILE);
			if (isRerun) await this.#takeBack(this.#start);
			return { status: 'restored', checkpoint: this.#start };
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
		if (await this.#upload(this.#key, checkpoint)) return;
		if ((await this.#find([this.#key], true)) === this.#key) throw this.#shared();
		throw new CheckpointNotSaved(
			`the Actions cache did not take the entry ${this.#key}; it says more above. Either the cache is read-only for this run's trigger, or it is out of order`,
		);
	}

	get #keyOfRun(): string {
		return `${this.prefix}/${this.run.id}-`;
	}

	get #key(): string {
		return `${this.#keyOfRun}${this.run.attempt}`;
	}

	/** @returns whether the cache took the entry */
	async #upload(key: string, checkpoint: Checkpoint): Promise<boolean> {
		const { workspace } = this.run;
		try {
			await this.#clear();
			await replaceFile(workspace, CHECKPOINT_FILE, JSON.stringify(checkpoint));
			const start = this.#start ?? rewindCheckpoint(checkpoint);
			await replaceFile(workspace, START_FILE, JSON.stringify(start));
			return (await cache.saveCache([CACHE_PATH], key)) !== -1;
		} catch (error) {
			throw new CheckpointNotSaved(quote((error as Error).message));
		} finally {
			await this.#clear();
		}
	}

	/**
	 * What the earlier attempts delivered counts as undelivered from here on: if this attempt fails,
	 * the next run has to deliver it.
	 */
	async #takeBack(start: Checkpoint): Promise<void> {
		actions.info('This is a re-run: starting where its first attempt started.');
		if (await this.#upload(`${this.#key}-start`, start)) return;
		const what = `The Actions cache did not take the entry ${this.#key}-start; it says more above.`;
		const remedy =
			'Should this re-run fail, what its earlier attempts delivered would be missing: run it again when the cache answers.';
		if (this.required) throw new ComplianceError('invalid-checkpoint', what, { remedy });
		actions.warning(`${what} ${remedy}`);
	}

	/** What an entry held is whatever somebody has put into it, and need not even be a file. */
	async #read(key: string, file: string): Promise<Checkpoint> {
		let text: string | undefined;
		try {
			text = await readPrivate(this.run.workspace, file, MAX_CHECKPOINT_LENGTH);
		} catch (error) {
			const reason = error instanceof ComplianceError ? error.summary : (error as Error).message;
			throw new ComplianceError(
				'invalid-checkpoint',
				`The checkpoint in the entry ${quote(key)} of the Actions cache cannot be read: ${quote(reason.replace(/\.$/, ''))}.`,
				{
					remedy:
						'Something else wrote that entry: find out what, and delete it under Actions → Caches.',
				},
			);
		}
		return parseCheckpoint(text ?? '');
	}

	async #clear(): Promise<void> {
		await rm(path.join(this.run.workspace, CACHE_PATH), { recursive: true, force: true });
	}

	/** The key of the newest entry; without one, whether that is for a failure of the cache. */
	async #download(): Promise<{ key: string | undefined; failed: boolean }> {
		// A self-hosted runner may still have the files of some earlier run, perhaps of another workflow.
		await this.#clear();
		const prefixes = [`${this.prefix}/`];
		if (this.run.attempt > 1) prefixes.unshift(this.#keyOfRun);
		// restoreCache answers a miss and a failure alike, but writes a failure to the log.
		const log = process.stdout.write.bind(process.stdout);
		let failed = false;
		process.stdout.write = ((...parts: Parameters<typeof log>) => {
			failed ||= String(parts[0]).includes('Failed to restore');
			return log(...parts);
		}) as typeof log;
		try {
			return { key: await this.#find([this.#key, ...prefixes]), failed };
		} finally {
			process.stdout.write = log;
		}
	}

	async #find([key = '', ...prefixes]: string[], lookupOnly = false): Promise<string | undefined> {
		return cache.restoreCache([CACHE_PATH], key, prefixes, { lookupOnly });
	}

	/** Two that share a prefix would each go on where the other stopped, and lose what lies between. */
	#shared(): ComplianceError {
		return new ComplianceError(
			'invalid-setting',
			`Another step, job or matrix leg of this run keeps its checkpoint under the same cache-key-prefix, ${this.prefix}.`,
			{ remedy: 'Give each a cache-key-prefix of its own, or activities would be missed.' },
		);
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
