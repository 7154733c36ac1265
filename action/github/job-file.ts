import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowRun } from './workflow-run';
import { createPrivate } from '../io/private-files';
import { temporaryRoot } from '../io/temporary-directory';

/**
 * A file below RUNNER_TEMP by which a step tells later steps of its job something. The runner deletes it
 * with the job.
 */
export class JobFile {
	/** Absolute path. */
	readonly path: string;
	readonly #name: string;

	/**
	 * @param kind what the file is for, as a part of its name
	 * @param about what it tells of: files of one kind and about the same are one
	 */
	constructor({ id, attempt }: WorkflowRun, kind: string, about: readonly string[]) {
		// The run is in it in case the directory outlives the job.
		const all = JSON.stringify([id, attempt, process.env.GITHUB_JOB, ...about]);
		this.#name = `compliance-${kind}-${createHash('sha256').update(all).digest('hex').slice(0, 24)}`;
		this.path = path.join(temporaryRoot(), this.#name);
	}

	async exists(): Promise<boolean> {
		try {
			await lstat(this.path);
			return true;
		} catch {
			return false;
		}
	}

	/** Creates the file, for the owner of this process only. It must not exist. */
	async write(text: string): Promise<void> {
		const { handle } = await createPrivate(temporaryRoot(), this.#name);
		try {
			await handle.writeFile(text);
		} finally {
			await handle.close();
		}
	}
}
