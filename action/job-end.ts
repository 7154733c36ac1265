import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as actions from '@actions/core';
import { MAX_PAIR_LENGTH, quote } from '../core';
import type { WorkflowRun } from './github/workflow-run';
import { JobFile } from './github/job-file';
import { readPrivate } from './io/private-files';
import { CheckpointNotSaved } from './ledgers/checkpoint-not-saved';
import { type CheckpointPlace, sharedPlace } from './ledgers/place';
import type { Saving } from './ledgers/saving';

/** What a step leaves to the end of its job. */
export interface Remainder {
	/**
	 * Takes the checkpoint, which is then no longer there.
	 *
	 * @throws CheckpointNotSaved when it is gone
	 */
	readonly take: () => Promise<Saving>;
	/** Whether the job fails when the checkpoint cannot be saved. */
	readonly required: boolean;
	/** Why the run could not read further, and what remains of it; `undefined` when it did not fail. */
	readonly failure: RunFailure | undefined;
}

export interface RunFailure {
	readonly message: string;
	readonly remains: string;
}

/** The names under which the runner keeps what `main` tells `post`. */
const STATE = {
	file: 'checkpoint',
	required: 'required',
	message: 'failure',
	remains: 'remains',
} as const;

/**
 * The end of the job, at which the Action saves the checkpoint if every step has succeeded. The step
 * writes the checkpoint to a file below RUNNER_TEMP, because the runner hands a state over in the
 * environment, which has little room. The runner deletes the file with the job.
 */
export class JobEnd {
	/** Absolute path of the file that holds the checkpoint until then. */
	#file: string | undefined;

	/** @param required whether the job fails when the checkpoint cannot be saved */
	constructor(
		private readonly run: WorkflowRun,
		private readonly required: boolean,
	) {}

	/** Whether a checkpoint waits for the end of the job. */
	get awaited(): boolean {
		return this.#file !== undefined;
	}

	/**
	 * Makes sure that no earlier step of the job left a checkpoint for the same place.
	 *
	 * @throws UserError `invalid-setting`
	 */
	async requireFree(place: CheckpointPlace): Promise<void> {
		if (await this.#fileOf(place).exists()) throw sharedPlace(place);
	}

	/**
	 * Keeps a checkpoint until then. Without `register`, nothing saves it.
	 *
	 * @throws CheckpointNotSaved when it cannot be kept
	 */
	async postpone(saving: Saving): Promise<void> {
		const file = this.#fileOf(saving);
		try {
			await file.write(JSON.stringify(saving));
		} catch (error) {
			throw new CheckpointNotSaved(quote((error as Error).message));
		}
		this.#file = file.path;
	}

	/**
	 * Lets the end of the job save the checkpoint that waits for it, if one does. Only once the outputs are
	 * set: a job goes on after a step that may fail, and without the outputs its later steps ship nothing.
	 */
	register(): void {
		if (this.#file === undefined) return;
		actions.saveState(STATE.file, this.#file);
		actions.saveState(STATE.required, this.required);
	}

	/** Lets the job fail once the checkpoint is saved. */
	fail({ message, remains }: RunFailure): void {
		actions.saveState(STATE.message, message);
		actions.saveState(STATE.remains, remains);
	}

	/** Two steps with one place have one file. */
	#fileOf(place: CheckpointPlace): JobFile {
		const where = place.place === 'cache' ? place.prefix : place.file;
		return new JobFile(this.run, 'checkpoint', [place.place, where]);
	}
}

/**
 * What this step of the job left to its end.
 *
 * @returns `undefined` when it left nothing
 */
export function remainderOfStep(): Remainder | undefined {
	const file = actions.getState(STATE.file);
	if (file === '') return undefined;
	const message = actions.getState(STATE.message);
	return {
		take: () => takeSaving(file),
		required: actions.getState(STATE.required) === 'true',
		failure: message === '' ? undefined : { message, remains: actions.getState(STATE.remains) },
	};
}

async function takeSaving(file: string): Promise<Saving> {
	const text = await readPrivate(path.dirname(file), path.basename(file), MAX_PAIR_LENGTH);
	if (text === undefined) {
		throw new CheckpointNotSaved(`the file that held it until the end of the job is gone: ${file}`);
	}
	await rm(file);
	return JSON.parse(text) as Saving;
}
