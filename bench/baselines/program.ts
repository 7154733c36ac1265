import { open } from 'node:fs/promises';
import path from 'node:path';
import { fetchPage } from '../keep-alive';
import { readTask, printOutcome } from '../task';
import { readDailyWindows } from './daily-windows';
import type { JsonPage, Surroundings } from './json-page';
import { readNewestFirst } from './newest-first';

/**
 * Runs the strategy that the second argument names against the simulated API, and writes the activities
 * as NDJSON to a file.
 */

const { baseUrl, accessKey, since, directory } = readTask();
const strategies: Record<string, (surroundings: Surroundings) => Promise<unknown>> = {
	'newest-first': (surroundings) => readNewestFirst({ ...surroundings, checkpoint: since }),
	'daily-windows': (surroundings) =>
		readDailyWindows({
			...surroundings,
			checkpoint: Date.parse(since),
			now: Date.now(),
			save: () => undefined,
		}),
};
const file = await open(path.join(directory, 'activities.ndjson'), 'w');
let delivered = 0;
await strategies[process.argv[3] ?? '']!({
	ask: async (parameters) => {
		const body = await fetchPage(baseUrl, accessKey, parameters);
		return JSON.parse(Buffer.concat(body).toString()) as JsonPage;
	},
	store: async (records) => {
		await file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
		delivered += records.length;
	},
});
await file.sync();
await file.close();
printOutcome({ delivered });
