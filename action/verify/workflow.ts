import * as actions from '@actions/core';
import { monotonicNow } from '../io/clock';
import { REAL_PACE } from '../io/pace';
import { openFeed } from '../fetch';
import { requireUsableProxy } from '../io/proxy';
import { writeSummary } from '../summary/summary';
import type { WorkflowRun } from '../github/workflow-run';
import { type Comparison, compareWithFeed } from './against-feed';
import { readVerifyInputs } from './inputs';
import { renderComparison, renderVerification, summarizeVerification } from './report';
import { verifyArchive } from '../../archive/verify/verify';

/**
 * The action from start to end: checks an archive that an earlier step has checked out, and fails when
 * it is not as it was written.
 *
 * @throws UserError when it cannot be checked
 */
export async function verifyInWorkflow({ workspace }: WorkflowRun): Promise<void> {
	const { directory, againstFeed } = readVerifyInputs(workspace);
	// Before the work begins, so that a mistake in the setup is not found out at its end.
	if (againstFeed) requireUsableProxy(againstFeed.baseUrl);
	const verification = await verifyArchive(directory);
	actions.info(renderVerification(verification));
	let findings = verification.findings.length + verification.omitted;
	let comparison: Comparison | 'failed' | undefined;
	try {
		if (againstFeed) {
			comparison = 'failed';
			const { interval } = againstFeed;
			const feed = openFeed(againstFeed, REAL_PACE);
			comparison = await compareWithFeed({
				directory,
				feed,
				interval,
				now: monotonicNow,
				warn: actions.warning,
			});
			actions.info(renderComparison(comparison, false));
			findings += comparison.findings.length + comparison.omitted;
		}
	} finally {
		// What the archive itself says is known, even if the feed cannot be read.
		actions.setOutput('findings', findings);
		await writeSummary(summarizeVerification(verification, findings, comparison));
		if (findings > 0) {
			actions.setFailed(
				`The archive is not as it was written, or not what the feed shows: ${findings} ${findings === 1 ? 'finding' : 'findings'}, see the log. Keep the branch as it is, and compare it with a clone from before.`,
			);
		}
	}
}
