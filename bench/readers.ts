import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ACCESS_KEY } from '../test/simulators/activity-feed/keys';
import type { GitHub } from '../test/simulators/github/github';
import { runBuiltAction } from './action-run';
import { measuring, runMeasured, type Usage } from './measure';
import { type ProgramName, programFile } from './programs';
import type { Outcome, Task } from './task';

/** A program that reads the feed in its own process. */
export interface Reader {
	/** Its name in the tables. */
	readonly name: string;
	/** Why it cannot run on this machine; `undefined` when it can. */
	readonly missing?: () => string | undefined;
	readonly run: (stage: Stage) => Promise<Run>;
}

/** The surroundings of a reader's run. */
export interface Stage {
	readonly github: GitHub;
	readonly feedUrl: string;
	readonly since: string;
	/** An empty directory for its files. */
	readonly directory: string;
}

export interface Run extends Usage {
	readonly wallMs: number;
	/** How many activities it delivered; `null` when it does not parse pages. */
	readonly delivered: number | null;
}

const floor: Reader = { name: 'Floor', run: program('floor') };

/** All other readers are compared with this one. */
export const FLOOR = floor.name;
/** Like the floor, it ends with files on disk. */
export const ACTION = 'Action, files only';
export const ACTION_WITH_ARTIFACT = 'Action';
export const CORE = 'Core alone';
export const TRIGGER = 'n8n trigger';
export const CURL = 'curl and jq';
export const NEWEST_FIRST = 'Newest first (reimplemented)';
export const DAILY_WINDOWS = 'Daily windows (reimplemented)';

export const readers: readonly Reader[] = [
	floor,
	{ name: CORE, run: program('core') },
	{ name: ACTION, run: action({ artifact: 'false' }) },
	{ name: ACTION_WITH_ARTIFACT, run: action({}) },
	{ name: TRIGGER, run: program('trigger') },
	{ name: CURL, missing: missingTools, run: curl },
	{ name: NEWEST_FIRST, run: program('baselines', 'newest-first') },
	{ name: DAILY_WINDOWS, run: program('baselines', 'daily-windows') },
];

/** The Action, files only, with other inputs than the defaults: what formats and watches cost. */
export const variants: readonly Reader[] = [
	{ name: 'raw, without watches', run: action({ artifact: 'false', watches: 'off' }) },
	...(['flat', 'ocsf', 'ecs'] as const).map((format) => ({
		name: format,
		run: action({ artifact: 'false', format }),
	})),
];

/** Why the loop of curl and jq cannot run on this machine. */
export function missingTools(): string | undefined {
	const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error);
	if (missing.length === 0) return undefined;
	return `${missing.join(' and ')} not found: apt-get install ${missing.join(' ')}`;
}

export const CURL_SCRIPT = path.join('bench', 'baselines', 'curl-jq.sh');

/** Runs a bundled program; the last line of its output says how many activities it delivered. */
function program(name: ProgramName, ...args: string[]): Reader['run'] {
	return async ({ feedUrl, since, directory }) => {
		const task: Task = { baseUrl: feedUrl, accessKey: ACCESS_KEY, since, directory };
		const command = [process.execPath, programFile(name), JSON.stringify(task), ...args];
		const run = await runMeasured(command, { directory });
		const { delivered } = JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '') as Outcome;
		return { ...run, delivered };
	};
}

function action(inputs: Record<string, string>): Reader['run'] {
	return async ({ github, feedUrl, directory }) => {
		const { through, usage } = measuring(directory);
		// Each run is the first run of its workflow, so the cache is empty.
		const workflow = `${path.basename(directory)}.yml`;
		const { outputs, durationMs } = await runBuiltAction(github, feedUrl, {
			workspace: directory,
			inputs,
			through,
			workflow,
		});
		return { ...usage(), wallMs: durationMs, delivered: Number(outputs.count) };
	};
}

async function curl({ feedUrl, since, directory }: Stage): Promise<Run> {
	const run = await runMeasured([CURL_SCRIPT, feedUrl, directory, since], {
		directory,
		env: { ...process.env, ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY },
	});
	const lines = spawnSync('wc', ['-l', path.join(directory, 'activities.ndjson')]);
	return { ...run, delivered: parseInt(lines.stdout.toString(), 10) };
}
