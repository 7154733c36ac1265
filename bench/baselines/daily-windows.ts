import type { Surroundings } from './json-page';

const DAY = 24 * 60 * 60_000;
const PAGE_SIZE = '5000';

export interface DailyWindowsOptions extends Surroundings {
	/** The end of the last window, or the start of the first run. Milliseconds since the epoch. */
	readonly checkpoint: number;
	readonly now: number;
	/** Is called with the end of each window that was read. */
	readonly save: (checkpoint: number) => void;
}

/**
 * Our own reimplementation of the other usual strategy: it reads one day after the other, each to its
 * end, up to the present. The end of the window is the checkpoint.
 */
export async function readDailyWindows(options: DailyWindowsOptions): Promise<void> {
	const { ask, store, checkpoint, now, save } = options;
	for (let from = checkpoint; from < now;) {
		const to = Math.min(from + DAY, now);
		const parameters = new URLSearchParams({
			order: 'asc',
			limit: PAGE_SIZE,
			'created_at.gte': new Date(from).toISOString(),
			'created_at.lt': new Date(to).toISOString(),
		});
		for (;;) {
			const { data, has_more, last_id } = await ask(parameters);
			await store(data);
			if (!has_more || last_id === null) break;
			parameters.set('after_id', last_id);
		}
		save(to);
		from = to;
	}
}
