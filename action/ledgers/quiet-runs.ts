import * as actions from '@actions/core';
import { adoptOwnRequests, type Checkpoint, UserError, parseCheckpoint, quote } from '../../core';
import { EntryCache } from './entry-cache';
import type { WorkflowRun } from '../github/workflow-run';

/** The name of an entry's only text. */
const FILE = 'checkpoint.json';

/** What an entry holds. */
interface Content {
	/** Which archive the runs added to. */
	readonly archive: string;
	readonly checkpoint: Checkpoint;
}

/**
 * Remembers the calls of runs that had nothing to commit, in the Actions cache. Without it, their
 * own requests would look like news to the next run, which would commit for them. It is a help and no
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
		private readonly entries: Pick<EntryCache, 'restore' | 'save'> = new EntryCache(
			'.compliance-quiet-runs-cache',
			[FILE],
		),
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
		// Who asks for nothing, as where own requests are left out, needs nothing.
		if (!this.#recalled) return;
		const content: Content = {
			archive: this.archive,
			// The next run begins where the archive ends, as this one did, not where this one has got to.
			checkpoint: adoptOwnRequests(this.#recalled, checkpoint),
		};
		try {
			await this.entries.save(this.#key, { [FILE]: JSON.stringify(content) });
		} catch (error) {
			actions.info(
				`The Actions cache did not take this run's calls: ${quote((error as Error).message)}`,
			);
		}
	}

	/** What the last quiet run of this archive left; `undefined` when nothing is known of any. */
	async #last(): Promise<Checkpoint | undefined> {
		try {
			const text = (await this.entries.restore(this.#key, [this.#keys]))?.texts[FILE];
			if (!text) return undefined;
			const { archive, checkpoint } = Object(JSON.parse(text)) as Partial<Content>;
			if (archive !== this.archive) return undefined;
			return parseCheckpoint(JSON.stringify(checkpoint ?? null));
		} catch (error) {
			// What to do about a checkpoint that cannot be used is nothing here: the archive has its own.
			const { message } = error as Error;
			const reason = error instanceof UserError ? error.summary : message;
			actions.info(`The calls of quiet runs are not known: ${quote(reason)}`);
			return undefined;
		}
	}

	/** Apart from those under which a checkpoint is kept, so that nobody takes one for the other. */
	get #key(): string {
		return `${this.#keys}${this.run.id}-${this.run.attempt}`;
	}

	get #keys(): string {
		return `${this.prefix}/quiet-`;
	}
}
