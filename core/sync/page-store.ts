import type { SharedText } from '../json/shared-text';

/** Where pages wait that were read ahead of their turn: files, say. */
export interface PageStore {
	/** How much may wait, in bytes. */
	readonly capacity: number;
	/**
	 * Stores the text of a page, with its tables. It releases the text, so the page's activities can no
	 * longer be read, and has the memory of the tables from then on.
	 */
	readonly put: (text: SharedText, tables: readonly Buffer[]) => Promise<StoredPage>;
}

export interface StoredPage {
	/** Takes the page out of the store, which then no longer has it. */
	readonly take: () => Promise<PageBytes>;
}

/** What was stored. */
export interface PageBytes {
	readonly text: Buffer;
	/** One behind the other. */
	readonly tables: Buffer;
}
