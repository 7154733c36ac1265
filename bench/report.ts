import { type Aim, aimsOf, find } from './aims';
import { FLATNESS, LONGEST_REPEATED_MS, REQUESTS_PER_MINUTE, SLOW } from './plan';
import { ACTION, CORE, FLOOR, readers } from './readers';
import type { Lightness, Measurement, Results, ScenarioResult, Setting } from './results';

/** The settings that the report has a table for, in this order. */
export const SETTINGS: readonly Setting[] = [
	{ count: 1_000_000, latency: SLOW },
	{ count: 1_000_000, latency: 0 },
	{ count: 100_000, latency: SLOW },
	{ count: 100_000, latency: 0 },
];

const FLAT_READERS = [CORE, ACTION];

const COMMAND = 'npm run bench';

/** All that a run has found out, as Markdown: the text and the figures of bench/README.md. */
export function renderReport(results: Results): string {
	return [
		'<!-- Written by the bench; bench/report.ts is its source. -->',
		'# How fast it is',
		INTRODUCTION,
		`![Wall time of each reader](chart.svg)`,
		'## The aims',
		AIMS,
		table(['aim', 'limit', 'reached', 'verdict'], aimsOf(results).map(aimRow)),
		...(aimsOf(results).some(({ short }) => short !== undefined) ? [SHORTFALLS] : []),
		'## Speed',
		`${results.quick ? 'Each measured once.' : REPETITIONS} ${FACTS}`,
		...SETTINGS.flatMap((setting) => speed(results, setting)),
		'## Memory, from a small backlog to a large one',
		MEMORY,
		flatness(results),
		'## What is lost and repeated',
		SCENARIO,
		scenario(results.scenario),
		'## With nothing to do',
		...lightness(results),
		'## Who is measured',
		READERS,
		'## The machine',
		machine(results),
		...(results.notes.length > 0
			? ['## Left out', results.notes.map((note) => `- ${note}`).join('\n')]
			: []),
	].join('\n\n');
}

/** The tables of what has been measured, without the text around them, for a terminal. */
export function renderTables(results: Results): string {
	return [
		...SETTINGS.flatMap((setting) => speed(results, setting)),
		...(FLAT_READERS.some((name) => find(results, name, FLATNESS.most, 0))
			? [flatness(results)]
			: []),
		...(results.scenario.length > 0 ? [scenario(results.scenario)] : []),
		...(results.light ? [lightnessTable(results.light)] : []),
	].join('\n\n');
}

/** The aims as lines for a terminal. */
export function renderAims(results: Results): string[] {
	const aims = aimsOf(results);
	const measured = aims.flatMap(({ what, limit, reached, short }) => {
		if (reached === undefined) return [];
		const verdict = short === undefined ? 'PASS ' : 'SHORT';
		const by = short === undefined ? '' : `, short by ${short}`;
		return [`${verdict} ${what}: ${reached} (${limit})${by}`];
	});
	const others = aims.length - measured.length;
	return others > 0 ? [...measured, `      ${others} aims were not measured`] : measured;
}

const INTRODUCTION = `\`${COMMAND}\` measures this package against the simulated API and against what one would use instead, all in one run on one machine. Only figures of the same run can be compared, so each also stands as a ratio to the *floor*: the same pages downloaded one after the other and written to disk, not looked into.`;

const AIMS =
	'The first eight are about *Action, files only*. With the limit of 600 a minute and a share of 80 %, 480 requests a minute are the steady pace; the first ones of a minute may go faster.';

const SHORTFALLS = `Where an aim is missed, this is why, and what would reach it:

- **Time at 0 ms of latency.** The floor looks into nothing. What is delivered here has been checked to be whole JSON, byte by byte, and each record has been cut out, with its id, time, type, actor and request-id; of the time that this takes, stepping over the bytes is a quarter; the rest is what each record costs, and the garbage it leaves. Reading them in WebAssembly, or in a thread beside the one that downloads, would come near the aim. Neither is worth what it would add to read and to trust: the API takes about a second for a call, and then the limit of requests decides.
- **Memory.** A page is a buffer of 2.4 MB and 5,000 small objects, all of which are garbage as soon as the page is stored. V8 collects them when it thinks fit, and how much has piled up until then differs from run to run, so the longest run meets the highest peak; what is alive at any time is a few pages, whatever the backlog. A flag for the size of V8's young generation would save some 40 MB, but GitHub starts Actions without flags; what can be set once V8 runs is set. One buffer for all pages would reach the aim, if batches need not stay valid after the next one is asked for, which the archive relies on.`;

const REPETITIONS = `Medians of three repetitions, taken in turns; what took longer than ${LONGEST_REPEATED_MS / 1000} s the first time was not repeated. What is not in a table would take a quarter of an hour there, or is not about speed.`;

const FACTS = `CPU time is user and system, of the process and all that it starts; peak memory is that of its largest process, both as the kernel counts them. Requests and bytes (of the answers' bodies) are counted by the simulated API. With latency the rate limit is on, ${REQUESTS_PER_MINUTE} requests a minute.`;

const MEMORY =
	'Peak memory at 0 ms of latency, each measured once. Memory is not to grow with what there is to read; the table shows how far that holds. (The checkpoint depends on the overlap alone.)';

const SCENARIO =
	'The same script for every strategy, on the simulator with its virtual clock: eight runs, five minutes apart. Before the second one 50,000 activities happen within a minute, and a run delivers 20,000 at most where the strategy has such a limit. In the second run the process dies as it asks for its fourth page. Around every run, activities appear late: some with exactly the time of the newest one that the run sees, some within the minute that the API documents, some up to four minutes after they happened. Rows are counted as lost when they were visible for two runs and have not been stored, and as repeated when they have been stored more than once. Core, Action and trigger read the last five minutes again each time, their default: what is later than that they would lose as well, until the overlap is set longer.';

const READERS = `- **Floor**: one request after the other over plain \`node:http\` with keep-alive, pages of 5,000, written as they come and made durable once. The cursor is cut out of the end of a page.
- **Core alone**: \`sync\` of the core on the Action's HTTP; everything is read and checked, nothing is written.
- **Action, files only**: the built \`dist/action\`, run as a GitHub runner does, with the defaults of action.yml but \`artifact: false\`. It ends as the floor does, with durable files; so the aims are about this one.
- **Action**: the same with all defaults, so it also packs and uploads the artifact, to the stand-in for GitHub's.
- **n8n trigger**: its defaults, poll after poll until one brings nothing new, in the tests' stand-in for n8n with plain \`node:http\`. n8n's own work is not in it.
- **curl and jq**: the loop that the API's guide suggests, windows up to a minute ago and \`after_id\`, with the largest page there is ([source](baselines/curl-jq.sh)).
- **Newest first (reimplemented)**: our own reimplementation of what common connectors do, whatever the product: pages of 1,000, newest first, until the checkpoint is reached, which is the newest time seen ([source](baselines/newest-first.ts)). For the speed it has no limit on pages.
- **Daily windows (reimplemented)**: our own reimplementation of the other usual strategy: one day after the other, with pages of 5,000, and the end of the window as the checkpoint ([source](baselines/daily-windows.ts)).

The simulated API is a process of its own. Its activities are made by the generator that all tests use, written out once, and spread over 89 days as a company's would be: busy days, quiet nights and weekends, a month of holidays, bursts, and many at the same instant. The activities that calls to the API leave in the feed themselves are switched off, so that all readers find the same, and nothing is compressed. Except for the floor, what a reader delivers is counted after each run.`;

function speed(results: Results, setting: Setting): string[] {
	const measured = readers.flatMap(
		({ name }) => find(results, name, setting.count, setting.latency) ?? [],
	);
	if (measured.length === 0) return [];
	const floor = measured.find(({ reader }) => reader === FLOOR);
	return [
		`### ${integer(setting.count)} activities, ${integer(setting.latency)} ms a call`,
		table(
			['reader', 'wall time', 'CPU time', 'peak memory', 'requests', 'at once', 'bytes', 'runs'],
			measured.map((each) => speedRow(each, floor)),
			1,
		),
	];
}

function speedRow({ reader, median, repetitions }: Measurement, floor?: Measurement): string[] {
	const base = floor?.median;
	return [
		reader,
		`${seconds(median.wallMs)} · ${ratio(median.wallMs, base?.wallMs)}`,
		`${seconds(median.cpuMs)} · ${ratio(median.cpuMs, base?.cpuMs)}`,
		`${megabytes(median.peakMemory)} · ${ratio(median.peakMemory, base?.peakMemory)}`,
		integer(median.requests) + (median.refused > 0 ? ` (${median.refused} refused)` : ''),
		integer(median.mostInFlight),
		megabytes(median.bytes),
		String(repetitions),
	];
}

function flatness(results: Results): string {
	const counts = Object.values(FLATNESS);
	const rows = FLAT_READERS.map((reader) => {
		const peaks = counts.map((count) => find(results, reader, count, 0)?.median.peakMemory);
		const [least, , most] = peaks;
		return [
			reader,
			...peaks.map((peak) => (peak === undefined ? '–' : megabytes(peak))),
			ratio(most, least),
		];
	});
	return table(['', ...counts.map(integer), 'largest to smallest'], rows, 1);
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

function lightness({ light }: Results): string[] {
	if (!light) return ['Not measured.'];
	return [
		'The runs of the Action have all defaults and go on from a checkpoint at the end of the feed. The CPU time up to the first request is read from /proc as the simulated API gets that request, before it answers, in steps of 10 ms; the median of five starts. A run is measured as a whole, from the start of its process to its end. Polls of the trigger are measured inside a process that has been polling, on average over all of them.',
		lightnessTable(light),
		`The bundle of the Action has ${(light.bundleBytes / 1e6).toFixed(2)} MB, minified.`,
	];
}

function lightnessTable({ idleRun, idlePolls, cpuToFirstRequestMs }: Lightness): string {
	return table(
		['', 'requests', 'CPU time'],
		[
			['Action, up to its first request', '–', milliseconds(cpuToFirstRequestMs)],
			['Action, run with nothing new', integer(idleRun.requests), milliseconds(idleRun.cpuMs)],
			[
				'n8n trigger, poll with nothing new',
				String(idlePolls.requests / idlePolls.polls),
				`${idlePolls.cpuMs.toFixed(1)} ms`,
			],
		],
		1,
	);
}

function machine({ machine: each, date, quick }: Results): string {
	const programs = Object.entries(each.programs).map(([name, version]) => `${name} ${version}`);
	return `${each.processor}, ${each.cores} cores, ${each.memoryGiB} GiB; ${each.system}; ${programs.join(', ')}. Measured on ${date} with \`${COMMAND}${quick ? ' -- --quick' : ''}\`${quick ? ', which leaves out what takes long and repeats nothing' : ''}.`;
}

function aimRow({ what, limit, reached, passed, short }: Aim): string[] {
	const verdict = passed === undefined ? '–' : passed ? 'pass' : `**short** by ${short}`;
	return [what, limit, reached ?? 'not measured', verdict];
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

function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function milliseconds(ms: number): string {
	return `${ms.toFixed(0)} ms`;
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(0)} MB`;
}

function integer(value: number): string {
	return value.toLocaleString('en-US');
}
