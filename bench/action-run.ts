import { ACCESS_KEY } from '../test/simulators/activity-feed/keys';
import type { GitHub } from '../test/simulators/github/github';
import { runAction, type RunOptions, type RunResult } from '../test/simulators/github/runner';

/** GitHub runs the bundle, not the sources. */
export const ENTRY = 'dist/action/index.mjs';

/** Longer than any measured run takes. */
const TIMEOUT_MS = 40 * 60_000;

type ActionRunOptions = Pick<
	RunOptions,
	'workspace' | 'inputs' | 'workflow' | 'through' | 'signal'
>;

let lastRunId = 0;

/** Runs the built Action as GitHub does, with the defaults of action.yml, and expects it to succeed. */
export async function runBuiltAction(
	github: GitHub,
	feedUrl: string,
	options: ActionRunOptions,
): Promise<RunResult> {
	const result = await startBuiltAction(github, feedUrl, options);
	if (result.exitCode !== 0) throw new Error(`The Action failed:\n${result.log}`);
	return result;
}

/** Runs the built Action in the same way, but it may be killed. */
export async function startBuiltAction(
	github: GitHub,
	feedUrl: string,
	options: ActionRunOptions,
): Promise<RunResult> {
	return await runAction({
		github,
		entry: ENTRY,
		runId: ++lastRunId,
		timeoutMs: TIMEOUT_MS,
		...options,
		inputs: { 'compliance-access-key': ACCESS_KEY, 'base-url': feedUrl, ...options.inputs },
	});
}
