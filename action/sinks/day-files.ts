import path from 'node:path';
import { type Activity, DAY_MS, dayNumber, type Format, utcDay } from '../../core';
import { type LineFormat, NdjsonFile } from './ndjson-file';

/** So few that their lines are still in the cache of the processor when they are written. */
const AT_ONCE = 500;

/**
 * Activities as NDJSON, in one file per UTC day of `created_at` below a directory: `YYYY/MM/DD.ndjson`, or
 * another ending.
 *
 * An existing file is appended to. An activity that it already holds is not written again, and a line
 * that a killed run left incomplete is removed. So the files have no repeats, whatever the checkpoint
 * says.
 */
export class DayFiles {
	readonly #files = new Set<string>();
	#open: { readonly day: number; readonly file: NdjsonFile } | undefined;

	readonly #lines: LineFormat;

	/**
	 * @param directory absolute path; created when the first activity is written
	 * @param format the format of the lines
	 * @param ending how the name of each file ends
	 */
	constructor(
		private readonly directory: string,
		private readonly format: Format,
		private readonly ending: string,
	) {
		const { idOf, isBegun } = format;
		this.#lines = { name: 'an activity', idOf, isBegun };
	}

	/** Absolute paths of the files that were written to. */
	get files(): readonly string[] {
		return [...this.#files];
	}

	/** Appends activities. They are durable only after `close`. */
	async write(activities: readonly Activity[]): Promise<void> {
		for (let from = 0, to = 0; from < activities.length; from = to) {
			const day = dayOf(activities[from]);
			while (to < activities.length && dayOf(activities[to]) === day) to++;
			const file = await this.#fileOf(day);
			const ofDay = activities.slice(from, to);
			const { known } = file;
			const fresh = known.size === 0 ? ofDay : ofDay.filter(({ id }) => !known.has(id));
			file.append(this.#linesOf(fresh));
		}
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		await this.#open?.file.close();
		this.#open = undefined;
	}

	*#linesOf(activities: readonly Activity[]): Generator<Buffer, void, undefined> {
		for (let first = 0; first < activities.length; first += AT_ONCE) {
			yield this.format.encode(activities.slice(first, first + AT_ONCE));
		}
	}

	/** The feed is ordered by time, so one open file is enough. */
	async #fileOf(day: number): Promise<NdjsonFile> {
		if (this.#open?.day === day) return this.#open.file;
		await this.close();
		const name = `${utcDay(day * DAY_MS).replaceAll('-', path.sep)}${this.ending}`;
		const file = await NdjsonFile.open(this.directory, name, this.#lines);
		this.#files.add(path.join(this.directory, name));
		this.#open = { day, file };
		return file;
	}
}

function dayOf(activity: Activity | undefined): number {
	return dayNumber(activity?.createdAt ?? 0);
}
