import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from '@jest/globals';
import { Archive } from '../../../archive/archive';
import type { SyncOptions } from '../../../core/sync/sync';
import { Bench, type BenchOptions } from '../../core/harness';
import { MemoryRepository } from '../memory-branch';

export type Files = ReadonlyMap<string, Buffer>;

const DIRECTORY = 'audit';

/** A simulated feed and its archive. */
export class Archivist {
	readonly bench: Bench;
	readonly #repository = new MemoryRepository();

	constructor(options: BenchOptions = { recordReads: false }) {
		this.bench = new Bench(options);
	}

	/** The archive's files, by their path in it. */
	get files(): Files {
		return filesOf(this.#repository);
	}

	/**
	 * A run: reads what is new and commits it.
	 *
	 * @param endpoint as the manifest names it
	 * @param pagesACommit all in one commit unless given
	 */
	async run(
		options: Partial<SyncOptions> = {},
		{ endpoint = this.bench.feed.endpoint, pagesACommit = Infinity } = {},
	): Promise<void> {
		const branch = this.#repository.branch();
		const archive = await Archive.open(branch, DIRECTORY, async () => undefined);
		const { checkpoint } = archive;
		const { batches: read } = await this.bench.run({ checkpoint, ...options });
		const batches = read.map((batch) => archive.freshIn(batch));
		const run = 'https://github.com/octo/audit/actions/runs/1';
		const provenance = { endpoint, product: 'n8n-nodes-anthropic-compliance 1.0.0', run };
		while (batches.length > 0) {
			await archive.add(batches.splice(0, pagesACommit), provenance, () => 'Add activities');
		}
	}
}

/** The files of the archive in a repository, by their path in it. */
export function filesOf({ files }: { readonly files: Files }): Files {
	const own = [...files].filter(([file]) => file.startsWith(`${DIRECTORY}/`));
	const inside = own.map(([file, content]) => [file.slice(DIRECTORY.length + 1), content] as const);
	return new Map(inside.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const directories: string[] = [];
afterEach(() => {
	for (const each of directories.splice(0)) rmSync(each, { recursive: true });
});

/** Writes files to a new directory, which is gone after the test. */
export function onDisk(files: Files): string {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'archive-'));
	directories.push(directory);
	for (const [file, content] of files) {
		const place = path.join(directory, file);
		mkdirSync(path.dirname(place), { recursive: true });
		writeFileSync(place, content);
	}
	return directory;
}

/** The lines of a file, ends included. */
export function linesOf(content: Buffer | undefined): string[] {
	return (content?.toString() ?? '').split(/(?<=\n)/).filter(Boolean);
}
