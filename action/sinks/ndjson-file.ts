import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { MAX_BODY_BYTES } from '../../core';
import { syncDirectory } from '../io/durable';
import { openPrivate } from '../io/private-files';

const NEWLINE = 0x0a;

/** The kind of lines that a file holds. */
export interface LineFormat {
	/** What a line is, for an error: such as `an activity`. */
	readonly name: string;
	/** The id of a line's record; `undefined` when the line is not of this kind. */
	readonly idOf: (line: string) => string | undefined;
	/** Whether a text may be the beginning of such a line. */
	readonly isBegun: (text: string) => boolean;
}

/**
 * A file of lines that is appended to. It is created when it is missing. A line that a killed run left
 * incomplete is removed.
 */
export class NdjsonFile {
	private constructor(
		private readonly file: string,
		private readonly handle: FileHandle,
		/** The directories that have to be made durable with the file, because it is new in them. */
		private readonly directories: readonly string[],
		/** The ids of the records that were in the file before. */
		readonly known: ReadonlySet<string>,
		/** Bytes. */
		private size: number,
	) {}

	/**
	 * @param directory absolute path, as the user names it; created when it is missing
	 * @param name path below it
	 * @throws Error when something else created the file, or when it has a line of another kind; the file
	 *   is not changed then
	 */
	static async open(directory: string, name: string, format: LineFormat): Promise<NdjsonFile> {
		const file = path.join(directory, name);
		const { handle, directories } = await openPrivate(directory, name);
		try {
			const { ids, length, size, ending } = await survey(handle, file, format);
			if (length < size) await handle.truncate(length);
			const opened = new NdjsonFile(file, handle, directories, ids, length);
			opened.append([Buffer.from(ending)]);
			return opened;
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	/**
	 * Appends whole lines, all or none. They are durable only after `close`.
	 *
	 * This waits for the system to take the lines, which is far quicker than handing them to a thread: the
	 * thread runs on another core, which has to fetch the lines from the cache of this one.
	 *
	 * @param pieces lines together; the memory of each is read before the next one is asked for
	 * @throws Error when writing fails, when the pieces do, or when something else writes to the file
	 */
	append(pieces: Iterable<Buffer>): void {
		const { fd } = this.handle;
		if (fstatSync(fd).size !== this.size) throw shared(this.file);
		let end = this.size;
		try {
			for (const lines of pieces) {
				for (let done = 0; done < lines.length;) {
					// On Windows, an append-only handle cannot truncate, so this handle writes at a known position.
					const written = writeSync(fd, lines, done, lines.length - done, end);
					done += written;
					end += written;
				}
			}
		} catch (error) {
			// The lines before may still be delivered, but nothing of these.
			ftruncateSync(fd, this.size);
			throw error;
		}
		this.size = end;
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

interface Survey {
	/** The ids of the records in the file. */
	readonly ids: Set<string>;
	/** How many bytes of the file to keep: all but an incomplete last line. */
	readonly length: number;
	readonly size: number;
	/** What is missing at the end of the last line. */
	readonly ending: '' | '\n';
}

async function survey(handle: FileHandle, file: string, format: LineFormat): Promise<Survey> {
	const ids = new Set<string>();
	let line: Buffer[] = [];
	let lineLength = 0;
	let length = 0;
	const read = (bytes: Buffer) => {
		line.push(bytes);
		lineLength += bytes.length;
		if (lineLength > MAX_BODY_BYTES) throw foreignLine(file, format);
	};
	const parts = handle.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
	for await (const part of parts) {
		let start = 0;
		for (let end; (end = part.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
			read(part.subarray(start, end));
			const id = format.idOf(Buffer.concat(line).toString());
			if (id === undefined) throw foreignLine(file, format);
			ids.add(id);
			length += lineLength + 1;
			[line, lineLength] = [[], 0];
		}
		read(part.subarray(start));
	}
	const size = length + lineLength;
	const rest = Buffer.concat(line).toString();
	const last = format.idOf(rest);
	if (last === undefined) {
		// Only a line that a killed run left incomplete may be removed.
		if (lineLength > 0 && !format.isBegun(rest)) throw foreignLine(file, format);
		return { ids, length, size, ending: '' };
	}
	// The line is complete: an editor may have removed the last newline.
	return { ids: ids.add(last), length: size, size, ending: '\n' };
}

function foreignLine(file: string, { name }: LineFormat): Error {
	return new Error(
		`${file} has a line that is not ${name}, so appending to it is not safe. Move the file away, or restore it from a copy.`,
	);
}

function shared(file: string): Error {
	return new Error(
		`Something else writes to ${file} at the same time. Give each step, job and workflow its own output-directory, and let only one run at a time use it.`,
	);
}
