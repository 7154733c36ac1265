import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PageStore, StoredPage } from '../core';
import { makeTemporaryDirectory } from './temporary-directory';

/** So much of the disk is used at most, in bytes, and of what is free no more than a quarter. */
const MAX_CAPACITY = 2 * 1024 ** 3;
const SHARE_OF_FREE_SPACE = 0.25;

/** Pages that were read ahead of their turn, as temporary files. */
export class PageFiles implements PageStore {
	#count = 0;

	private constructor(
		private readonly directory: string,
		/** In bytes. */
		readonly capacity: number,
	) {}

	static async open(): Promise<PageFiles> {
		const directory = await makeTemporaryDirectory();
		const { bavail, bsize } = await statfs(directory);
		const free = Math.floor(bavail * bsize * SHARE_OF_FREE_SPACE);
		return new PageFiles(directory, Math.min(free, MAX_CAPACITY));
	}

	/** Writes a page, for the owner of this process only. */
	readonly put = async (body: Buffer): Promise<StoredPage> => {
		const file = path.join(this.directory, String(this.#count++));
		await writeFile(file, body, { mode: 0o600 });
		free(body);
		return {
			take: async () => {
				const bytes = await readFile(file);
				await rm(file);
				return bytes;
			},
		};
	};

	/** Removes what is left. */
	async close(): Promise<void> {
		await rm(this.directory, { recursive: true, force: true });
	}
}

/** Gives the memory back at once: so much of it would otherwise pile up until it is collected. */
function free({ buffer, byteLength }: Buffer): void {
	// Small ones share their memory with others. Node.js has this from version 22 on.
	const own = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	if (own.byteLength === byteLength) own.transfer?.(0);
}
