import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { type GitHub, startGitHub } from '../test/simulators/github/github';
import { type Server, startServer } from './api/server-process';
import { drawChart } from './chart';
import { type HandOvers, measureHandOvers } from './hand-over';
import { describeMachine } from './machine';
import { missingForMeasuring } from './measure';
import { measurePageScan } from './page-scan';
import { buildPrograms } from './programs';
import { measureQuietRun } from './quiet-run';
import { ACTION, ACTION_WITH_ARTIFACT, CORE, missingTools, TRIGGER, variants } from './readers';
import { renderHandOvers, renderReport, renderTables } from './report';
import type { Measurement, QuietRun, Results, ScenarioResult, Verification } from './results';
import { roundsOf, runRound } from './rounds';
import { action, curlAndJq, trigger } from './scenario/process-strategies';
import { play } from './scenario/scenario';
import { core, dailyWindows, newestFirst } from './scenario/strategies';
import { measureVerification } from './verification';

/** What `--only` calls the comparison in a real n8n, which only runs when it is asked for. */
const HAND_OVERS = 'n8n';

/** The readers that `--only` names. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
	core: [CORE],
	action: [ACTION, ACTION_WITH_ARTIFACT],
	formats: [ACTION, ...variants.map(({ name }) => name)],
	trigger: [TRIGGER],
	verify: [],
	[HAND_OVERS]: [],
};

const USAGE = `npm run bench
    Measures everything, in about 35 minutes on two cores, and writes
    bench/README.md, bench/chart.svg and bench/results.json. It needs Linux and
    GNU time, and curl and jq for the comparison:

    apt-get install time curl jq

npm run bench -- [options]
    --quick       100 thousand activities, once, in about 2 minutes; writes nothing
    --only NAME   ${Object.keys(ONLY).join(', ')}: only its speed and what it is
                  compared with; writes nothing
                  ${HAND_OVERS} compares the trigger in a real n8n with n8n's own
                  work; it needs apt-get install postgresql, and n8n the first time
                  some 5 minutes and 3 GB
    --render      writes the report again from bench/results.json
`;

const UNUSABLE = 2;
const INTERRUPTED = 130;
const DAY = 24 * 60 * 60_000;
/** Quiet runs are measured beside a feed of this size. */
const QUIET_COUNT = 100_000;
/** Activities of the backfill in a real n8n. */
const HANDED_OVER_COUNT = 100_000;
/** Activities in the archives that are verified. */
const VERIFIED_COUNTS = { quick: [300_000], full: [300_000, 5_000_000] } as const;

const FILES = {
	report: path.join('bench', 'README.md'),
	chart: path.join('bench', 'chart.svg'),
	results: path.join('bench', 'results.json'),
};

async function main(): Promise<number> {
	const options = readOptions();
	if (!options) return UNUSABLE;
	if (options.help) {
		say(USAGE);
		return 0;
	}
	if (options.render) {
		await write(JSON.parse(readFileSync(FILES.results, 'utf8')) as Results);
		return 0;
	}
	const obstacle = missingForMeasuring();
	if (obstacle) {
		process.stderr.write(`${obstacle}\n`);
		return UNUSABLE;
	}
	if (options.only === HAND_OVERS) {
		say('', renderHandOvers(await handOvers()));
		return 0;
	}
	const results = await bench(options.quick, options.only);
	if (options.quick || options.only !== undefined) say('', renderTables(results));
	else await write(results);
	return 0;
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				help: { type: 'boolean', short: 'h' },
				quick: { type: 'boolean', default: false },
				only: { type: 'string' },
				render: { type: 'boolean', default: false },
			},
		});
		if (values.only !== undefined && !Object.hasOwn(ONLY, values.only)) {
			throw new Error(`--only does not know ${values.only}.`);
		}
		return values;
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
		return undefined;
	}
}

async function bench(quick: boolean, only: string | undefined): Promise<Results> {
	const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
	// It holds gigabytes, which must be removed however the bench ends.
	process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
	const github = await startGitHub();
	try {
		await buildPrograms();
		const missing = missingTools();
		if (missing) say(missing);
		return {
			date: new Date().toISOString().slice(0, 10),
			commit: commit(),
			quick,
			machine: describeMachine(),
			scenario: only === undefined ? await playAll(github, missing === undefined) : [],
			quietRun: only === undefined || only === 'action' ? await quietRun(github, directory) : null,
			pageScan: only === undefined || only === 'core' ? measurePageScan() : null,
			verifications:
				only === undefined || only === 'verify' ? await verifications(directory, quick) : [],
			measurements: only === 'verify' ? [] : await measureAll(github, directory, quick, only),
			notes: missing ? [missing] : [],
		};
	} finally {
		await github.close();
	}
}

function commit(): string {
	const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
	return stdout?.trim() || 'unknown';
}

async function playAll(github: GitHub, hasCurl: boolean): Promise<ScenarioResult[]> {
	say('Scenario: burst, ties, late rows, one crash');
	const strategies = [core, action(github), trigger, newestFirst, dailyWindows];
	const results: ScenarioResult[] = [];
	for (const strategy of hasCurl ? [...strategies, curlAndJq] : strategies) {
		const result = await play(strategy);
		const lost = Object.values(result.lost).reduce((sum, count) => sum + count);
		say(`  ${result.strategy}: ${lost} lost, ${result.repeated} repeated`);
		results.push(result);
	}
	return results;
}

async function quietRun(github: GitHub, directory: string): Promise<QuietRun> {
	say('A run with nothing new');
	return await withServer(QUIET_COUNT, (server) => measureQuietRun(server, github, directory));
}

async function verifications(directory: string, quick: boolean): Promise<Verification[]> {
	const results: Verification[] = [];
	for (const count of VERIFIED_COUNTS[quick ? 'quick' : 'full']) {
		say(`Verify ${count.toLocaleString('en-US')} activities`);
		const measure = (server: Server) => measureVerification(server, count, longAgo(), directory);
		results.push(await withServer(count, measure));
	}
	return results;
}

function handOvers(): Promise<HandOvers> {
	say(`${HANDED_OVER_COUNT.toLocaleString('en-US')} activities in a real n8n`);
	const measure = (server: Server) => measureHandOvers(server, HANDED_OVER_COUNT, say);
	return withServer(HANDED_OVER_COUNT, measure);
}

async function measureAll(
	github: GitHub,
	directory: string,
	quick: boolean,
	only: string | undefined,
): Promise<Measurement[]> {
	const rounds = roundsOf(quick, only === undefined ? [] : ONLY[only]!);
	const measurements: Measurement[] = [];
	// To fill the feed again for each round would take longer than many rounds.
	for (const count of new Set(rounds.map(({ setting }) => setting.count))) {
		const ofCount = await withServer(count, async (server) => {
			const found: Measurement[] = [];
			for (const round of rounds.filter(({ setting }) => setting.count === count)) {
				const { latency } = round.setting;
				say(`${count.toLocaleString('en-US')} activities, ${latency} ms a request`);
				const site = { github, server, directory, since: longAgo(), say };
				found.push(...(await runRound(round, site)));
			}
			return found;
		});
		measurements.push(...ofCount);
	}
	return measurements;
}

async function withServer<T>(count: number, work: (server: Server) => Promise<T>): Promise<T> {
	const server = await startServer(count);
	try {
		return await work(server);
	} finally {
		await server.close();
	}
}

async function write(results: Results): Promise<void> {
	const options = (await resolveConfig(FILES.report)) ?? {};
	const formatted = (text: string, filepath: string) => format(text, { ...options, filepath });
	writeFileSync(FILES.report, await formatted(renderReport(results), FILES.report));
	writeFileSync(FILES.results, await formatted(JSON.stringify(results), FILES.results));
	writeFileSync(FILES.chart, drawChart(results));
	say(`Written: ${Object.values(FILES).join(', ')}`);
}

/** A time before all activities, and not before the Action's default backfill start. */
function longAgo(): string {
	return new Date(Date.now() - 90 * DAY).toISOString();
}

function say(...lines: string[]): void {
	process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.once(signal, () => process.exit(INTERRUPTED));
}
main().then(
	(exitCode) => {
		process.exitCode = exitCode;
	},
	(error: unknown) => {
		process.stderr.write(`${inspect(error)}\n`);
		process.exit(1);
	},
);
