import type { Batch } from '../core';
import { DayFiles } from './day-files';
import { UnreadableFile } from './unreadable-file';

/** What a directory gets of the feed: activities in day files and, beside them, records that are none. */
export class OutputFiles {
	readonly #days: DayFiles;
	readonly #unreadable: UnreadableFile;

	/** @param directory absolute path; made when the first record is written */
	constructor(readonly directory: string) {
		this.#days = new DayFiles(directory);
		this.#unreadable = new UnreadableFile(directory);
	}

	/** Absolute paths of the files written to. */
	get files(): readonly string[] {
		return [...this.#days.files, ...this.#unreadable.files];
	}

	/** Appends what is new; it is durable only after `close`. */
	async write({ activities, unreadable }: Pick<Batch, 'activities' | 'unreadable'>): Promise<void> {
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
