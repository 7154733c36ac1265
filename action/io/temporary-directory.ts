import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** The directory for temporary files. The runner empties it after the job. */
export function temporaryRoot(): string {
	const { RUNNER_TEMP = '' } = process.env;
	return RUNNER_TEMP === '' ? os.tmpdir() : RUNNER_TEMP;
}

/** Creates a directory that nobody else can read. */
export async function makeTemporaryDirectory(root = temporaryRoot()): Promise<string> {
	return await mkdtemp(path.join(root, 'compliance-activities-'));
}
