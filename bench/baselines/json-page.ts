/** A page, read the usual way. */
export interface JsonPage {
	readonly data: readonly { readonly id: string; readonly created_at: string }[];
	readonly has_more: boolean;
	readonly last_id: string | null;
}

/** What our reimplementations of usual strategies stand on, so that they run anywhere. */
export interface Surroundings {
	/** Answers with the page that the parameters ask for. */
	readonly ask: (parameters: URLSearchParams) => Promise<JsonPage>;
	/** Takes records; they are stored when it resolves. */
	readonly store: (records: JsonPage['data']) => Promise<void>;
}
