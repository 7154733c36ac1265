import { FLOOR, readers } from './readers';
import { find, type Measurement, type Results, type ScenarioResult, type Setting } from './results';
import { LONGEST_REPEATED_MS, REQUESTS_PER_MINUTE, SIZED_READERS, SIZES } from './rounds';

/** All that a run has found out, as Markdown: the text and the figures of bench/README.md. */
export function renderReport(results: Results): string {
	return [
		'<!-- Written by the bench; bench/report.ts is its source. -->',
		'# How fast it is',
		INTRODUCTION,
		`![Wall time of each reader](chart.svg)`,
		'## Speed',
		FACTS,
		...speedTables(results),
		'## Memory, from a small backlog to a large one',
		MEMORY,
		memoryTable(results),
		'## What is lost and repeated',
		SCENARIO,
		scenario(results.scenario),
		'## With nothing new',
		...quietRun(results),
		'## Who is measured',
		READERS,
		'## The machine',
		machine(results),
		...(results.notes.length > 0
			? ['## Left out', results.notes.map((note) => `- ${note}`).join('\n')]
			: []),
	].join('\n\n');
}

/** What has been measured, without the text around it, for a terminal. */
export function renderTables(results: Results): string {
	return [
		...speedTables(results),
		...(find(results, SIZED_READERS[0]!, { count: SIZES.most, latency: 0 })
			? [memoryTable(results)]
			: []),
		...(results.scenario.length > 0 ? [scenario(results.scenario)] : []),
		...quietRun(results),
	].join('\n\n');
}

/** The settings that readers were compared under, in the order in which they were measured. */
export function comparedSettings({ measurements }: Results): Setting[] {
	return measurements.filter(({ reader }) => reader === FLOOR);
}

const INTRODUCTION =
	'`npm run bench` measures this package against the simulated API and against what one would use instead, all in one run on one machine. Only figures of the same run can be compared, so each also comes as a ratio to the _floor_: the same pages downloaded one after the other and written to disk, not looked into.';

const FACTS = `Medians, taken in turns; what took longer than ${LONGEST_REPEATED_MS / 1000} s the first time was not repeated. CPU time is user and system, of the process and all that it starts; peak memory is that of its largest process, both as the kernel counts them. Requests are counted by the simulated API. With latency the rate limit is on, ${REQUESTS_PER_MINUTE} requests a minute.`;

const MEMORY =
	'Peak memory at 0 ms of latency, each measured once. Memory is not to grow with what there is to read; the table shows how far that holds. A page is a buffer of 2.4 MB and 5,000 small objects, all of which are garbage as soon as the page is stored. V8 collects them when it thinks fit, so the longest run meets the highest peak; what is alive at any time is a few pages, whatever the backlog.';

const SCENARIO =
	'The same script for every strategy, on the simulator with its virtual clock: eight runs, five minutes apart. Before the second one 50,000 activities happen within a minute, and a run delivers 20,000 at most where the strategy has such a limit. In the second run the process dies as it asks for its fourth page. Around every run, activities appear late: some with exactly the time of the newest one that the run sees, some within the minute that the API documents, some up to four minutes after they happened. Rows are counted as lost when they were visible for two runs and have not been stored, and as repeated when they have been stored more than once. Core, Action and trigger read the last five minutes again each time, their default: what is later than that they would lose as well, until the overlap is set longer.';

const READERS = `- **Floor**: one request after the other over plain \`node:http\` with keep-alive, pages of 5,000, written as they come and made durable once. The cursor is cut out of the end of a page.
- **Core alone**: \`sync\` of the core on the Action's HTTP; everything is read and checked, nothing is written.
- **Action, files only**: the built \`dist/action\`, run as a GitHub runner does, with the defaults of action.yml but \`artifact: false\`. It ends as the floor does, with durable files; so it is this one that the floor is compared with.
- **Action**: the same with all defaults, so it also packs and uploads the artifact, to the stand-in for GitHub's.
- **n8n trigger**: its defaults, poll after poll until one brings nothing new, in the tests' stand-in for n8n with plain \`node:http\`. n8n's own work is not in it.
- **curl and jq**: the loop that the API's guide suggests, windows up to a minute ago and \`after_id\`, with the largest page there is ([source](baselines/curl-jq.sh)).
- **Newest first (reimplemented)**: our own reimplementation of what common connectors do, whatever the product: pages of 1,000, newest first, until the checkpoint is reached, which is the newest time seen ([source](baselines/newest-first.ts)). For the speed it has no limit on pages.
- **Daily windows (reimplemented)**: our own reimplementation of the other usual strategy: one day after the other, with pages of 5,000, and the end of the window as the checkpoint ([source](baselines/daily-windows.ts)).

The simulated API is a process of its own. Its activities are made by the generator that all tests use, written out once, and spread over 89 days as a company's would be: busy days, quiet nights and weekends, a month of holidays, bursts, and many at the same instant. The activities that calls to the API leave in the feed themselves are switched off, so that all readers find the same, and nothing is compressed. Except for the floor, what a reader delivers is counted after each run.`;

function speedTables(results: Results): string[] {
	return comparedSettings(results).flatMap((setting) => {
		const measured = readers.flatMap(({ name }) => find(results, name, setting) ?? []);
		const floor = find(results, FLOOR, setting);
		return [
			`### ${integer(setting.count)} activities, ${integer(setting.latency)} ms a call`,
			table(
				['reader', 'wall time', 'CPU time', 'peak memory', 'requests', 'runs'],
				measured.map((each) => speedRow(each, floor)),
				1,
			),
		];
	});
}

function speedRow({ reader, median, repetitions }: Measurement, floor?: Measurement): string[] {
	const base = floor?.median;
	return [
		reader,
		`${inSeconds(median.wallMs)} · ${ratio(median.wallMs, base?.wallMs)}`,
		`${inSeconds(median.cpuMs)} · ${ratio(median.cpuMs, base?.cpuMs)}`,
		`${megabytes(median.peakMemory)} · ${ratio(median.peakMemory, base?.peakMemory)}`,
		integer(median.requests) + (median.refused > 0 ? ` (${median.refused} refused)` : ''),
		String(repetitions),
	];
}

function memoryTable(results: Results): string {
	const counts = Object.values(SIZES);
	const rows = SIZED_READERS.map((reader) => {
		const peaks = counts.map(
			(count) => find(results, reader, { count, latency: 0 })?.median.peakMemory,
		);
		return [
			reader,
			...peaks.map((peak) => (peak === undefined ? '–' : megabytes(peak))),
			ratio(peaks.at(-1), peaks[0]),
		];
	});
	return table(['', ...counts.map(integer), 'ratio'], rows, 1);
}

function scenario(results: readonly ScenarioResult[]): string {
	return table(
		['strategy', 'rows', 'lost', 'of the burst', 'ties', 'late', 'very late', 'others', 'repeated'],
		results.map(({ strategy, rows, lost, repeated }) => [
			strategy,
			integer(rows),
			`**${integer(Object.values(lost).reduce((sum, count) => sum + count))}**`,
			integer(lost.burst),
			integer(lost.tie),
			integer(lost.late),
			integer(lost['very late']),
			integer(lost.none),
			`**${integer(repeated)}**`,
		]),
		1,
	);
}

function quietRun({ quietRun: measured }: Results): string[] {
	if (!measured) return [];
	const { runs, requests, cpuMs, bundleBytes } = measured;
	return [
		`A run of the Action that has nothing new, with all defaults and from a checkpoint at the end of the feed, makes ${requests} ${requests === 1 ? 'request' : 'requests'} to the API and takes ${cpuMs.toFixed(0)} ms of CPU time (${runs === 1 ? 'one run' : `the median of ${runs} runs`}). The bundle has ${(bundleBytes / 1e6).toFixed(2)} MB, minified.`,
	];
}

function machine({ machine: each, date, commit, quick }: Results): string {
	const programs = Object.entries(each.programs).map(([name, version]) => `${name} ${version}`);
	return `${each.processor}, ${each.cores} cores, ${each.memoryGiB} GiB; ${each.system}; ${programs.join(', ')}. Measured on ${date} at commit ${commit} with \`npm run bench${quick ? ' -- --quick' : ''}\`. Later commits may differ.`;
}

/** @param numbers the first of the columns that are aligned to the right; none by default */
function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
	numbers = Infinity,
): string {
	const rule = head.map((_, column) => (column < numbers ? '---' : '---:'));
	return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function ratio(value: number | undefined, base: number | undefined): string {
	return value === undefined || !base ? '–' : `${(value / base).toFixed(2)} ×`;
}

function inSeconds(ms: number): string {
	return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(0)} MB`;
}

function integer(value: number): string {
	return value.toLocaleString('en-US');
}
