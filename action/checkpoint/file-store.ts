import { type Checkpoint, ComplianceError, parseCheckpoint, quote } from '../../core';
import { readFileIfAny, replaceFile } from '../durable';
import { CheckpointNotSaved, type CheckpointStore, type Start } from './checkpoint-store';

/** Keeps the checkpoint in a file that outlives the run. */
export class FileStore implements CheckpointStore {
	constructor(private readonly file: string) {}

	async restore(): Promise<Start> {
		const text = await readFileIfAny(this.file).catch((error: unknown) => {
			throw new ComplianceError(
				'invalid-checkpoint',
				`The checkpoint file ${this.file} cannot be read: ${quote((error as Error).message)}.`,
				{ remedy: 'Correct checkpoint-file, or the rights on that path.' },
			);
		});
		if (text === undefined) return { status: 'initial', checkpoint: undefined };
		return { status: 'restored', checkpoint: parseCheckpoint(text) };
	}

	async save(checkpoint: Checkpoint): Promise<void> {
		try {
			await replaceFile(this.file, JSON.stringify(checkpoint));
		} catch (error) {
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
	}
}
