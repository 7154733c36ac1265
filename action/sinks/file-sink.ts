import { readdir } from 'node:fs/promises';
import { type Format, type FormatName, formats } from '../../core';
import type { Inputs } from '../inputs';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { DayFiles } from './day-files';
import type { Sink } from './sink';
import { UnreadableFile } from './unreadable-file';

/** The name of the lock in a directory that a run writes to. */
export const LOCK = '.compliance-activities.lock';

/** How activities are written. */
export type Writing = Pick<Inputs, 'formats' | 'includeOriginal'>;

/** A directory with activities in day files of one or several formats and, beside them, the unreadable records. */
export class FileSink implements Sink {
	readonly #days: readonly DayFiles[];
	readonly #unreadable: UnreadableFile;

	/**
	 * @param directory absolute path; created when the first record is written
	 * @param writing the formats of the day files
	 */
	constructor(
		readonly directory: string,
		readonly writing: Writing,
	) {
		this.#days = writing.formats.map((name) => dayFilesIn(directory, name, writing));
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

/** Raw lines are the default, so their files have the plain name; others name their format. */
function dayFilesIn(directory: string, name: FormatName, { includeOriginal }: Writing): DayFiles {
	const format: Format = formats[name];
	const ending = name === 'raw' ? '.ndjson' : `.${name}.ndjson`;
	return new DayFiles(
		directory,
		includeOriginal ? (format.withOriginal ?? format) : format,
		ending,
	);
}
