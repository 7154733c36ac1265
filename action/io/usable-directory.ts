import { constants, type Stats } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError, quote } from '../../core';

/**
 * Makes sure, before the first request, that a directory can be made and written to: so nothing is
 * fetched in vain.
 *
 * @param input which names the directory, for the error
 * @param directory absolute path; need not be there yet
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
				'Name a directory that can be made and written to, or move away what stands in its place.',
		},
	);
}

/** A link that leads nowhere is something, and so is what cannot be looked at. */
async function isMissing(place: string): Promise<boolean> {
	try {
		await lstat(place);
		return false;
	} catch (error) {
		// Of what lies below a file, too, the file is what to tell of.
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
	return found.isDirectory() ? undefined : 'is no directory';
}
