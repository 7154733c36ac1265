import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
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

	/** Writes a page to a file that only the owner of this process can read. */
	readonly put = async (text: SharedText, tables: Buffer): Promise<StoredPage> => {
		const bytes = text.release();
		const name = String(this.#count++);
		const file = path.join(await (this.#directory ??= makeTemporaryDirectory()), name);
		await writeFile(file, [bytes, tables], { mode: 0o600, flag: 'wx' });
		const { length } = bytes;
		free(bytes);
		return {
			take: async () => {
				const stored = await readFile(file);
				await rm(file);
				return { text: stored.subarray(0, length), tables: stored.subarray(length) };
			},
		};
	};

	/** Removes the remaining files. */
	async close(): Promise<void> {
		if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
	}
}
