/** Everything one run of the bench has found out. `results.json` holds it. */
export interface Results {
	/** Day of the run, `YYYY-MM-DD`. */
	readonly date: string;
	/** What was measured, as `git describe` names it; `-dirty` where it was not all committed. */
	readonly commit: string;
	readonly quick: boolean;
	readonly machine: Machine;
	readonly measurements: readonly Measurement[];
	readonly scenario: readonly ScenarioResult[];
	readonly quietRun: QuietRun | null;
	/** What was left out, and why. */
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

/** Under what a reader is measured. */
export interface Setting {
	/** Activities in the feed. */
	readonly count: number;
	/** Milliseconds that each call takes; the rate limit is on when there are any. */
	readonly latency: number;
}

/** What one run of a reader took. */
export interface Figures {
	readonly wallMs: number;
	/** User and system, of the process and all that it started. */
	readonly cpuMs: number;
	/** Of the largest process. */
	readonly peakMemory: number;
	readonly requests: number;
	/** Those of them that the rate limit refused. */
	readonly refused: number;
}

/** One reader under one setting. */
export interface Measurement extends Setting {
	readonly reader: string;
	readonly repetitions: number;
	/** Of each figure by itself. */
	readonly median: Figures;
}

/** The rows that a strategy has lost and repeated in the scenario. */
export interface ScenarioResult {
	readonly strategy: string;
	/** Rows that the feed showed in the end. */
	readonly rows: number;
	/** By what made them hard to get. */
	readonly lost: Readonly<Record<Difficulty, number>>;
	readonly repeated: number;
}

/** What makes a row hard to get. */
export type Difficulty = 'none' | 'burst' | 'tie' | 'late' | 'very late';

/** A run of the Action with nothing new, as a whole. */
export interface QuietRun {
	/** How many were measured; of their CPU time this is the median. */
	readonly runs: number;
	readonly requests: number;
	readonly cpuMs: number;
	/** Of all that the Action may load. */
	readonly bundleBytes: number;
}

/** The middle one; of an even number, the lower of the two in the middle. */
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

/** What a run has measured of a reader; undefined when it has not. */
export function find(
	{ measurements }: Results,
	reader: string,
	{ count, latency }: Setting,
): Measurement | undefined {
	return measurements.find(
		(each) => each.reader === reader && each.count === count && each.latency === latency,
	);
}
