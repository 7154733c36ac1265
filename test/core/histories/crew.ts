import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { KindChoice } from './history';
import type { Verdict } from './judge';
import type { Task } from './worker';

/** How many histories a process gets at a time. */
const PORTION = 100;

/** Processes that play histories side by side. */
export class Crew {
	readonly #workers: readonly ChildProcess[];

	constructor(size: number) {
		this.#workers = Array.from({ length: size }, () =>
			fork(path.join(__dirname, 'worker.ts'), {
				execArgv: ['--max-semi-space-size=32', '--import', 'tsx'],
			}),
		);
	}

	/** Plays `count` histories, starting with a seed. */
	async play(
		seed: number,
		count: number,
		choice: KindChoice,
		take: (verdict: Verdict) => void,
	): Promise<void> {
		let next = seed;
		await Promise.all(
			this.#workers.map(async (worker) => {
				while (next < seed + count) {
					const task = { seed: next, count: Math.min(PORTION, seed + count - next), choice };
					next += task.count;
					for (const verdict of await ask(worker, task)) take(verdict);
				}
			}),
		);
	}

	dismiss(): void {
		for (const worker of this.#workers) worker.kill();
	}
}

function ask(worker: ChildProcess, task: Task): Promise<Verdict[]> {
	return new Promise((resolve, reject) => {
		const gone = () => reject(new Error(`A process ended with ${JSON.stringify(task)}.`));
		worker.once('exit', gone);
		worker.once('message', (verdicts) => {
			worker.off('exit', gone);
			resolve(verdicts as Verdict[]);
		});
		worker.send(task);
	});
}
