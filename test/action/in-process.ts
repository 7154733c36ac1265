import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { shared } from '../shared/shared';
import type { Performance, Stage } from '../simulators/github/execution';
import type { Answer, Request } from './performer';

interface Running {
	write: (chunk: string) => void;
	resolve: (exitCode: number) => void;
	reject: (error: Error) => void;
}

/**
 * Performs the runs of one test file, one after another. It is a process of its own, because a run starts
 * others: from Jest's own, which is large, each start takes many times as long.
 */
class Performer {
	readonly #process: ChildProcess;
	readonly #running = new Map<number, Running>();
	#lastId = 0;
	#complaint = '';

	constructor(file: string) {
		this.#process = fork(file, {
			// Each upload takes a buffer of megabytes, which would make V8 collect the heap whole for every
			// other one. The larger the memory, the longer a run takes to start another process.
			execArgv: [
				'--initial-heap-size=64',
				'--external-memory-accounted-in-global-limit',
				'--max-semi-space-size=8',
			],
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		});
		this.#process.stderr!.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString()));
		this.#process.on('message', (answer: Answer) => this.#hear(answer));
		this.#process.on('exit', () => {
			const error = new Error(`The process that performs runs ended: ${this.#complaint}`);
			for (const { reject } of this.#running.values()) reject(error);
		});
	}

	perform(
		env: Request['env'],
		write: Running['write'],
		stage: Stage,
		at?: number,
	): Promise<number> {
		const id = ++this.#lastId;
		return new Promise((resolve, reject) => {
			this.#running.set(id, { write, resolve, reject });
			this.#process.send({ id, env, stage, at } satisfies Request);
		});
	}

	end(): void {
		this.#process.disconnect();
	}

	#hear(answer: Answer): void {
		const run = this.#running.get(answer.id)!;
		if ('written' in answer) return run.write(answer.written);
		this.#running.delete(answer.id);
		run.resolve(answer.exitCode);
	}
}

let performer: Promise<Performer> | undefined;

afterAll(async () => (await performer)?.end());

/**
 * Runs the Action's sources as a step, at a pace at which nothing waits. A run may start while another
 * waits for GitHub; apart from that, runs must not overlap.
 *
 * @param env the run's whole environment
 * @param write receives the run's standard output
 * @param stage whether it is the step, or the end of the job
 * @returns the exit code
 */
export const runInProcess: Performance = async (env, write, stage) =>
	(await open()).perform(env, write, stage);

/** As `runInProcess`, with a clock that always shows the given time, in milliseconds since the epoch. */
export const runInProcessAt =
	(at: number): Performance =>
	async (env, write, stage) =>
		(await open()).perform(env, write, stage, at);

function open(): Promise<Performer> {
	return (performer ??= shared('bundles').then(
		(bundles) => new Performer(path.join(bundles!, 'performer.mjs')),
	));
}
