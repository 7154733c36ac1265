import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Makes a directory that nobody else can read; the runner empties its parent after the job. */
export async function makeTemporaryDirectory(): Promise<string> {
	const { RUNNER_TEMP = '' } = process.env;
	const parent = RUNNER_TEMP === '' ? os.tmpdir() : RUNNER_TEMP;
	return await mkdtemp(path.join(parent, 'compliance-activities-'));
}
