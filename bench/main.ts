import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { type GitHub, startGitHub } from '../test/simulators/github/github';
import { drawChart } from './chart';
import { measureLightness } from './light';
import { describeMachine } from './machine';
import { missingForMeasuring } from './measure';
import { planOf } from './plan';
import { action, curlAndJq, trigger } from './process-strategies';
import { buildPrograms } from './programs';
import { missingTools, readers } from './readers';
import { renderAims, renderReport, renderTables, SETTINGS } from './report';
import type { Lightness, Measurement, Results, ScenarioResult } from './results';
import { runRound } from './rounds';
import { play } from './scenario';
import { type Server, startServer } from './server-process';
import { core, dailyWindows, newestFirst } from './strategies';

const PARTS = ['scenario', 'light'];

const USAGE = `npm run bench
    Measures everything, in some 40 minutes on two cores, and writes
    bench/README.md, bench/chart.svg and bench/results.json. It takes Linux and
    GNU time, and curl and jq for what is compared with:

    apt-get install time curl jq

npm run bench -- [options]
    --quick       100 thousand activities, once, in some 3 minutes; writes nothing
    --only NAME   one reader and the floor, or one part; writes nothing
                  readers: ${readers.map(({ id }) => id).join(', ')}
                  parts: ${PARTS.join(', ')}
    --write       writes the results of --quick too
    --render      writes the report again from bench/results.json
`;

const UNUSABLE = 2;
const INTERRUPTED = 130;
const DAY = 24 * 60 * 60_000;
/** What is light is measured beside a feed of this size. */
const LIGHT_COUNT = 100_000;

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
	const results = await bench(options.quick, options.only);
	if (options.write || (!options.quick && options.only === undefined)) await write(results);
	else say('', renderTables(results));
	say('', ...renderAims(results));
	return 0;
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				help: { type: 'boolean', short: 'h' },
				quick: { type: 'boolean', default: false },
				only: { type: 'string' },
				write: { type: 'boolean', default: false },
				render: { type: 'boolean', default: false },
			},
		});
		const known = [...readers.map(({ id }) => id), ...PARTS];
		if (values.only !== undefined && !known.includes(values.only)) {
			throw new Error(`There is no ${values.only}.`);
		}
		return values;
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
		return undefined;
	}
}

async function bench(quick: boolean, only: string | undefined): Promise<Results> {
	const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
	// Gigabytes, which must not stay behind whatever ends the bench.
	process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
	const github = await startGitHub();
	try {
		await buildPrograms();
		const missing = missingTools();
		if (missing) say(missing);
		return {
			date: new Date().toISOString().slice(0, 10),
			quick,
			machine: describeMachine(),
			scenario: !only || only === 'scenario' ? await playAll(github, missing === undefined) : [],
			light: !only || only === 'light' ? await light(github, directory) : null,
			measurements: await measureAll(github, directory, quick, only),
			notes: missing ? [missing] : [],
		};
	} finally {
		await github.close();
	}
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

async function light(github: GitHub, directory: string): Promise<Lightness> {
	say('Starts, runs and polls with nothing new');
	return await withServer(LIGHT_COUNT, (server) =>
		measureLightness(server, github, directory, longAgo()),
	);
}

async function measureAll(
	github: GitHub,
	directory: string,
	quick: boolean,
	only: string | undefined,
): Promise<Measurement[]> {
	if (only !== undefined && PARTS.includes(only)) return [];
	const rounds = planOf(quick, readers.find(({ id }) => id === only)?.name);
	const measurements: Measurement[] = [];
	// Filling the feed anew for each round would take longer than many a round does.
	for (const count of new Set(rounds.map(({ setting }) => setting.count))) {
		const ofCount = await withServer(count, async (server) => {
			const found: Measurement[] = [];
			for (const round of rounds.filter(({ setting }) => setting.count === count)) {
				const { latency } = round.setting;
				say(`${count.toLocaleString('en-US')} activities, ${latency} ms a call`);
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
	writeFileSync(FILES.chart, drawChart(results, SETTINGS));
	say(`Written: ${Object.values(FILES).join(', ')}`);
}

/** Before all activities, and no longer ago than the Action goes by itself. */
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
		process.stderr.write(`${(error as Error).stack}\n`);
		process.exit(1);
	},
);
