import { open } from 'node:fs/promises';
import path from 'node:path';
import { fetchPage } from '../keep-alive';
import { readTask, type Task, tell } from '../task';
import type { JsonPage, Surroundings } from './json-page';

/** Runs a strategy against the simulated API, with the activities as NDJSON in a file. */
export async function runProgram(
	strategy: (surroundings: Surroundings, task: Task) => Promise<unknown>,
): Promise<void> {
	const task = readTask();
	const file = await open(path.join(task.directory, 'activities.ndjson'), 'w');
	let delivered = 0;
	await strategy(
		{
			ask: async (parameters) => {
				const body = await fetchPage(task.baseUrl, task.accessKey, parameters);
				return JSON.parse(Buffer.concat(body).toString()) as JsonPage;
			},
			store: async (records) => {
				await file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
				delivered += records.length;
			},
		},
		task,
	);
	await file.sync();
	await file.close();
	tell({ delivered });
}
