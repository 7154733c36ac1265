import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

/** Writes a file so that after a crash it holds either the old text or the new one, whole. */
export async function replaceFile(file: string, text: string): Promise<void> {
	await mkdir(path.dirname(file), { recursive: true });
	const draft = `${file}.new`;
	const handle = await open(draft, 'w');
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(draft, file);
	await syncDirectory(path.dirname(file));
}

/** Makes the entries of a directory survive a crash, where the platform knows such a thing. */
export async function syncDirectory(directory: string): Promise<void> {
	// Windows cannot open a directory, and keeps its entries in order by itself.
	if (process.platform === 'win32') return;
	let handle: FileHandle;
	try {
		handle = await open(directory, 'r');
	} catch (error) {
		// A directory one may pass through but not read cannot be synced, and need not be one's own.
		if ((error as NodeJS.ErrnoException).code === 'EACCES') return;
		throw error;
	}
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** The text of a file; `undefined` when there is none. */
export async function readFileIfAny(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}
