import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { isLeftover } from './leftovers';

/** In the root of a checkout; a directory, or a file in a submodule. */
const GIT = '.git';
/** Opens no link that replaced the listed file, and does not wait for the writer of a FIFO. */
const AS_LISTED = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The problem of a file that exists and was not read. */
export const NOT_READ =
	'The file cannot be read, or is larger than any file that the Action writes.';

/** How much the buffer for files grows by, in bytes. */
const STEP = 1024 * 1024;

/** The files below a directory. Reads one at a time, and follows no link. */
export class ArchiveFiles {
	/** Regular files, in the order of their names. */
	readonly paths = new Set<string>();
	/** Files that operating systems, editors and git leave in a directory. */
	readonly leftovers: string[] = [];
	/** Problems by path, of everything that is neither a regular file nor a directory with such files. */
	readonly oddities = new Map<string, string>();
	/** For the next file: a buffer for each would wait for the garbage collector with the others. */
	#spare = Buffer.alloc(0);

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
		return this.inspect(file, most, (bytes) => Buffer.from(bytes));
	}

	/**
	 * Reads a file for `look`. Its bytes are overwritten afterwards.
	 *
	 * @param most the largest size that is read, in bytes
	 * @returns what `look` returns; `undefined` when the file is missing, too large or cannot be read
	 */
	async inspect<T>(
		file: string,
		most: number,
		look: (bytes: Buffer) => T extends PromiseLike<unknown> ? never : T,
	): Promise<T | undefined> {
		if (!this.paths.has(file)) return undefined;
		const handle = await open(path.join(this.directory, file), AS_LISTED).catch(() => undefined);
		if (!handle) return undefined;
		try {
			const found = await handle.stat();
			if (!found.isFile() || found.size > most) return undefined;
			const buffer = this.#roomFor(found.size);
			const result = look(await fill(buffer, handle, found.size));
			this.#spare = buffer;
			return result;
		} finally {
			await handle.close();
		}
	}

	/** Takes the buffer away, so that nobody else can write into it meanwhile. */
	#roomFor(size: number): Buffer {
		const spare = this.#spare;
		this.#spare = Buffer.alloc(0);
		return size <= spare.length ? spare : Buffer.allocUnsafeSlow(Math.ceil(size / STEP) * STEP);
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

/** The content of a file that had so many bytes when it was opened. */
async function fill(buffer: Buffer, handle: FileHandle, size: number): Promise<Buffer> {
	let length = 0;
	while (length < size) {
		const { bytesRead } = await handle.read(buffer, length, size - length, length);
		if (bytesRead === 0) break;
		length += bytesRead;
	}
	return buffer.subarray(0, length);
}
