import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { MAX_BODY_BYTES } from '../../core';
import { syncDirectory } from '../io/durable';
import { openPrivate } from '../io/private-files';

const NEWLINE = 0x0a;

/** What the lines of a file are. */
export interface LineFormat {
	/** What a line is, for an error: `activity`, say. */
	readonly name: string;
	/** The id of what a line holds; `undefined` when it is no line of this kind. */
	readonly idOf: (line: string) => string | undefined;
	/** Whether a text that is no line of this kind may be the beginning of one. */
	readonly isBegun: (text: string) => boolean;
}

/**
 * A file of lines that is appended to, or made. What it held before counts: a line that a killed run
 * left unfinished is removed.
 */
export class NdjsonFile {
	private constructor(
		private readonly file: string,
		private readonly handle: FileHandle,
		/** What has to be made durable with the file: the directories it is new in. */
		private readonly directories: readonly string[],
		/** Ids of what was in the file before. */
		readonly known: ReadonlySet<string>,
		/** In bytes. */
		private size: number,
	) {}

	/**
	 * @param directory absolute path, as the user names it; made when it is missing
	 * @param name path below it
	 * @throws Error when the file is not the Action's, or has a line of another kind; it is left alone
	 */
	static async open(directory: string, name: string, format: LineFormat): Promise<NdjsonFile> {
		const file = path.join(directory, name);
		const { handle, directories } = await openPrivate(directory, name);
		try {
			const { ids, length, size, ending } = await survey(handle, file, format);
			if (length < size) await handle.truncate(length);
			const opened = new NdjsonFile(file, handle, directories, ids, length);
			await opened.append(Buffer.from(ending));
			return opened;
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	/**
	 * Adds whole lines, all or none; they are durable only after `close`.
	 *
	 * @throws Error when that fails, or something else writes to the file
	 */
	async append(lines: Buffer): Promise<void> {
		// Windows does not let a handle that only appends cut, so this one writes at a place it knows.
		const { size } = await this.handle.stat();
		if (size !== this.size) throw shared(this.file);
		try {
			for (let done = 0; done < lines.length;) {
				const at = this.size + done;
				done += (await this.handle.write(lines, done, lines.length - done, at)).bytesWritten;
			}
		} catch (error) {
			// What is there already may still be delivered, and half a line is none.
			await this.handle.truncate(this.size);
			throw error;
		}
		this.size += lines.length;
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
	/** The ids of what the file holds. */
	readonly ids: Set<string>;
	/** How much of the file to keep: all but a line that was left unfinished. */
	readonly length: number;
	readonly size: number;
	/** What the last line lacks. */
	readonly ending: '' | '\n';
}

async function survey(handle: FileHandle, file: string, format: LineFormat): Promise<Survey> {
	const ids = new Set<string>();
	/** The line that is being read. */
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
		// Only what a killed run left unfinished is ours to cut.
		if (lineLength > 0 && !format.isBegun(rest)) throw foreignLine(file, format);
		return { ids, length, size, ending: '' };
	}
	// An editor may have taken the last newline away, but the line is whole.
	return { ids: ids.add(last), length: size, size, ending: '\n' };
}

function foreignLine(file: string, { name }: LineFormat): Error {
	return new Error(
		`${file} has a line that is no ${name}, so it is not safe to append to it. Move the file away, or restore it from a copy.`,
	);
}

function shared(file: string): Error {
	return new Error(
		`Something else writes to ${file} at the same time. Give each step, job and workflow its own output-directory, and let only one run at a time use it.`,
	);
}
