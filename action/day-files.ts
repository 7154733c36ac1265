import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { type Activity, DAY_MS, dayNumber, utcDay } from '../core';
import { syncDirectory } from './durable';

const NEWLINE = 0x0a;
const BRACE = 0x7b;

/**
 * Activities as NDJSON, one file a UTC day of `created_at`: `YYYY/MM/DD.ndjson` below a directory.
 *
 * A file that is there already is appended to. What it holds counts: an activity is not written
 * twice, even if a run was killed after it had written some, and a line that such a run left
 * unfinished is removed. So the files stay free of repeats whatever the checkpoint says.
 */
export class DayFiles {
	readonly #files = new Set<string>();
	#open: DayFile | undefined;

	/** @param directory absolute path; made when the first activity is written */
	constructor(readonly directory: string) {}

	/** Absolute paths of the files written to. */
	get files(): readonly string[] {
		return [...this.#files];
	}

	/** Appends activities; they are durable only after `close`. */
	async write(activities: readonly Activity[]): Promise<void> {
		for (let from = 0, to = 0; from < activities.length; from = to) {
			const day = dayOf(activities[from]);
			while (to < activities.length && dayOf(activities[to]) === day) to++;
			const file = await this.#fileOf(day);
			await file.append(activities.slice(from, to));
		}
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		await this.#open?.close();
		this.#open = undefined;
	}

	/** The feed is in order of time, so one open file is enough. */
	async #fileOf(day: number): Promise<DayFile> {
		if (this.#open?.day === day) return this.#open;
		await this.close();
		const name = `${utcDay(day * DAY_MS).replaceAll('-', path.sep)}.ndjson`;
		const file = path.join(this.directory, name);
		this.#files.add(file);
		this.#open = await DayFile.open(day, file);
		return this.#open;
	}
}

class DayFile {
	private constructor(
		/** Days since the epoch. */
		readonly day: number,
		private readonly handle: FileHandle,
		/** What has to be made durable with the file: the directories it is new in. */
		private readonly directories: readonly string[],
		/** Ids of the activities that were in the file before. */
		private readonly known: ReadonlySet<string>,
	) {}

	static async open(day: number, file: string): Promise<DayFile> {
		const month = path.dirname(file);
		const firstMade = await mkdir(month, { recursive: true });
		const { ids, length, size, ending } = await survey(file);
		// Not through the handle below: Windows does not let one that appends cut.
		if (length < size) await truncate(file, length);
		const handle = await open(file, 'a');
		if (ending) await handle.appendFile(ending);
		return new DayFile(day, handle, parents(month, firstMade), ids);
	}

	async append(activities: readonly Activity[]): Promise<void> {
		const fresh = activities.filter(({ id }) => !this.known.has(id));
		if (fresh.length > 0) {
			await this.handle.appendFile(linesOf(fresh));
		}
	}

	async close(): Promise<void> {
		try {
			await this.handle.sync();
		} finally {
			await this.handle.close();
		}
		for (const directory of this.directories) await syncDirectory(directory);
	}
}

/** One line each. */
function linesOf(activities: readonly Activity[]): Buffer {
	const lines = Buffer.allocUnsafe(activities.reduce((sum, { length }) => sum + length + 1, 0));
	let at = 0;
	for (const activity of activities) {
		activity.copy(lines, at);
		at += activity.length;
		lines[at++] = NEWLINE;
	}
	return lines;
}

interface Survey {
	/** The ids of the activities in the file. */
	readonly ids: Set<string>;
	/** How much of the file to keep: all but a line that was left unfinished. */
	readonly length: number;
	readonly size: number;
	/** What the last line lacks. */
	readonly ending: '' | '\n';
}

async function survey(file: string): Promise<Survey> {
	const ids = new Set<string>();
	if (!existsSync(file)) return { ids, length: 0, size: 0, ending: '' };
	let rest = Buffer.alloc(0);
	let length = 0;
	for await (const part of createReadStream(file) as AsyncIterable<Buffer>) {
		const bytes = Buffer.concat([rest, part]);
		let start = 0;
		for (let end; (end = bytes.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
			const id = idOf(bytes.toString('utf8', start, end));
			if (id === undefined) throw foreign(file);
			ids.add(id);
		}
		length += start;
		rest = bytes.subarray(start);
	}
	const size = length + rest.length;
	const last = idOf(rest.toString());
	// What a killed run left unfinished begins like an activity; anything else is not ours to cut.
	if (last === undefined && rest.length > 0 && rest[0] !== BRACE) throw foreign(file);
	if (last === undefined) return { ids, length, size, ending: '' };
	// An editor may have taken the last newline away, but the activity is whole.
	return { ids: ids.add(last), length: size, size, ending: '\n' };
}

function idOf(line: string): string | undefined {
	try {
		const { id } = JSON.parse(line) as { id: unknown };
		return typeof id === 'string' ? id : undefined;
	} catch {
		return undefined;
	}
}

function foreign(file: string): Error {
	return new Error(
		`${file} has a line that is no activity, so it is not safe to append to it. Move the file away, or restore it from a copy.`,
	);
}

/** The directory, and those above it up to the one in which the first new one was made. */
function parents(directory: string, firstMade: string | undefined): string[] {
	const all = [directory];
	if (firstMade === undefined) return all;
	for (let each = directory; each !== path.dirname(firstMade);) {
		each = path.dirname(each);
		all.push(each);
	}
	return all;
}

function dayOf(activity: Activity | undefined): number {
	return dayNumber(activity?.createdAt ?? 0);
}
