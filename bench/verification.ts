import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ACCESS_KEY } from '../test/simulators/activity-feed/keys';
import type { Server } from './api/server-process';
import { runMeasured, type Usage } from './measure';
import { programFile } from './programs';
import { median, type Verification } from './results';
import type { Task } from './task';

/** GitHub runs the bundle, not the sources. */
const SCRIPT = 'dist/action/verify.mjs';
const REPETITIONS = 3;

/**
 * Measures verify on an archive of the server's activities, in turns with sha256sum on the same files.
 *
 * @param since a time before all activities, in RFC 3339
 */
export async function measureVerification(
	server: Server,
	count: number,
	since: string,
	directory: string,
): Promise<Verification> {
	const archive = path.join(directory, 'archive');
	try {
		await server.under({ latency: 0, requestsPerMinute: null });
		const task: Task = { baseUrl: server.url, accessKey: ACCESS_KEY, since, directory: archive };
		const writer = [process.execPath, programFile('archive'), JSON.stringify(task)];
		await runMeasured(writer, { directory });
		const verify = [process.execPath, SCRIPT, path.join(archive, 'audit')];
		const hash = ['sha256sum', '--', ...filesBelow(archive)];
		const taken: { readonly verify: Usage; readonly hash: Usage }[] = [];
		for (let repetition = 0; repetition < REPETITIONS; repetition++) {
			taken.push({
				verify: await runMeasured(verify, { directory }),
				hash: await runMeasured(hash, { directory }),
			});
		}
		return {
			count,
			cpuMs: median(taken.map((each) => each.verify.cpuMs)),
			hashCpuMs: median(taken.map((each) => each.hash.cpuMs)),
			peakMemory: median(taken.map((each) => each.verify.peakMemory)),
		};
	} finally {
		rmSync(archive, { recursive: true, force: true, maxRetries: 5 });
	}
}

function filesBelow(directory: string): string[] {
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath, entry.name));
}
