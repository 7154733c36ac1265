import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createPrivate } from './private-files';

/** The suffix of a draft's name. */
const DRAFT = /^\.[\da-f]{16}\.new$/;

/**
 * Writes a file so that after a crash it holds either the whole old text or the whole new text. If the
 * name is a link, the link is replaced, not its target.
 *
 * @param directory absolute path, as the user names it
 * @param name path below it
 */
export async function replaceFile(directory: string, name: string, text: string): Promise<void> {
	// A random name, so that nobody can create a file of that name beforehand.
	const draft = `${name}.${randomBytes(8).toString('hex')}.new`;
	const { handle, directories } = await createPrivate(directory, draft);
	try {
		try {
			await handle.writeFile(text);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(path.join(directory, draft), path.join(directory, name));
	} catch (error) {
		await rm(path.join(directory, draft)).catch(() => undefined);
		throw error;
	}
	for (const each of directories) await syncDirectory(each);
	// Old drafts of killed runs do no harm, so a failure to remove them does not matter.
	await removeDrafts(path.join(directory, name)).catch(() => undefined);
}

/** Makes the entries of a directory survive a crash, if the platform supports it. */
export async function syncDirectory(directory: string): Promise<void> {
	// Windows cannot open a directory, and keeps its entries consistent by itself.
	if (process.platform === 'win32') return;
	let handle: FileHandle;
	try {
		handle = await open(directory, 'r');
	} catch (error) {
		// A directory that may be entered but not read cannot be synced, and may belong to another user.
		if ((error as NodeJS.ErrnoException).code === 'EACCES') return;
		throw error;
	}
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

async function removeDrafts(file: string): Promise<void> {
	const { dir, base } = path.parse(file);
	for (const entry of await readdir(dir, { withFileTypes: true })) {
		const { name } = entry;
		const isDraft = name.startsWith(base) && DRAFT.test(name.slice(base.length));
		if (isDraft && entry.isFile()) await rm(path.join(dir, name));
	}
}
