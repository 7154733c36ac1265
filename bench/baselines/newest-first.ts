import type { Surroundings } from './json-page';

/** What common connectors ask for; the API would give 5,000. */
const PAGE_SIZE = '1000';

export interface NewestFirstOptions extends Surroundings {
	/** What the last run returned; for the first run, where to begin, as RFC 3339. */
	readonly checkpoint: string;
	/** When a run ends, however much there still is. */
	readonly maxPages?: number;
}

/**
 * Our own reimplementation of what many connectors do, whatever the product: ask for the newest
 * activities, page back until the checkpoint is reached or the run has had enough pages, and make
 * the newest `created_at` seen the next checkpoint.
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
