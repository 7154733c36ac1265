import * as actions from '@actions/core';
import { run } from '../../action/run';
import { HASTE } from './haste';

/**
 * Runs the Action's sources as a step in this process. Runs may be nested, where one waits until the
 * other has ended, but not overlap otherwise: environment and output are the process's.
 *
 * @param env all of the run's environment
 * @param write takes what the run writes to its standard output
 * @param pace how the run's time passes
 * @returns the exit code
 */
export async function runInProcess(
	env: Record<string, string>,
	write: (chunk: string) => void,
	pace = HASTE,
): Promise<number> {
	const { stdout, env: outerEnv, exitCode: outerCode } = process;
	const outerWrite: unknown = Reflect.get(stdout, 'write');
	stdout.write = (chunk: string | Uint8Array) => {
		write(String(chunk));
		return true;
	};
	process.env = { ...env };
	process.exitCode = undefined;
	forgetSummary();
	try {
		await run(pace);
		return Number(process.exitCode ?? 0);
	} finally {
		process.env = outerEnv;
		process.exitCode = outerCode;
		Reflect.set(stdout, 'write', outerWrite);
		forgetSummary();
	}
}

/** The library remembers the file of the first summary for all of a process's life. */
function forgetSummary(): void {
	Object.assign(actions.summary.emptyBuffer(), { _filePath: undefined });
}
