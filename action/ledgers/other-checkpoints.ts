import * as actions from '@actions/core';
import { quote } from '../../core';
import { githubApi } from '../github/rest-client';
import type { Inputs } from '../inputs';
import type { Pace } from '../io/pace';
import {
	DEFAULT_PREFIXES_BEGIN,
	defaultCacheKeyPrefix,
	type WorkflowRun,
} from '../github/workflow-run';

/** The warning lists this many at most. */
const MAX_LISTED = 3;

/**
 * Warns of checkpoints that may be this job's, from before a rename. A run without a checkpoint does
 * not use one of these: if it were another job's, activities would be missed.
 */
export async function warnOfOtherCheckpoints(
	run: WorkflowRun,
	inputs: Inputs,
	pace: Pace,
): Promise<void> {
	const { cacheKeyPrefix } = inputs;
	try {
		const others = await findOthers(run, inputs, pace);
		if (others.length === 0) return;
		actions.warning(
			`There is no checkpoint under the cache-key-prefix ${cacheKeyPrefix} on ${quote(run.branch)}, so this run starts at the backfill start. The Actions cache holds others: ${others.join('; ')}. If one of them is this job's, from before the job, its workflow file or the default branch was renamed, this run delivers the same activities again: cancel this run, and set cache-key-prefix to the prefix of that checkpoint. If only the branch was renamed, set backfill-start to a day before that time instead.`,
		);
	} catch (error) {
		const reason = quote((error as Error).message);
		actions.info(`Could not look for checkpoints under other names: ${reason}`);
	}
}

/** The newest checkpoints that may be this job's, in words. */
async function findOthers(
	run: WorkflowRun,
	{ cacheKeyPrefix, githubToken }: Inputs,
	pace: Pace,
): Promise<string[]> {
	const byDefault = defaultCacheKeyPrefix();
	// A different prefix that was set by hand most likely belongs to another job.
	const keys =
		cacheKeyPrefix === byDefault
			? [DEFAULT_PREFIXES_BEGIN]
			: [`${cacheKeyPrefix}/`, `${byDefault}/`];
	const { rest } = githubApi(githubToken, pace);
	const listings = await Promise.all(
		keys.map((key) =>
			rest.actions.getActionsCacheList({
				owner: run.owner,
				repo: run.repository,
				key,
				sort: 'created_at',
				per_page: 100,
			}),
		),
	);
	const others = new Map<string, string>();
	for (const { key = '', ref = '', created_at = '' } of listings.flatMap(
		({ data }) => data.actions_caches,
	)) {
		const [, prefix, runId] = /^([^/]+)\/(\d+)-\d+(?:-start)?$/.exec(key) ?? [];
		const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
		if (prefix === undefined || branch === undefined) continue;
		if (prefix === cacheKeyPrefix && branch === run.branch) continue;
		// It belongs to another step or job of this run.
		if (runId === run.id) continue;
		const name = `${quote(prefix)} on ${quote(branch)}`;
		if (!others.has(name)) others.set(name, `${name}, saved at ${quote(created_at)}`);
	}
	return [...others.values()].slice(0, MAX_LISTED);
}
