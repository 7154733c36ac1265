import { rm } from 'node:fs/promises';
import { makeTemporaryDirectory } from '../io/temporary-directory';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { FileSink } from './file-sink';
import type { Sink } from './sink';

/**
 * A directory with exactly what this run delivers. If the output directory was empty, that is the one: then
 * nothing is written twice. Otherwise it is a temporary directory, so that a run delivers an activity again
 * even if the output directory holds it already, such as from a job that failed before it shipped it.
 */
export class NewFiles implements Sink {
	private constructor(
		private readonly sink: FileSink,
		/** Whether it is the output directory, which another sink writes. */
		private readonly shared: boolean,
	) {}

	/** @param output the sink of the output directory */
	static async open(output: FileSink): Promise<NewFiles> {
		if (await output.isEmpty()) return new NewFiles(output, true);
		return new NewFiles(new FileSink(await makeTemporaryDirectory()), false);
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
		if (!this.shared) await this.sink.write(batch);
	}

	async close(): Promise<void> {
		if (this.shared) return;
		await this.sink.close();
		if (this.files.length === 0) await rm(this.directory, { recursive: true });
	}
}
