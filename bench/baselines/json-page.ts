/** A page after `JSON.parse`. */
export interface JsonPage {
	readonly data: readonly { readonly id: string; readonly created_at: string }[];
	readonly has_more: boolean;
	readonly last_id: string | null;
}

/** The platform of our reimplementations of usual strategies, so that they run anywhere. */
export interface Surroundings {
	/** Requests a page with these parameters. */
	readonly ask: (parameters: URLSearchParams) => Promise<JsonPage>;
	/** Stores records; they are stored when the promise resolves. */
	readonly store: (records: JsonPage['data']) => Promise<void>;
}
