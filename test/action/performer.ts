import * as actions from '@actions/core';
import { completeJob } from '../../action/complete-job';
import { run } from '../../action/run';
import type { Stage } from '../simulators/github/execution';
import { HASTE } from './haste';

/** A run of the Action that the performing process is asked for. */
export interface Request {
	readonly id: number;
	/** The run's whole environment. */
	readonly env: Record<string, string>;
	/** Whether it is the step, or the end of the job. */
	readonly stage: Stage;
	/** What the clock shows throughout, in milliseconds since the epoch. By default it shows the real time. */
	readonly at?: number | undefined;
}

/** A part of a run's standard output, or its end. */
export type Answer =
	| { readonly id: number; readonly written: string }
	| { readonly id: number; readonly exitCode: number };

/**
 * Performs runs of the Action's sources until the process that asks ends. Runs share the environment and
 * the output of this process, so they must not overlap. Only nesting is possible: the outer run waits for
 * the inner one.
 */
process.on('message', ({ id, env, stage, at }: Request) => {
	const answer = (what: { written: string } | { exitCode: number }) =>
		process.send!({ id, ...what });
	const pace = at === undefined ? HASTE : { ...HASTE, now: () => at };
	const act = stage === 'main' ? () => run(pace) : completeJob;
	void perform(env, (written) => answer({ written }), act).then((exitCode) => answer({ exitCode }));
});

// An exit, unlike a kill, leaves what Node has compiled to the next performer.
process.once('disconnect', () => process.exit());

async function perform(
	env: Record<string, string>,
	write: (chunk: string) => void,
	act: () => Promise<void>,
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
		await act();
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
