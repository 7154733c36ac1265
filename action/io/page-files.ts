import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PageStore, SharedText, StoredPage } from '../../core';
import { makeTemporaryDirectory, temporaryRoot } from './temporary-directory';

/** So much of the disk is used at most, in bytes, and of what is free no more than a quarter. */
const MAX_CAPACITY = 2 * 1024 ** 3;
const SHARE_OF_FREE_SPACE = 0.25;

/** Pages that were read ahead of their turn, as temporary files. */
export class PageFiles implements PageStore {
	/** Made for the first page: most runs have none. */
	#directory: Promise<string> | undefined;
	#count = 0;

	/** @param capacity in bytes */
	private constructor(readonly capacity: number) {}

	static async open(): Promise<PageFiles> {
		const { bavail, bsize } = await statfs(temporaryRoot());
		const free = Math.floor(bavail * bsize * SHARE_OF_FREE_SPACE);
		return new PageFiles(Math.min(free, MAX_CAPACITY));
	}

	/** Writes a page, for the owner of this process only. */
	readonly put = async (text: SharedText): Promise<StoredPage> => {
		const bytes = text.release();
		const name = String(this.#count++);
		const file = path.join(await (this.#directory ??= makeTemporaryDirectory()), name);
		await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
		free(bytes);
		return {
			take: async () => {
				const stored = await readFile(file);
				await rm(file);
				return stored;
			},
		};
	};

	/** Removes what is left. */
	async close(): Promise<void> {
		if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
	}
}

/**
 * Gives the memory of a text that was released back at once: so much of it would otherwise pile up
 * until it is collected.
 */
function free({ buffer, byteLength }: Buffer): void {
	// Small ones share their memory with others. Node.js has this from version 22 on.
	const own = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	if (own.byteLength === byteLength) own.transfer?.(0);
}
