import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as cache from '@actions/cache';
import * as actions from '@actions/core';
import {
	adoptOwnRequests,
	type Checkpoint,
	ComplianceError,
	MAX_CHECKPOINT_LENGTH,
	parseCheckpoint,
	quote,
} from '../../core';
import { replaceFile } from '../durable';
import { readPrivate } from '../private-files';
import type { WorkflowRun } from '../workflow-run';

/** Part of what the cache tells entries apart by, so it must be the same on every machine. */
const CACHE_PATH = '.compliance-quiet-runs-cache';
const FILE = path.join(CACHE_PATH, 'checkpoint.json');

/** What quiet runs need of the Actions cache. */
export type EntryCache = Pick<typeof cache, 'restoreCache' | 'saveCache'>;

/** What an entry holds. */
interface Entry {
	/** Which archive the runs added to. */
	readonly archive: string;
	readonly checkpoint: Checkpoint;
}

/**
 * Remembers the calls of runs that had nothing to commit, in the Actions cache. Without it, their
 * own reads would look like news to the next run, which would commit for them. It is a help and no
 * more: what it says never decides what the archive holds.
 */
export class QuietRuns {
	#recalled: Checkpoint | undefined;

	/**
	 * @param prefix what the keys begin with; must not contain a slash
	 * @param archive what tells the archive from others
	 */
	constructor(
		private readonly prefix: string,
		private readonly run: WorkflowRun,
		private readonly archive: string,
		private readonly entries: EntryCache = cache,
	) {}

	/** Whether there were any: if so, there was an archive. */
	async any(): Promise<boolean> {
		return (await this.#last()) !== undefined;
	}

	/** The archive's checkpoint, with the calls of the quiet runs since. */
	async recall(archived: Checkpoint): Promise<Checkpoint> {
		const last = await this.#last();
		this.#recalled = last ? adoptOwnRequests(archived, last) : archived;
		return this.#recalled;
	}

	/** Remembers the calls of this run, and those recalled: the next one meets them all once more. */
	async remember(checkpoint: Checkpoint): Promise<void> {
		// Who asks for nothing, as where own calls are left out, needs nothing.
		if (!this.#recalled) return;
		const entry: Entry = {
			archive: this.archive,
			// The next run begins where the archive ends, as this one did, not where this one has got to.
			checkpoint: adoptOwnRequests(this.#recalled, checkpoint),
		};
		try {
			await replaceFile(this.run.workspace, FILE, JSON.stringify(entry));
			await this.entries.saveCache([CACHE_PATH], this.#key);
		} catch (error) {
			actions.info(
				`The Actions cache did not take this run's calls: ${quote((error as Error).message)}`,
			);
		} finally {
			await this.#clear();
		}
	}

	/** What the last quiet run of this archive left; `undefined` when nothing is known of any. */
	async #last(): Promise<Checkpoint | undefined> {
		try {
			const found = await this.entries.restoreCache([CACHE_PATH], this.#key, [`${this.prefix}/`]);
			const text = found && (await readPrivate(this.run.workspace, FILE, MAX_CHECKPOINT_LENGTH));
			if (!text) return undefined;
			const { archive, checkpoint } = Object(JSON.parse(text)) as Partial<Entry>;
			if (archive !== this.archive) return undefined;
			return parseCheckpoint(JSON.stringify(checkpoint ?? null));
		} catch (error) {
			// What to do about a checkpoint that cannot be used is nothing here: the archive has its own.
			const { message } = error as Error;
			const reason = error instanceof ComplianceError ? error.summary : message;
			actions.info(`The calls of quiet runs are not known: ${quote(reason)}`);
			return undefined;
		} finally {
			await this.#clear();
		}
	}

	get #key(): string {
		return `${this.prefix}/${this.run.id}-${this.run.attempt}`;
	}

	async #clear(): Promise<void> {
		await rm(path.join(this.run.workspace, CACHE_PATH), { recursive: true, force: true });
	}
}
