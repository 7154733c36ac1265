import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** GitHub takes no larger file, in bytes: such a one was not made by the Action, and is not read. */
const MAX_FILE_BYTES = 100 * 1024 * 1024;

/** The files of a directory, read one at a time; none of them is followed out of it. */
export class ArchiveFiles {
	/** Regular files, in the order of their names. */
	readonly paths = new Set<string>();
	/** Links, sockets and the like. */
	readonly oddities: string[] = [];

	private constructor(private readonly directory: string) {}

	/** @throws Error when the directory cannot be read */
	static async in(directory: string): Promise<ArchiveFiles> {
		const files = new ArchiveFiles(directory);
		await files.#explore('');
		return files;
	}

	/** @returns `undefined` when there is no such file, or one that is too large to be the Action's */
	async read(file: string): Promise<Buffer | undefined> {
		if (!this.paths.has(file)) return undefined;
		const place = path.join(this.directory, file);
		return (await stat(place)).size > MAX_FILE_BYTES ? undefined : await readFile(place);
	}

	async #explore(prefix: string): Promise<void> {
		const entries = await readdir(path.join(this.directory, prefix), { withFileTypes: true });
		for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
			const name = `${prefix}${entry.name}`;
			if (entry.isDirectory()) await this.#explore(`${name}/`);
			else if (entry.isFile()) this.paths.add(name);
			else this.oddities.push(name);
		}
	}
}
