/** Something about a watch, or about a file of watches, and where. */
export interface Remark {
	/** Such as `watches[3].threshold.within`; empty for the whole. */
	readonly path: string;
	/** A sentence, without anything from the file but types and field names that look like such. */
	readonly message: string;
}
