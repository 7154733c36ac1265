/** Where pages wait that were read ahead of their turn: files, say. */
export interface PageStore {
	/** How much may wait, in bytes. */
	readonly capacity: number;
	/** Puts the body of an answer away; from now on it is the store's, and nobody else may use it. */
	readonly put: (body: Buffer) => Promise<StoredPage>;
}

export interface StoredPage {
	/** Gives the body back; it is asked for once. */
	readonly take: () => Promise<Buffer>;
}
