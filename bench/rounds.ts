import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { GitHub } from '../test/simulators/github/github';
import { LONGEST_REPEATED_MS, REQUESTS_PER_MINUTE, type Round } from './plan';
import { type Reader, readers } from './readers';
import { type Figures, type Measurement, medianFigures } from './results';
import type { Server } from './server-process';

/** Where measuring takes place. */
export interface Site {
	readonly github: GitHub;
	readonly server: Server;
	/** For what readers write; emptied after each. */
	readonly directory: string;
	/** Before all activities, as RFC 3339. */
	readonly since: string;
	readonly say: (line: string) => void;
}

/**
 * Measures the readers of a round in turns, so that what slows the machine down for a while does not
 * fall on one of them alone.
 *
 * @returns a measurement for each reader that can run here
 */
export async function runRound(round: Round, site: Site): Promise<Measurement[]> {
	const present = round.readers
		.map((name) => readers.find((reader) => reader.name === name)!)
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
	const directory = mkdtempSync(path.join(site.directory, `${reader.id}-`));
	try {
		const run = await reader.run({ github, feedUrl: server.url, since, directory });
		if (run.delivered !== null && run.delivered !== count) {
			throw new Error(`${reader.name} delivered ${run.delivered} of ${count} activities.`);
		}
		const { requests, refused, bytes, mostInFlight } = await server.traffic();
		const { wallMs, cpuMs, peakMemory } = run;
		return { wallMs, cpuMs, peakMemory, requests, refused, bytes, mostInFlight };
	} finally {
		rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
	}
}

function describe(name: string, { wallMs, cpuMs, peakMemory, requests }: Figures): string {
	const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`.padStart(10);
	const megabytes = `${Math.round(peakMemory / 1e6)} MB`.padStart(8);
	return `  ${name.padEnd(30)}${seconds(wallMs)} wall${seconds(cpuMs)} CPU${megabytes}  ${requests} requests`;
}
