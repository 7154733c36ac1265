import path from 'node:path';
import {
	type Checkpoint,
	UserError,
	MAX_CHECKPOINT_LENGTH,
	parseCheckpoint,
	quote,
} from '../../core';
import { replaceFile } from '../io/durable';
import { readPrivate } from '../io/private-files';
import { CheckpointNotSaved, PlainLedger, type StartingPoint } from './ledger';

/** Keeps the checkpoint in a file that outlives the run. */
export class FileLedger extends PlainLedger {
	readonly #directory: string;
	readonly #name: string;

	/** @param file absolute path */
	constructor(private readonly file: string) {
		super();
		this.#directory = path.dirname(file);
		this.#name = path.basename(file);
	}

	protected async restore(): Promise<StartingPoint> {
		const text = await this.#read();
		if (text === undefined) return { status: 'initial', checkpoint: undefined };
		return { status: 'restored', checkpoint: parseCheckpoint(text) };
	}

	protected async save(checkpoint: Checkpoint): Promise<void> {
		try {
			await replaceFile(this.#directory, this.#name, JSON.stringify(checkpoint));
		} catch (error) {
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
	}

	async #read(): Promise<string | undefined> {
		try {
			return await readPrivate(this.#directory, this.#name, MAX_CHECKPOINT_LENGTH);
		} catch (error) {
			if (error instanceof UserError) throw error;
			throw new UserError(
				'invalid-checkpoint',
				`The checkpoint file ${quote(this.file)} cannot be read: ${quote((error as Error).message)}.`,
				{ remedy: 'Correct checkpoint-file, or the permissions of that path.' },
			);
		}
	}
}
