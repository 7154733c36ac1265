import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './until';

const KEEPER = path.resolve('test/n8n/keeper.mjs');
const START_TIMEOUT_MS = 120_000;
/** How many characters of the log an error shows. */
const SHOWN_OF_LOG = 4000;

/** What a process runs. */
export interface Program {
	/** Its name in errors. */
	readonly name: string;
	readonly command: readonly string[];
	readonly environment: Record<string, string>;
	/** The file that its output goes to. */
	readonly logFile: string;
	/** Whether it does its work now. */
	readonly isReady: () => boolean | Promise<boolean>;
}

/** A program that can be started, stopped and killed again and again, and that ends with this process. */
export class KeptProcess {
	#process: ChildProcess | undefined;

	constructor(private readonly program: Program) {}

	/**
	 * Starts the program unless it runs, and waits until it is ready.
	 *
	 * @throws Error when it ends before that, with the end of its log, or takes longer than two minutes
	 */
	async launch(): Promise<void> {
		if (this.#process) return;
		const { name, command, environment, logFile, isReady } = this.program;
		const log = openSync(logFile, 'a');
		// Detached, so that it leads a process group, which can be killed as a whole.
		const started = spawn(process.execPath, [KEEPER, ...command], {
			detached: true,
			stdio: ['pipe', log, log],
			env: environment,
		});
		closeSync(log);
		this.#process = started;
		try {
			await until(
				`${name} answers`,
				() => {
					if (started.exitCode === null) return isReady();
					throw new Error(`${name} did not start:\n${this.log().slice(-SHOWN_OF_LOG)}`);
				},
				START_TIMEOUT_MS,
			);
		} catch (error) {
			await this.kill();
			throw error;
		}
	}

	/** Asks the program to stop, as Ctrl+C does, and waits until it has. */
	async stop(): Promise<void> {
		await this.#end('SIGINT');
	}

	/** Kills the program at once, with the processes that it started. */
	async kill(): Promise<void> {
		await this.#end('SIGKILL');
	}

	/** The path of the program's log. */
	get logFile(): string {
		return this.program.logFile;
	}

	/** What the program has logged so far; empty before it was started. */
	log(): string {
		return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
	}

	async #end(signal: NodeJS.Signals): Promise<void> {
		const ending = this.#process;
		this.#process = undefined;
		if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode) return;
		const ended = once(ending, 'exit');
		process.kill(-ending.pid, signal);
		await ended;
	}
}
