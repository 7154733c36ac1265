import * as actions from '@actions/core';
import { UserError, describeFailure, traceFailure } from '../core';
import { refuseDebugOutput } from './io/debug-output';
import { adoptProxies } from './io/proxy';
import { limitSilence } from './io/silence';
import { currentRun, type WorkflowRun } from './github/workflow-run';

/**
 * Runs an action as the step of a workflow. Secrets are masked in the log, and a failure becomes an
 * error annotation that says what to do.
 *
 * @param secrets the names of inputs whose values must not appear in the log
 */
export async function runStep(
	secrets: readonly string[],
	work: (run: WorkflowRun) => Promise<void>,
): Promise<void> {
	const liftLimit = limitSilence();
	try {
		for (const name of secrets) {
			const secret = actions.getInput(name);
			if (secret) actions.setSecret(secret);
		}
		refuseDebugOutput();
		adoptProxies(actions.setSecret);
		await work(currentRun());
	} catch (error) {
		actions.setFailed(describeFailure(error));
		if (!(error instanceof UserError)) actions.debug(traceFailure(error));
	} finally {
		liftLimit();
	}
}
