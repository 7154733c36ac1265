import type { SharedText } from '../json/shared-text';

/** Where pages wait that were read ahead of their turn: files, say. */
export interface PageStore {
	/** How much may wait, in bytes. */
	readonly capacity: number;
	/**
	 * Stores the text of a page, with its tables. It releases the text, so the page's activities can no
	 * longer be read.
	 */
	readonly put: (text: SharedText, tables: Buffer) => Promise<StoredPage>;
}

export interface StoredPage {
	/** Takes the page out of the store, which then no longer has it. */
	readonly take: () => Promise<PageBytes>;
}

/** What was stored. */
export interface PageBytes {
	readonly text: Buffer;
	readonly tables: Buffer;
}
