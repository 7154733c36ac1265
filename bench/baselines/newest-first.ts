import type { Surroundings } from './json-page';

/** The page size of common connectors; the API allows 5,000. */
const PAGE_SIZE = '1000';

export interface NewestFirstOptions extends Surroundings {
	/** The result of the last run, or the start of the first run, in RFC 3339. */
	readonly checkpoint: string;
	/** After how many pages a run ends, even if there is more. */
	readonly maxPages?: number;
}

/**
 * Our own reimplementation of what many connectors do. A run asks for the newest activities and pages
 * back until it reaches the checkpoint or its limit of pages. The newest `created_at` seen is the next
 * checkpoint.
 *
 * @returns the next checkpoint
 */
export async function readNewestFirst(options: NewestFirstOptions): Promise<string> {
	const { ask, store, checkpoint, maxPages = Infinity } = options;
	const parameters = new URLSearchParams({
		order: 'desc',
		limit: PAGE_SIZE,
		'created_at.gt': checkpoint,
	});
	let newest: string | undefined;
	for (let pages = 0; pages < maxPages; pages++) {
		const { data, has_more, last_id } = await ask(parameters);
		await store(data);
		newest ??= data[0]?.created_at;
		if (!has_more || last_id === null) break;
		parameters.set('after_id', last_id);
	}
	return newest ?? checkpoint;
}
