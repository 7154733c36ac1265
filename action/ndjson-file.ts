import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './durable';

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

	/** @throws Error when the file has a line of another kind, which is left alone */
	static async open(file: string, format: LineFormat): Promise<NdjsonFile> {
		const directory = path.dirname(file);
		const firstMade = await mkdir(directory, { recursive: true });
		const { ids, length, size, ending } = await survey(file, format);
		// Not through the handle below: Windows does not let one that appends cut.
		if (length < size) await truncate(file, length);
		const handle = await open(file, 'a');
		const opened = new NdjsonFile(file, handle, parents(directory, firstMade), ids, length);
		await opened.append(Buffer.from(ending));
		return opened;
	}

	/** Adds whole lines, all or none; they are durable only after `close`. */
	async append(lines: Buffer): Promise<void> {
		try {
			await this.handle.appendFile(lines);
		} catch (error) {
			// What is there already may still be delivered, and half a line is none.
			await truncate(this.file, this.size);
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

async function survey(file: string, format: LineFormat): Promise<Survey> {
	const ids = new Set<string>();
	if (!existsSync(file)) return { ids, length: 0, size: 0, ending: '' };
	let rest = Buffer.alloc(0);
	let length = 0;
	for await (const part of createReadStream(file) as AsyncIterable<Buffer>) {
		const bytes = Buffer.concat([rest, part]);
		let start = 0;
		for (let end; (end = bytes.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
			const id = format.idOf(bytes.toString('utf8', start, end));
			if (id === undefined) throw foreign(file, format);
			ids.add(id);
		}
		length += start;
		rest = bytes.subarray(start);
	}
	const size = length + rest.length;
	const last = format.idOf(rest.toString());
	if (last === undefined) {
		// Only what a killed run left unfinished is ours to cut.
		if (rest.length > 0 && !format.isBegun(rest.toString())) throw foreign(file, format);
		return { ids, length, size, ending: '' };
	}
	// An editor may have taken the last newline away, but the line is whole.
	return { ids: ids.add(last), length: size, size, ending: '\n' };
}

function foreign(file: string, { name }: LineFormat): Error {
	return new Error(
		`${file} has a line that is no ${name}, so it is not safe to append to it. Move the file away, or restore it from a copy.`,
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
