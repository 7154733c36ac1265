import type { IdlePolls } from './task';

/** Everything one run of the bench has found out. `results.json` holds it. */
export interface Results {
	/** Day of the run, `YYYY-MM-DD`. */
	readonly date: string;
	readonly quick: boolean;
	readonly machine: Machine;
	readonly measurements: readonly Measurement[];
	readonly scenario: readonly ScenarioResult[];
	readonly light: Lightness | null;
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
	/** Of the answers' bodies. */
	readonly bytes: number;
	readonly mostInFlight: number;
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

/** What it costs to have nothing to do. */
export interface Lightness {
	/** CPU time from the start of the Action's process to the arrival of its first request. */
	readonly cpuToFirstRequestMs: number;
	readonly bundleBytes: number;
	/** A run of the Action with nothing new, as a whole. */
	readonly idleRun: { readonly requests: number; readonly cpuMs: number; readonly wallMs: number };
	/** Polls of the n8n trigger with nothing new. */
	readonly idlePolls: IdlePolls;
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
		bytes: of('bytes'),
		mostInFlight: of('mostInFlight'),
	};
}
