import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { GitHub } from '../test/simulators/github/github';
import { ENTRY, runBuiltAction } from './action-run';
import type { Server } from './api/server-process';
import { measuring } from './measure';
import { median, type QuietRun } from './results';

const RUNS = 5;

/**
 * Measures a run of the Action that finds nothing new, like most scheduled runs: with all defaults, from
 * a checkpoint at the end of the feed.
 */
export async function measureQuietRun(
	server: Server,
	github: GitHub,
	directory: string,
): Promise<QuietRun> {
	const workspace = path.join(directory, 'workspace');
	mkdirSync(workspace);
	await server.under({ latency: 0, requestsPerMinute: null });
	await runBuiltAction(github, server.url, { workspace });

	const costs: number[] = [];
	await server.under({ latency: 0, requestsPerMinute: null });
	for (let run = 0; run < RUNS; run++) {
		// Its usage is the sum of all that it has measured.
		const { through, usage } = measuring(directory);
		await runBuiltAction(github, server.url, { workspace, through });
		costs.push(usage().cpuMs);
	}
	const { requests } = await server.traffic();
	return {
		runs: RUNS,
		requests: requests / RUNS,
		cpuMs: median(costs),
		bundleBytes: bundleBytes(),
	};
}

/** The size of everything that a run of any action may load, and of the script that verifies an archive. */
function bundleBytes(): number {
	const directory = path.dirname(ENTRY);
	return readdirSync(directory)
		.filter((name) => name.endsWith('.mjs'))
		.reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
}
