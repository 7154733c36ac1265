import { readdir } from 'node:fs/promises';
import { formats } from '../../core';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { DayFiles } from './day-files';
import type { Sink } from './sink';
import { UnreadableFile } from './unreadable-file';

/** The name of the lock in a directory that a run writes to. */
export const LOCK = '.compliance-activities.lock';

/** A directory with activities in day files and, beside them, the unreadable records. */
export class FileSink implements Sink {
	readonly #days: DayFiles;
	readonly #unreadable: UnreadableFile;

	/** @param directory absolute path; created when the first record is written */
	constructor(readonly directory: string) {
		this.#days = new DayFiles(directory, formats.raw);
		this.#unreadable = new UnreadableFile(directory);
	}

	get receipt(): Receipt {
		return { outputs: { directory: this.directory }, facts: [] };
	}

	/** Absolute paths of the files that were written to. */
	get files(): readonly string[] {
		return [...this.#days.files, ...this.#unreadable.files];
	}

	/** Whether the directory holds nothing yet, apart from the lock. */
	async isEmpty(): Promise<boolean> {
		try {
			return (await readdir(this.directory)).every((name) => name === LOCK);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
			throw error;
		}
	}

	async write({ activities, unreadable }: Pick<Delivered, 'activities' | 'unreadable'>) {
		await this.#days.write(activities);
		await this.#unreadable.write(unreadable);
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		try {
			await this.#days.close();
		} finally {
			await this.#unreadable.close();
		}
	}
}
