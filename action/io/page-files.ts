import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PageStore, SharedText, StoredPage } from '../../core';
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

	/** Removes the remaining files. */
	async close(): Promise<void> {
		if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
	}
}

/**
 * Frees the memory of a released text at once. Otherwise much memory would pile up until the garbage
 * collection.
 */
function free({ buffer, byteLength }: Buffer): void {
	// Small buffers share their memory. Node.js has `transfer` from version 22 on.
	const own = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	if (own.byteLength === byteLength) own.transfer?.(0);
}
