import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { isLeftover } from './leftovers';

/** In the root of a checkout; a directory, or a file in a submodule. */
const GIT = '.git';
/** Opens no link that replaced the listed file, and does not wait for the writer of a FIFO. */
const AS_LISTED = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The problem of a file that exists and was not read. */
export const NOT_READ =
	'The file cannot be read, or is larger than any file that the Action writes.';

/** The files below a directory. Reads one at a time, and follows no link. */
export class ArchiveFiles {
	/** Regular files, in the order of their names. */
	readonly paths = new Set<string>();
	/** Files that operating systems, editors and git leave in a directory. */
	readonly leftovers: string[] = [];
	/** Problems by path, of everything that is neither a regular file nor a directory with such files. */
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
	 * @param most the largest size that is read, in bytes
	 * @returns `undefined` when the file is missing, too large or cannot be read
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
		else if (!entry.isFile()) this.oddities.set(name, 'This is not a regular file.');
		else if (isLeftover(entry.name)) this.leftovers.push(name);
		else this.paths.add(name);
	}

	async #explore(directory: string): Promise<void> {
		const entries = await this.#entries(directory);
		if (entries.length === 0) {
			this.oddities.set(
				directory,
				'The directory is empty, like that of a submodule that is not checked out.',
			);
		} else if (entries.some(({ name }) => name === GIT)) {
			const problem =
				'The directory is a separate repository, such as a submodule. Its files were not checked.';
			this.oddities.set(directory, problem);
		} else {
			for (const entry of entries) await this.#add(`${directory}/${entry.name}`, entry);
		}
	}
}
