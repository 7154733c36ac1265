import type { SharedText } from '../json/shared-text';

/** Where pages wait that were read ahead of their turn: files, say. */
export interface PageStore {
	/** How much may wait, in bytes. */
	readonly capacity: number;
	/** Stores the text of a page. It releases the text, so the page's activities can no longer be read. */
	readonly put: (text: SharedText) => Promise<StoredPage>;
}

export interface StoredPage {
	/** Takes the text out of the store, which then no longer has it. */
	readonly take: () => Promise<Buffer>;
}
