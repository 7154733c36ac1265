import path from 'node:path';
import { Unreadable } from '../../core';
import { type LineFormat, NdjsonFile } from './ndjson-file';

/** The file's name, beside the day files. */
export const UNREADABLE_FILE = 'unreadable.ndjson';

const UNREADABLE_LINE: LineFormat = {
	name: 'JSON',
	idOf: (line) => {
		try {
			JSON.parse(line);
		} catch {
			return undefined;
		}
		return new Unreadable(line, undefined).id;
	},
	// A record need not even be an object.
	isBegun: (text) => /^(?:["[{\d-]|(?:f|fa|fal|fals|n|nu|nul|t|tr|tru)$)/.test(text),
};

/** The unreadable records of the feed, unchanged, one per line. */
export class UnreadableFile {
	#open: NdjsonFile | undefined;
	#written = false;

	/** @param directory absolute path; created when the first record is written */
	constructor(private readonly directory: string) {}

	/** The file's absolute path, after the first write. */
	get files(): readonly string[] {
		return this.#written ? [path.join(this.directory, UNREADABLE_FILE)] : [];
	}

	/** Appends the records that the file does not hold yet. They are durable only after `close`. */
	async write(records: readonly Unreadable[]): Promise<void> {
		if (records.length === 0) return;
		const file = (this.#open ??= await NdjsonFile.open(
			this.directory,
			UNREADABLE_FILE,
			UNREADABLE_LINE,
		));
		this.#written = true;
		const fresh = records.filter(({ id }) => !file.known.has(id));
		file.append([Buffer.from(fresh.map(({ json }) => `${json}\n`).join(''))]);
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		await this.#open?.close();
		this.#open = undefined;
	}
}
