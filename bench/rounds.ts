import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { GitHub } from '../test/simulators/github/github';
import type { Server } from './api/server-process';
import {
	ACTION,
	ACTION_WITH_ARTIFACT,
	CORE,
	CURL,
	DAILY_WINDOWS,
	FLOOR,
	NEWEST_FIRST,
	type Reader,
	readers,
	variants,
} from './readers';
import { type Figures, type Measurement, medianFigures, type Setting } from './results';

/** The readers that are measured in turns under one setting. */
export interface Round {
	readonly setting: Setting;
	readonly readers: readonly string[];
	readonly repetitions: number;
}

/** The surroundings of the measurements. */
export interface Site {
	readonly github: GitHub;
	readonly server: Server;
	/** For the readers' files; emptied after each reader. */
	readonly directory: string;
	/** A time before all activities, in RFC 3339. */
	readonly since: string;
	readonly say: (line: string) => void;
}

/** The API's rate limit for all keys of an organization together. */
export const REQUESTS_PER_MINUTE = 600;
/** A reader that took longer than this is not repeated, because noise is then a small share of the time. */
export const LONGEST_REPEATED_MS = 40_000;

const SLOW = 1000;
const HUNDRED_THOUSAND = 100_000;
const MILLION = 1_000_000;
const REPETITIONS = 3;

/** For peak memory, one run is enough. */
export const SIZES = { least: 50_000, most: 5_000_000 } as const;
/** The readers whose memory is measured with the smallest and the largest feed. */
export const SIZED_READERS = [CORE, ACTION];
/** Where answers take long, pages are read ahead and stored. */
export const SIZED_LATENCIES = [0, SLOW];

const ALL = readers.map(({ name }) => name);
const VARIANTS = variants.map(({ name }) => name);

const QUICK: readonly Round[] = [
	{
		setting: { count: HUNDRED_THOUSAND, latency: 0 },
		readers: [...ALL, ...VARIANTS],
		repetitions: 1,
	},
	{
		setting: { count: HUNDRED_THOUSAND, latency: SLOW },
		readers: [FLOOR, CORE, ACTION],
		repetitions: 1,
	},
];

const FULL: readonly Round[] = [
	{
		setting: { count: MILLION, latency: SLOW },
		// Daily windows ask one page after the other, like curl, and newest first sends five times as many requests.
		readers: [FLOOR, CORE, ACTION, ...VARIANTS, CURL],
		repetitions: REPETITIONS,
	},
	{
		setting: { count: MILLION, latency: 0 },
		readers: [
			FLOOR,
			CORE,
			ACTION,
			...VARIANTS,
			ACTION_WITH_ARTIFACT,
			CURL,
			NEWEST_FIRST,
			DAILY_WINDOWS,
		],
		repetitions: REPETITIONS,
	},
	// A poll of the trigger delivers 5,000.
	{ setting: { count: HUNDRED_THOUSAND, latency: 0 }, readers: ALL, repetitions: REPETITIONS },
	...Object.values(SIZES).flatMap((count) =>
		SIZED_LATENCIES.map((latency) => ({
			setting: { count, latency },
			readers: SIZED_READERS,
			repetitions: 1,
		})),
	),
];

/**
 * The rounds of the bench.
 *
 * @param only names of readers to measure beside the floor; an empty list means all
 */
export function roundsOf(quick: boolean, only: readonly string[]): Round[] {
	if (only.length === 0) return [...(quick ? QUICK : FULL)];
	return (quick ? QUICK : FULL)
		.filter((round) => round.readers.some((name) => only.includes(name)))
		.map((round) => ({
			...round,
			readers: round.readers.filter((name) => name === FLOOR || only.includes(name)),
		}));
}

/**
 * Measures the readers of a round in turns, so that a slow phase of the machine does not affect only one
 * reader.
 *
 * @returns a measurement for each reader that can run on this machine
 */
export async function runRound(round: Round, site: Site): Promise<Measurement[]> {
	const present = round.readers
		.map((name) => [...readers, ...variants].find((reader) => reader.name === name)!)
		.filter((reader) => reader.missing?.() === undefined);
	const samples = new Map(present.map((reader) => [reader, [] as Figures[]]));
	for (let repetition = 0; repetition < round.repetitions; repetition++) {
		for (const [reader, taken] of samples) {
			if ((taken[0]?.wallMs ?? 0) > LONGEST_REPEATED_MS) continue;
			const figures = await sample(reader, round, site);
			taken.push(figures);
			site.say(describe(reader.name, figures));
		}
	}
	return [...samples].map(([reader, taken]) => ({
		reader: reader.name,
		...round.setting,
		repetitions: taken.length,
		median: medianFigures(taken),
	}));
}

async function sample(reader: Reader, { setting }: Round, site: Site): Promise<Figures> {
	const { github, server, since } = site;
	const { count, latency } = setting;
	await server.under({ latency, requestsPerMinute: latency > 0 ? REQUESTS_PER_MINUTE : null });
	const directory = mkdtempSync(path.join(site.directory, 'reader-'));
	try {
		const run = await reader.run({ github, feedUrl: server.url, since, directory });
		if (run.delivered !== null && run.delivered !== count) {
			throw new Error(`${reader.name} delivered ${run.delivered} of ${count} activities.`);
		}
		const { requests, refused } = await server.traffic();
		const { wallMs, cpuMs, peakMemory } = run;
		return { wallMs, cpuMs, peakMemory, requests, refused };
	} finally {
		rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
	}
}

function describe(name: string, { wallMs, cpuMs, peakMemory, requests }: Figures): string {
	const inSeconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`.padStart(10);
	const megabytes = `${Math.round(peakMemory / 1e6)} MB`.padStart(8);
	return `  ${name.padEnd(30)}${inSeconds(wallMs)} wall${inSeconds(cpuMs)} CPU${megabytes}  ${requests} requests`;
}
