import { constants, type Stats } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError, quote } from '../../core';

/**
 * Makes sure, before the first request, that a directory can be created and written to, so that a run fails
 * before it fetches anything.
 *
 * @param input the input that names the directory, for the error
 * @param directory absolute path; need not exist yet
 * @throws UserError `invalid-setting`
 */
export async function requireUsableDirectory(input: string, directory: string): Promise<void> {
	let place = directory;
	while (await isMissing(place)) place = path.dirname(place);
	const obstacle = await obstacleAt(place);
	if (obstacle === undefined) return;
	throw new UserError(
		'invalid-setting',
		`The input ${input} cannot be used: ${quote(place)} ${obstacle}.`,
		{
			remedy:
				'Name a directory that the Action can create and write to, or move away what is in its place.',
		},
	);
}

/** Whether nothing is there. A link that leads nowhere is something, and so is a place that cannot be examined. */
async function isMissing(place: string): Promise<boolean> {
	try {
		await lstat(place);
		return false;
	} catch (error) {
		// Below a file (ENOTDIR), the error has to name that file.
		return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
	}
}

async function obstacleAt(place: string): Promise<string | undefined> {
	let found: Stats;
	try {
		found = await stat(place);
		if (found.isDirectory()) await access(place, constants.W_OK | constants.X_OK);
	} catch (error) {
		const { code = '' } = error as NodeJS.ErrnoException;
		return code === 'ENOENT' ? 'is a link that leads nowhere' : `cannot be written to (${code})`;
	}
	return found.isDirectory() ? undefined : 'is not a directory';
}
