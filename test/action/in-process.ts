import * as actions from '@actions/core';
import { run } from '../../action/run';
import { HASTE } from './haste';

/**
 * Runs the Action's sources as a step in this process. Runs share the environment and the output of the
 * process, so they must not overlap. Only nesting is possible: the outer run waits for the inner one.
 *
 * @param env the run's whole environment
 * @param write receives the run's standard output
 * @param pace how time passes for the run
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

/** The library keeps the file of the first summary until the process ends. */
function forgetSummary(): void {
	Object.assign(actions.summary.emptyBuffer(), { _filePath: undefined });
}
