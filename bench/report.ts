import { ACTION, FLOOR, readers, variants } from './readers';
import type { HandOver, HandOvers } from './hand-over';
import { find, type Measurement, type Results, type ScenarioResult, type Setting } from './results';
import {
	LONGEST_REPEATED_MS,
	REQUESTS_PER_MINUTE,
	SIZED_LATENCIES,
	SIZED_READERS,
	SIZES,
} from './rounds';

/** The results of a bench run as Markdown: the text and the figures of bench/README.md. */
export function renderReport(results: Results): string {
	return [
		'<!-- Written by the bench; bench/report.ts is its source. -->',
		'# How fast it is',
		INTRODUCTION,
		`![Wall time of each reader](chart.svg)`,
		'## Speed',
		FACTS,
		...speedTables(results),
		'## What formats and watches cost',
		VARIANTS,
		...variantTables(results),
		'## Memory, from a small backlog to a large one',
		MEMORY,
		memoryTable(results),
		...pageScan(results),
		'## What is lost and repeated',
		SCENARIO,
		scenario(results.scenario),
		...verifying(results),
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

/** Only the tables of the results, for a terminal. */
export function renderTables(results: Results): string {
	return [
		...speedTables(results),
		...variantTables(results),
		...(find(results, SIZED_READERS[0]!, { count: SIZES.most, latency: 0 })
			? [memoryTable(results)]
			: []),
		...(results.scenario.length > 0 ? [scenario(results.scenario)] : []),
		...verifications(results),
		...quietRun(results),
		...pageScan(results),
	].join('\n\n');
}

/** The comparison in a real n8n, for a terminal. */
export function renderHandOvers({ trigger, codeNode }: HandOvers): string {
	const row = (name: string, { wallMs, cpuMs, peakMemory, databaseSize }: HandOver) => [
		name,
		`${inSeconds(wallMs)} · ${ratio(wallMs, codeNode.wallMs)}`,
		`${inSeconds(cpuMs)} · ${ratio(cpuMs, codeNode.cpuMs)}`,
		`${megabytes(peakMemory)} · ${ratio(peakMemory, codeNode.peakMemory)}`,
		`${megabytes(databaseSize)} · ${ratio(databaseSize, codeNode.databaseSize)}`,
	];
	return table(
		['into Postgres', 'wall time', 'CPU time, with the start', 'peak memory', "n8n's database"],
		[row('The trigger', trigger), row('A Code node', codeNode)],
		1,
	);
}

/** The settings under which readers were compared, in the order of measurement. */
export function comparedSettings({ measurements }: Results): Setting[] {
	return measurements.filter(({ reader }) => reader === FLOOR);
}

const INTRODUCTION =
	'`npm run bench` measures this package and its alternatives against the simulated API, all in one run on one machine. Only figures of the same run can be compared, so each figure also has a ratio to the _floor_: a reader that downloads the same pages one after the other and writes them to disk without parsing them.';

const FACTS = `The figures are medians; the readers ran in turns. A reader that took longer than ${LONGEST_REPEATED_MS / 1000} s the first time was not repeated. CPU time is user and system time of the process and its children. Peak memory is that of the largest process. Both are the kernel's figures. The simulated API counts the requests. With latency, its rate limit of ${REQUESTS_PER_MINUTE} requests a minute is on.`;

const VARIANTS = `"${ACTION}" with other inputs, in the same turns. It writes raw lines. The default watches look for alerts, except in the row without them. Each ratio is to that reader.`;

const MEMORY =
	'Peak memory, each measured once, for a backlog and for one a hundred times as large. A page is a buffer of 2.4 MB and a table of its records. The Action frees the buffer as soon as its activities are stored, and only a few pages are in memory at any time, whatever the backlog. What grows is garbage between two collections. With latency, pages are read ahead and wait in files.';

const SCENARIO =
	'Every strategy runs the same script on the simulator with its virtual clock: eight runs, five minutes apart. Before the second run, 50,000 activities happen within a minute. A run delivers at most 20,000 if the strategy has such a limit. In the second run, the process dies when it asks for its fourth page. Around every run, activities appear late: some with exactly the time of the newest activity that the run sees, some within the minute that the API documents, some up to four minutes after they happened. A row counts as lost if it was visible for two runs and was not stored, and as repeated if it was stored more than once. Core, Action and trigger read the last five minutes again each time, which is their default. They would lose activities that appear even later, unless the overlap is longer.';

const VERIFYING =
	'`dist/action/verify.mjs` on an archive of such activities, in turns with `sha256sum` on the same files. Each figure is the median of three runs. Verify hashes the lines, reads each of them, and keeps 6 bytes of each id.';

const READERS = `- **Floor**: one request after the other over plain \`node:http\` with keep-alive, pages of 5,000, written to disk unchanged and made durable once at the end. It cuts the cursor out of the end of a page.
- **Core alone**: \`sync\` of the core on the Action's HTTP. It reads and checks everything, and writes nothing.
- **Action, files only**: the built \`dist/action\`, run as a GitHub runner does, with the defaults of action.yml but \`artifact: false\`. Like the floor, it ends with durable files, so compare this reader with the floor.
- **Action**: the same with all defaults, so it also packs the artifact and uploads it to the simulated GitHub.
- **n8n trigger**: its defaults, poll after poll until a poll finds nothing new, in the tests' fake of n8n with plain \`node:http\`. The figures do not include n8n's own work.
- **curl and jq**: the loop that the API's guide suggests, with windows that end a minute ago, \`after_id\`, and the largest page size ([source](baselines/curl-jq.sh)).
- **Newest first (reimplemented)**: our own reimplementation of what common connectors do: pages of 1,000, newest first, until the checkpoint, which is the newest time seen ([source](baselines/newest-first.ts)). When its speed is measured, it has no limit of pages.
- **Daily windows (reimplemented)**: our own reimplementation of the other usual strategy: one day after the other, with pages of 5,000. The end of the window is the checkpoint ([source](baselines/daily-windows.ts)).

The simulated API runs in its own process. The generator of all tests makes its activities, which are encoded once and spread over 89 days like those of a company: busy days, quiet nights and weekends, a month of holidays, bursts, and many at the same instant. Requests leave no activities in this feed, so that all readers find the same activities. Nothing is compressed. After each run, the bench counts the activities that the reader delivered, except for the floor.`;

const MEASURED = ['wall time', 'CPU time', 'peak memory', 'requests', 'runs'];

function speedTables(results: Results): string[] {
	return comparedSettings(results).flatMap((setting) => {
		const measured = readers.flatMap(({ name }) => find(results, name, setting) ?? []);
		const floor = find(results, FLOOR, setting);
		return [
			`### ${integer(setting.count)} activities, ${integer(setting.latency)} ms a request`,
			table(
				['reader', ...MEASURED],
				measured.map((each) => speedRow(each, floor)),
				1,
			),
		];
	});
}

/** One for each setting in which the variants were measured. */
function variantTables(results: Results): string[] {
	return comparedSettings(results).flatMap((setting) => {
		const raw = find(results, ACTION, setting);
		const measured = variants.flatMap(({ name }) => find(results, name, setting) ?? []);
		if (measured.length === 0 || raw === undefined) return [];
		const title = `${integer(setting.count)} activities, ${integer(setting.latency)} ms a request`;
		const rows = [{ ...raw, reader: 'raw' }, ...measured].map((each) => speedRow(each, raw));
		return [table([title, ...MEASURED], rows, 1)];
	});
}

/** @param basis what the ratios are to */
function speedRow({ reader, median, repetitions }: Measurement, basis?: Measurement): string[] {
	const base = basis?.median;
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
	const rows = SIZED_LATENCIES.flatMap((latency) =>
		SIZED_READERS.map((reader) => {
			const peaks = counts.map(
				(count) => find(results, reader, { count, latency })?.median.peakMemory,
			);
			return [
				`${reader}, ${integer(latency)} ms`,
				...peaks.map((peak) => (peak === undefined ? '–' : megabytes(peak))),
				ratio(peaks.at(-1), peaks[0]),
			];
		}),
	);
	return table(['', ...counts.map(integer), 'ratio'], rows, 1);
}

function pageScan({ pageScan: measured }: Results): string[] {
	if (!measured) return [];
	const { bytes, scanMs, loopMs, parseMs } = measured;
	const ms = (value: number) => `${value.toFixed(1)} ms`;
	return [
		`To read a page of ${megabytes(bytes)}, the core takes ${ms(scanMs)}. A bare loop over its bytes takes ${ms(loopMs)}, which is ${ratio(loopMs, scanMs)} of that, and \`JSON.parse\` ${ms(parseMs)}.`,
	];
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

function verifying(results: Results): string[] {
	const tables = verifications(results);
	return tables.length > 0 ? ['## Verifying an archive', VERIFYING, ...tables] : [];
}

function verifications({ verifications: measured = [] }: Results): string[] {
	if (measured.length === 0) return [];
	const rows = measured.map(({ count, cpuMs, hashCpuMs, peakMemory }) => [
		integer(count),
		`${inSeconds(cpuMs)} · ${ratio(cpuMs, hashCpuMs)}`,
		inSeconds(hashCpuMs),
		megabytes(peakMemory),
	]);
	return [table(['activities', 'CPU time', 'of sha256sum', 'peak memory'], rows, 0)];
}

function quietRun({ quietRun: measured }: Results): string[] {
	if (!measured) return [];
	const { runs, requests, cpuMs, bundleBytes } = measured;
	return [
		`A run of the Action that finds nothing new, with all defaults and from a checkpoint at the end of the feed, makes ${requests} ${requests === 1 ? 'request' : 'requests'} to the API and takes ${cpuMs.toFixed(0)} ms of CPU time (${runs === 1 ? 'one run' : `the median of ${runs} runs`}). The minified bundle has ${(bundleBytes / 1e6).toFixed(2)} MB.`,
	];
}

function machine({ machine: each, date, commit, quick }: Results): string {
	const programs = Object.entries(each.programs).map(([name, version]) => `${name} ${version}`);
	return `${each.processor}, ${each.cores} cores, ${each.memoryGiB} GiB; ${each.system}; ${programs.join(', ')}. Measured on ${date} at commit ${commit} with \`npm run bench${quick ? ' -- --quick' : ''}\`. Later commits may differ.`;
}

/** @param numbers index of the first right-aligned column; none by default */
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
