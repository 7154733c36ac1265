import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { isLeftover } from './leftovers';

/** What git keeps in the root of a checkout: a directory, or in a submodule a file. */
const GIT = '.git';
/** The one that is read is the one that was listed, and none waits for a writer. */
const AS_LISTED = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What to say of a file that is there and was not read. */
export const NOT_READ = 'The file cannot be read, or is larger than the Action makes any.';

/** The files of a directory, read one at a time; none of them is followed out of it. */
export class ArchiveFiles {
	/** Regular files, in the order of their names. */
	readonly paths = new Set<string>();
	/** Files that operating systems, editors and git leave there. */
	readonly leftovers: string[] = [];
	/** What is neither a regular file nor a directory of such: what is wrong with it, by its path. */
	readonly oddities = new Map<string, string>();

	private constructor(private readonly directory: string) {}

	/** @throws Error when the directory cannot be read */
	static async in(directory: string): Promise<ArchiveFiles> {
		const files = new ArchiveFiles(directory);
		for (const entry of await files.#entries('')) {
			if (entry.name === GIT && !entry.isSymbolicLink()) files.leftovers.push(GIT);
			else await files.#add(entry.name, entry);
		}
		return files;
	}

	/**
	 * @param most what is larger, in bytes, is not read
	 * @returns `undefined` when there is no such file, or it cannot be read, or is larger
	 */
	async read(file: string, most: number): Promise<Buffer | undefined> {
		if (!this.paths.has(file)) return undefined;
		const handle = await open(path.join(this.directory, file), AS_LISTED).catch(() => undefined);
		if (!handle) return undefined;
		try {
			const found = await handle.stat();
			return found.isFile() && found.size <= most ? await handle.readFile() : undefined;
		} finally {
			await handle.close();
		}
	}

	async #entries(directory: string): Promise<Dirent[]> {
		const entries = await readdir(path.join(this.directory, directory), { withFileTypes: true });
		return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
	}

	async #add(name: string, entry: Dirent): Promise<void> {
		if (entry.isDirectory()) await this.#explore(name);
		else if (!entry.isFile()) this.oddities.set(name, 'This is no regular file.');
		else if (isLeftover(entry.name)) this.leftovers.push(name);
		else this.paths.add(name);
	}

	async #explore(directory: string): Promise<void> {
		const entries = await this.#entries(directory);
		if (entries.length === 0) {
			this.oddities.set(directory, 'The directory is empty, as one is where a submodule belongs.');
		} else if (entries.some(({ name }) => name === GIT)) {
			const problem =
				'This is a repository of its own, such as a submodule: it was not looked into.';
			this.oddities.set(directory, problem);
		} else {
			for (const entry of entries) await this.#add(`${directory}/${entry.name}`, entry);
		}
	}
}
