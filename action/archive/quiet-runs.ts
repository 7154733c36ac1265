import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import { adoptOwnRequests, type Checkpoint, parseCheckpoint, quote } from '../../core';
import { readFileIfAny, replaceFile } from '../durable';
import type { WorkflowRun } from '../workflow-run';

/** Part of what the cache tells entries apart by, so it must be the same on every machine. */
const CACHE_PATH = '.compliance-quiet-runs-cache';

/**
 * Remembers the calls of runs that had nothing to commit, in the Actions cache. Without it, their
 * own reads would look like news to the next run, which would commit for them. It is a help and no
 * more: what it says never decides what the archive holds.
 */
export class QuietRuns {
	readonly #file: string;

	constructor(
		private readonly prefix: string,
		private readonly run: WorkflowRun,
	) {
		this.#file = path.join(run.workspace, CACHE_PATH, 'checkpoint.json');
	}

	/** The archive's checkpoint, with the calls of the quiet runs since. */
	async recall(checkpoint: Checkpoint): Promise<Checkpoint> {
		try {
			const found = await cache.restoreCache([CACHE_PATH], this.#key, [`${this.prefix}/`]);
			const text = found && (await readFileIfAny(this.#file));
			return text ? adoptOwnRequests(checkpoint, parseCheckpoint(text)) : checkpoint;
		} catch (error) {
			actions.info(`The calls of quiet runs are not known: ${quote((error as Error).message)}`);
			return checkpoint;
		} finally {
			await this.#clear();
		}
	}

	/** Remembers the calls of this run. */
	async remember(checkpoint: Checkpoint): Promise<void> {
		try {
			await replaceFile(this.#file, JSON.stringify(checkpoint));
			await cache.saveCache([CACHE_PATH], this.#key);
		} catch (error) {
			actions.info(
				`The Actions cache did not take this run's calls: ${quote((error as Error).message)}`,
			);
		} finally {
			await this.#clear();
		}
	}

	get #key(): string {
		return `${this.prefix}/${this.run.id}-${this.run.attempt}`;
	}

	async #clear(): Promise<void> {
		await rm(path.dirname(this.#file), { recursive: true, force: true });
	}
}
