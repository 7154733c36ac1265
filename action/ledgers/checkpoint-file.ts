import path from 'node:path';
import { UserError, MAX_CHECKPOINT_LENGTH, fingerprint, quote } from '../../core';
import { replaceFile } from '../io/durable';
import { readPrivate } from '../io/private-files';
import { CheckpointNotSaved } from './checkpoint-not-saved';
import type { FileSaving } from './saving';

/**
 * The text of a checkpoint file.
 *
 * @param file absolute path
 * @returns `undefined` when there is no file
 * @throws UserError when it cannot be read
 */
export async function readCheckpointFile(file: string): Promise<string | undefined> {
	try {
		return await readPrivate(path.dirname(file), path.basename(file), MAX_CHECKPOINT_LENGTH);
	} catch (error) {
		if (error instanceof UserError) throw error;
		throw new UserError(
			'invalid-checkpoint',
			`The checkpoint file ${quote(file)} cannot be read: ${quote((error as Error).message)}.`,
			{ remedy: 'Correct checkpoint-file, or the permissions of that path.' },
		);
	}
}

/** Identifies what a checkpoint file holds. */
export function identityOf(text: string | undefined): string | null {
	return text === undefined ? null : fingerprint(text);
}

/**
 * Replaces a checkpoint file, unless it holds something else than what the run started from. A file that is
 * gone is written again: a run only replaces it, but a checkout in a later step deletes it.
 *
 * @throws CheckpointNotSaved
 * @throws UserError `invalid-setting` when another run has saved its checkpoint there
 */
export async function saveToFile({ file, checkpoint, before }: FileSaving): Promise<void> {
	const text = await readCheckpointFile(file);
	if (text !== undefined && identityOf(text) !== before) throw replaced(file);
	try {
		await replaceFile(path.dirname(file), path.basename(file), JSON.stringify(checkpoint));
	} catch (error) {
		throw new CheckpointNotSaved(quote((error as Error).message));
	}
}

function replaced(file: string): UserError {
	return new UserError(
		'invalid-setting',
		`Another run has saved its checkpoint in ${quote(file)} since this run started, so this run does not overwrite it. Both runs delivered what was new, so some activities came twice.`,
		{
			remedy:
				'Let only one run at a time use a checkpoint-file: give each step, job and workflow its own, and the workflow a concurrency group.',
		},
	);
}
