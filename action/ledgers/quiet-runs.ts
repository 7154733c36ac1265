import * as actions from '@actions/core';
import { adoptOwnRequests, type Checkpoint, UserError, parseCheckpoint, quote } from '../../core';
import { EntryCache } from './entry-cache';
import type { WorkflowRun } from '../github/workflow-run';

/** The name of an entry's only text. */
const FILE = 'checkpoint.json';

/** The content of an entry. */
interface Content {
	/** The archive that the runs belong to. */
	readonly archive: string;
	readonly checkpoint: Checkpoint;
}

/**
 * Remembers, in the Actions cache, the own requests of runs that had nothing to commit. Otherwise the
 * next run would take the activities of these requests for new ones, and would commit for them. This
 * only saves commits: it never decides what the archive holds.
 */
export class QuietRuns {
	#recalled: Checkpoint | undefined;

	/**
	 * @param prefix what the keys begin with; must not contain a slash
	 * @param archive identifies the archive
	 */
	constructor(
		private readonly prefix: string,
		private readonly run: WorkflowRun,
		private readonly archive: string,
		private readonly entries: Pick<EntryCache, 'restore' | 'save'> = new EntryCache(
			'.compliance-quiet-runs-cache',
			[FILE],
		),
	) {}

	/** Whether there were any quiet runs. If so, there was an archive. */
	async any(): Promise<boolean> {
		return (await this.#last()) !== undefined;
	}

	/** The archive's checkpoint, with the own requests of the quiet runs since then. */
	async recall(archived: Checkpoint): Promise<Checkpoint> {
		const last = await this.#last();
		this.#recalled = last ? adoptOwnRequests(archived, last) : archived;
		return this.#recalled;
	}

	/** Remembers the own requests of this run and the recalled ones: the next run finds all of them in the feed. */
	async remember(checkpoint: Checkpoint): Promise<void> {
		// A run that leaves out own requests never recalls them, and needs nothing remembered.
		if (!this.#recalled) return;
		const content: Content = {
			archive: this.archive,
			// Like this run, the next one starts where the archive ends, not where this run stopped.
			checkpoint: adoptOwnRequests(this.#recalled, checkpoint),
		};
		try {
			await this.entries.save(this.#key, { [FILE]: JSON.stringify(content) });
		} catch (error) {
			actions.info(
				`The Actions cache did not store this run's own requests: ${quote((error as Error).message)}`,
			);
		}
	}

	/** The checkpoint of this archive's last quiet run; `undefined` when there is none or it cannot be read. */
	async #last(): Promise<Checkpoint | undefined> {
		try {
			const text = (await this.entries.restore(this.#key, [this.#keys]))?.texts[FILE];
			if (!text) return undefined;
			const { archive, checkpoint } = Object(JSON.parse(text)) as Partial<Content>;
			if (archive !== this.archive) return undefined;
			return parseCheckpoint(JSON.stringify(checkpoint ?? null));
		} catch (error) {
			// The remedy of an unusable checkpoint is left out: the archive has its own checkpoint.
			const { message } = error as Error;
			const reason = error instanceof UserError ? error.summary : message;
			actions.info(`The own requests of quiet runs are not known: ${quote(reason)}`);
			return undefined;
		}
	}

	/** Different from the keys of checkpoints, so that neither is taken for the other. */
	get #key(): string {
		return `${this.#keys}${this.run.id}-${this.run.attempt}`;
	}

	get #keys(): string {
		return `${this.prefix}/quiet-`;
	}
}
