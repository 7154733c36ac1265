import { closeSync, openSync, writeSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { PageStore, SharedText, StoredPage } from '../../core';
import { free } from './free';
import { makeTemporaryDirectory, temporaryRoot } from './temporary-directory';

/** The most bytes of disk to use, and the largest share of the free space. */
const MAX_CAPACITY = 2 * 1024 ** 3;
const SHARE_OF_FREE_SPACE = 0.25;

/** Keeps pages that were read ahead in temporary files. */
export class PageFiles implements PageStore {
	/** Created for the first page, because most runs keep none. */
	#directory: Promise<string> | undefined;
	#count = 0;

	/** @param capacity in bytes */
	private constructor(readonly capacity: number) {}

	static async open(): Promise<PageFiles> {
		const { bavail, bsize } = await statfs(temporaryRoot());
		const free = Math.floor(bavail * bsize * SHARE_OF_FREE_SPACE);
		return new PageFiles(Math.min(free, MAX_CAPACITY));
	}

	/**
	 * Writes a page to a file that only the owner of this process can read. It blocks, because pages that
	 * wait for a thread would take memory while further pages arrive.
	 */
	readonly put = async (text: SharedText, tables: readonly Buffer[]): Promise<StoredPage> => {
		const directory = await (this.#directory ??= makeTemporaryDirectory());
		const file = path.join(directory, String(this.#count++));
		const bytes = text.release();
		const lengths = [bytes.length, tables.reduce((sum, { length }) => sum + length, 0)];
		writePieces(file, [bytes, ...tables]);
		return {
			take: async () => {
				const pieces = await readPieces(file, lengths);
				await rm(file);
				return { text: pieces[0]!, tables: pieces[1]! };
			},
		};
	};

	/** Removes the remaining files. */
	async close(): Promise<void> {
		if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
	}
}

/** Writes pieces to a new file, and frees them. */
function writePieces(file: string, pieces: readonly Buffer[]): void {
	const descriptor = openSync(file, 'wx', 0o600);
	try {
		for (const piece of pieces) {
			for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at);
			free(piece);
		}
	} finally {
		closeSync(descriptor);
	}
}

/** Reads the pieces of a file, each into separate memory, which can be freed. */
async function readPieces(file: string, lengths: readonly number[]): Promise<Buffer[]> {
	const handle = await open(file);
	try {
		const pieces: Buffer[] = [];
		for (const length of lengths) {
			const piece = Buffer.allocUnsafeSlow(length);
			for (let at = 0; at < length;) {
				const { bytesRead } = await handle.read(piece, at);
				if (bytesRead === 0) throw new Error(`${file} is shorter than it was.`);
				at += bytesRead;
			}
			pieces.push(piece);
		}
		return pieces;
	} finally {
		await handle.close();
	}
}
