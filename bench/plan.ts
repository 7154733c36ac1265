import {
	ACTION,
	ACTION_WITH_ARTIFACT,
	CORE,
	CURL,
	DAILY_WINDOWS,
	FLOOR,
	NEWEST_FIRST,
	TRIGGER,
} from './readers';
import type { Setting } from './results';

/** The readers that are measured under one setting, in turns. */
export interface Round {
	readonly setting: Setting;
	readonly readers: readonly string[];
	readonly repetitions: number;
}

export const SLOW = 1000;
/** What the API allows all keys of an organization together. */
export const REQUESTS_PER_MINUTE = 600;
/** What has taken longer than this is not repeated: by then noise is a small share of it. */
export const LONGEST_REPEATED_MS = 40_000;

const HUNDRED_THOUSAND = 100_000;
const MILLION = 1_000_000;
const REPETITIONS = 3;

/** For the peak of memory alone: once is enough. */
export const FLATNESS = { least: 50_000, middle: 500_000, most: 5_000_000 } as const;

const QUICK: readonly Round[] = [
	{
		setting: { count: HUNDRED_THOUSAND, latency: 0 },
		readers: [
			FLOOR,
			CORE,
			ACTION,
			ACTION_WITH_ARTIFACT,
			TRIGGER,
			CURL,
			NEWEST_FIRST,
			DAILY_WINDOWS,
		],
		repetitions: 1,
	},
	{
		setting: { count: HUNDRED_THOUSAND, latency: SLOW },
		readers: [FLOOR, CORE, ACTION, CURL],
		repetitions: 1,
	},
];

const FULL: readonly Round[] = [
	{ ...QUICK[0]!, repetitions: REPETITIONS },
	{
		setting: { count: HUNDRED_THOUSAND, latency: SLOW },
		// With 1,000 a page, a million would take newest first a quarter of an hour.
		readers: [FLOOR, CORE, ACTION, TRIGGER, CURL, NEWEST_FIRST, DAILY_WINDOWS],
		repetitions: REPETITIONS,
	},
	{
		setting: { count: MILLION, latency: 0 },
		readers: [FLOOR, CORE, ACTION, ACTION_WITH_ARTIFACT, CURL, NEWEST_FIRST, DAILY_WINDOWS],
		repetitions: REPETITIONS,
	},
	{
		setting: { count: MILLION, latency: SLOW },
		readers: [FLOOR, CORE, ACTION, CURL, DAILY_WINDOWS],
		repetitions: REPETITIONS,
	},
	...Object.values(FLATNESS).map((count) => ({
		setting: { count, latency: 0 },
		readers: [CORE, ACTION],
		repetitions: 1,
	})),
];

/**
 * What is measured.
 *
 * @param only name of a reader: with the floor, all that is left
 */
export function planOf(quick: boolean, only?: string): Round[] {
	return (quick ? QUICK : FULL)
		.map((round) => ({
			...round,
			readers: round.readers.filter(
				(name) => only === undefined || name === FLOOR || name === only,
			),
		}))
		.filter(({ readers }) => readers.includes(only ?? readers[0]!));
}
