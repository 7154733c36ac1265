import { readdir } from 'node:fs/promises';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { DayFiles } from './day-files';
import type { FileFormat } from './file-formats';
import type { Sink } from './sink';
import { UnreadableFile } from './unreadable-file';

/** The name of the lock in a directory that a run writes to. */
export const LOCK = '.compliance-activities.lock';

/** A directory with activities in day files of one or several formats and, beside them, the unreadable records. */
export class FileSink implements Sink {
	readonly #days: readonly DayFiles[];
	readonly #unreadable: UnreadableFile;

	/**
	 * @param directory absolute path; created when the first record is written
	 * @param formats of the day files
	 */
	constructor(
		readonly directory: string,
		readonly formats: readonly FileFormat[],
	) {
		this.#days = formats.map(({ format, ending }) => new DayFiles(directory, format, ending));
		this.#unreadable = new UnreadableFile(directory);
	}

	get receipt(): Receipt {
		return { outputs: { directory: this.directory }, facts: [] };
	}

	/** Absolute paths of the files that were written to. */
	get files(): readonly string[] {
		return [...this.#days.flatMap(({ files }) => files), ...this.#unreadable.files];
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
		for (const days of this.#days) await days.write(activities);
		await this.#unreadable.write(unreadable);
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		const files = [...this.#days, this.#unreadable];
		const results = await Promise.allSettled(files.map((file) => file.close()));
		for (const result of results) if (result.status === 'rejected') throw result.reason;
	}
}
