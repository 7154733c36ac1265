import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ACCESS_KEY } from '../test/simulators/activity-feed/keys';
import type { GitHub } from '../test/simulators/github/github';
import { ENTRY, runBuiltAction } from './action-run';
import { measuring, runMeasured } from './measure';
import { commandOf, outcomeOf } from './readers';
import { type Lightness, median } from './results';
import type { Server } from './server-process';

const FAST = { latency: 0, requestsPerMinute: null };
const STARTS = 5;
const IDLE_POLLS = 100;

/**
 * What it costs when there is nothing to do, or before anything is done. The runs of the Action have
 * all defaults and go on from a checkpoint at the end of the feed, as most runs of a schedule do.
 */
export async function measureLightness(
	server: Server,
	github: GitHub,
	directory: string,
	since: string,
): Promise<Lightness> {
	const workspace = path.join(directory, 'workspace');
	mkdirSync(workspace);
	await server.under(FAST);
	await runBuiltAction(github, server.url, { workspace });

	const starts: number[] = [];
	const pidFile = path.join(directory, 'pid');
	const onStart = (pid: number) => writeFileSync(pidFile, String(pid));
	for (let start = 0; start < STARTS; start++) {
		await server.under({ ...FAST, cpuOf: pidFile });
		await runBuiltAction(github, server.url, { workspace, onStart });
		starts.push((await server.traffic()).cpuAtFirst ?? NaN);
	}

	await server.under(FAST);
	const { through, usage } = measuring(directory);
	const { durationMs } = await runBuiltAction(github, server.url, { workspace, through });
	const { cpuMs } = usage();
	const { requests } = await server.traffic();

	const task = {
		baseUrl: server.url,
		accessKey: ACCESS_KEY,
		since,
		directory,
		idlePolls: IDLE_POLLS,
	};
	const { stdout } = await runMeasured(commandOf('trigger', task), { directory });
	const { idle } = outcomeOf(stdout);
	if (!idle) throw new Error('The trigger told nothing of its polls.');
	return {
		cpuToFirstRequestMs: median(starts),
		bundleBytes: bundleBytes(),
		idleRun: { requests, cpuMs, wallMs: durationMs },
		idlePolls: idle,
	};
}

/** All that a run of any action may load, and the script that verifies an archive. */
function bundleBytes(): number {
	const directory = path.dirname(ENTRY);
	return readdirSync(directory)
		.filter((name) => name.endsWith('.mjs'))
		.reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
}
