/** The results of one bench run, as in `results.json`. */
export interface Results {
	/** Day of the run, `YYYY-MM-DD`. */
	readonly date: string;
	/** What was measured, as `git describe` names it; with `-dirty` if there were uncommitted changes. */
	readonly commit: string;
	readonly quick: boolean;
	readonly machine: Machine;
	readonly measurements: readonly Measurement[];
	readonly scenario: readonly ScenarioResult[];
	readonly quietRun: QuietRun | null;
	/** By the size of the archive; `undefined` in results that are older than this measurement. */
	readonly verifications?: readonly Verification[];
	/** Results of earlier versions lack it. */
	readonly pageScan?: PageScan | null;
	/** What the bench left out, and why. */
	readonly notes: readonly string[];
}

export interface Machine {
	readonly processor: string;
	readonly cores: number;
	readonly memoryGiB: number;
	readonly system: string;
	/** Version by program. */
	readonly programs: Readonly<Record<string, string>>;
}

/** The conditions of a measurement. */
export interface Setting {
	/** Activities in the feed. */
	readonly count: number;
	/** Milliseconds that each request takes; above 0, the rate limit is on. */
	readonly latency: number;
}

/** The figures of one run of a reader. */
export interface Figures {
	readonly wallMs: number;
	/** User and system time of the process and its children. */
	readonly cpuMs: number;
	/** Bytes, of the largest process. */
	readonly peakMemory: number;
	readonly requests: number;
	/** How many of the requests the rate limit refused. */
	readonly refused: number;
}

/** One reader under one setting. */
export interface Measurement extends Setting {
	readonly reader: string;
	readonly repetitions: number;
	/** The median of each figure by itself. */
	readonly median: Figures;
}

/** The rows that a strategy lost and repeated in the scenario. */
export interface ScenarioResult {
	readonly strategy: string;
	/** Rows that the feed showed at the end. */
	readonly rows: number;
	/** By why they were hard to get. */
	readonly lost: Readonly<Record<Difficulty, number>>;
	readonly repeated: number;
}

/** Why a row is hard to get. */
export type Difficulty = 'none' | 'burst' | 'tie' | 'late' | 'very late';

/** The medians of reading one page in three ways. */
export interface PageScan {
	readonly bytes: number;
	/** By the core. */
	readonly scanMs: number;
	/** By a loop that looks at each byte once. */
	readonly loopMs: number;
	/** By JSON.parse, from the same bytes. */
	readonly parseMs: number;
}

/** A whole run of the Action that finds nothing new. */
export interface QuietRun {
	/** How many runs were measured; `cpuMs` is their median. */
	readonly runs: number;
	readonly requests: number;
	readonly cpuMs: number;
	/** Size of everything that the Action may load. */
	readonly bundleBytes: number;
}

/** Verify on an archive, and sha256sum on the same files. The figures are medians. */
export interface Verification {
	/** Activities in the archive. */
	readonly count: number;
	readonly cpuMs: number;
	readonly hashCpuMs: number;
	/** Bytes. */
	readonly peakMemory: number;
}

/** The median; for an even number of values, the lower of the two in the middle. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[(sorted.length - 1) >> 1] ?? NaN;
}

/** The median of each figure. */
export function medianFigures(samples: readonly Figures[]): Figures {
	const of = (name: keyof Figures) => median(samples.map((sample) => sample[name]));
	return {
		wallMs: of('wallMs'),
		cpuMs: of('cpuMs'),
		peakMemory: of('peakMemory'),
		requests: of('requests'),
		refused: of('refused'),
	};
}

/** The measurement of a reader; `undefined` when there is none. */
export function find(
	{ measurements }: Results,
	reader: string,
	{ count, latency }: Setting,
): Measurement | undefined {
	return measurements.find(
		(each) => each.reader === reader && each.count === count && each.latency === latency,
	);
}
