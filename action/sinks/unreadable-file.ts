import path from 'node:path';
import { Unreadable } from '../../core';
import { type LineFormat, NdjsonFile } from './ndjson-file';

/** Beside the day files. */
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

/** Records of the feed that cannot be read as activities, a line each, as they came. */
export class UnreadableFile {
	#open: NdjsonFile | undefined;
	#written = false;

	/** @param directory absolute path; made when the first record is written */
	constructor(private readonly directory: string) {}

	/** Its absolute path, once it has been written to. */
	get files(): readonly string[] {
		return this.#written ? [path.join(this.directory, UNREADABLE_FILE)] : [];
	}

	/** Appends records, but for those that the file holds; they are durable only after `close`. */
	async write(records: readonly Unreadable[]): Promise<void> {
		if (records.length === 0) return;
		const file = (this.#open ??= await NdjsonFile.open(
			this.directory,
			UNREADABLE_FILE,
			UNREADABLE_LINE,
		));
		this.#written = true;
		const fresh = records.filter(({ id }) => !file.known.has(id));
		await file.append(Buffer.from(fresh.map(({ json }) => `${json}\n`).join('')));
	}

	/** Makes everything written so far survive a crash. */
	async close(): Promise<void> {
		await this.#open?.close();
		this.#open = undefined;
	}
}
