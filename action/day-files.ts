import { createReadStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { type Activity, utcDay } from '../core';
import { syncDirectory } from './durable';

const NEWLINE = 0x0a;
const DAY_MS = 24 * 60 * 60 * 1000;

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
		this.#open = await DayFile.open(day, file, this.directory);
		return this.#open;
	}
}

class DayFile {
	private constructor(
		/** Days since the epoch. */
		readonly day: number,
		private readonly handle: FileHandle,
		/** What has to be made durable with the file: the directories that may be new. */
		private readonly directories: readonly string[],
		/** Ids of the activities that were in the file before. */
		private readonly known: ReadonlySet<string>,
	) {}

	static async open(day: number, file: string, root: string): Promise<DayFile> {
		const month = path.dirname(file);
		await mkdir(month, { recursive: true });
		const handle = await open(file, 'a+');
		try {
			const { ids, length } = await readIds(file);
			await handle.truncate(length);
			const directories = [month, path.dirname(month), root, path.dirname(root)];
			return new DayFile(day, handle, ids.size > 0 ? [] : directories, ids);
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	async append(activities: readonly Activity[]): Promise<void> {
		const fresh = activities.filter(({ id }) => !this.known.has(id));
		if (fresh.length > 0) {
			await this.handle.appendFile(fresh.map(({ json }) => `${json}\n`).join(''));
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

/** The ids in a file, and its length up to the end of its last whole line. */
async function readIds(file: string): Promise<{ ids: Set<string>; length: number }> {
	const ids = new Set<string>();
	let rest = Buffer.alloc(0);
	let length = 0;
	for await (const part of createReadStream(file) as AsyncIterable<Buffer>) {
		const bytes = Buffer.concat([rest, part]);
		let start = 0;
		for (let end; (end = bytes.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
			ids.add(idOf(bytes.toString('utf8', start, end), file));
		}
		length += start;
		rest = bytes.subarray(start);
	}
	return { ids, length };
}

function idOf(line: string, file: string): string {
	try {
		const { id } = JSON.parse(line) as { id: unknown };
		if (typeof id === 'string') return id;
	} catch {
		// Told below, as for any other line that holds no activity.
	}
	throw new Error(
		`${file} has a line that is no activity, so it is not safe to append to it. Move the file away, or restore it from a copy.`,
	);
}

function dayOf(activity: Activity | undefined): number {
	return Math.floor((activity?.createdAt ?? 0) / DAY_MS);
}
