import * as actions from '@actions/core';
import { monotonicNow } from '../io/clock';
import { REAL_PACE } from '../io/pace';
import { openFeed } from '../open-feed';
import { requireUsableProxy } from '../io/proxy';
import { writeSummary } from '../summary/summary';
import type { WorkflowRun } from '../github/workflow-run';
import { workflowLog } from '../workflow-log';
import { type Comparison, compareWithFeed } from './against-feed';
import { readVerifyInputs } from './inputs';
import { renderComparison, renderVerification, summarizeVerification } from './report';
import { verifyArchive } from '../../archive/verify/verify';

/**
 * The verify action: checks an archive in a checkout, and fails the step when there are findings.
 *
 * @throws UserError when the archive or the feed cannot be checked
 */
export async function verifyInWorkflow({ workspace }: WorkflowRun): Promise<void> {
	const { directory, againstFeed } = readVerifyInputs(workspace);
	// A mistake in the setup is an error before the long work begins.
	if (againstFeed) requireUsableProxy(againstFeed.baseUrl);
	const verification = await verifyArchive(directory);
	actions.info(renderVerification(verification));
	let findings = verification.findings.length + verification.omitted;
	let comparison: Comparison | 'failed' | undefined;
	try {
		if (againstFeed) {
			comparison = 'failed';
			const { interval } = againstFeed;
			const feed = openFeed(againstFeed, REAL_PACE, workflowLog);
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
		// The archive's own findings are reported even if the feed cannot be read.
		actions.setOutput('findings', findings);
		await writeSummary(summarizeVerification(verification, findings, comparison));
		if (findings > 0) {
			actions.setFailed(
				`The archive was changed, or differs from the feed: ${findings} ${findings === 1 ? 'finding' : 'findings'}, see the log. Do not change the branch, and compare it with an older clone.`,
			);
		}
	}
}
