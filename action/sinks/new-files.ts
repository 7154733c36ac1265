import { rm } from 'node:fs/promises';
import { UserError, quote } from '../../core';
import type { WorkflowRun } from '../github/workflow-run';
import { JobFile } from '../github/job-file';
import { makeTemporaryDirectory } from '../io/temporary-directory';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { FileSink } from './file-sink';
import type { Sink } from './sink';

/**
 * A directory with exactly what this run delivers. If the output directory was empty, that is the one: then
 * nothing is written twice. Otherwise it is a temporary directory, so that a run delivers an activity again
 * even if the output directory holds it already, such as from a job that failed before it shipped it.
 *
 * Later steps of the job ship an output directory that was empty, so no other step may add to it: a file
 * below RUNNER_TEMP marks it.
 */
export class NewFiles implements Sink {
	private constructor(
		private readonly sink: FileSink,
		/** Marks the output directory, which another sink writes, as these files; `undefined` when it is not. */
		private readonly mark: JobFile | undefined,
	) {}

	/**
	 * @param output the sink of the output directory
	 * @throws UserError `invalid-setting` when the output directory holds the new files of an earlier step
	 */
	static async open(output: FileSink, run: WorkflowRun): Promise<NewFiles> {
		const mark = new JobFile(run, 'new-files', [output.directory]);
		if (await mark.exists()) throw givenOut(output.directory);
		if (await output.isEmpty()) return new NewFiles(output, mark);
		return new NewFiles(new FileSink(await makeTemporaryDirectory(), output.formats), undefined);
	}

	/** Absolute path. */
	get directory(): string {
		return this.sink.directory;
	}

	/** Absolute paths of the files in it. */
	get files(): readonly string[] {
		return this.sink.files;
	}

	get receipt(): Receipt {
		const outputs = this.files.length > 0 ? { 'new-files': this.directory } : {};
		return { outputs, facts: [] };
	}

	async write(batch: Delivered): Promise<void> {
		if (!this.mark) await this.sink.write(batch);
	}

	async close(): Promise<void> {
		if (this.mark) {
			if (this.files.length > 0) await this.mark.write('');
			return;
		}
		await this.sink.close();
		if (this.files.length === 0) await rm(this.directory, { recursive: true });
	}
}

function givenOut(directory: string): UserError {
	return new UserError(
		'invalid-setting',
		`An earlier step of this job gave ${quote(directory)} to later steps as its new files, and this step would add its own to them.`,
		{ remedy: 'Give each step of a job its own output-directory.' },
	);
}
