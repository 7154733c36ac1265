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

/** So many are told of at most. */
const MAX_TOLD = 3;

/**
 * Warns of checkpoints that may be this job's, from before something got another name. A run that
 * has none does not take one of these: were it another job's, activities would be missed.
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
			`There is no checkpoint under the cache-key-prefix ${cacheKeyPrefix} on ${quote(run.branch)}, so this run starts at the backfill start. The Actions cache holds others: ${others.join('; ')}. If one of them is this job's, from before the job, its workflow file or the default branch got another name, what was delivered then comes again: cancel this run, and set cache-key-prefix to that one. Where only the branch is another, set backfill-start to a day before that time instead.`,
		);
	} catch (error) {
		const reason = quote((error as Error).message);
		actions.info(`It is not known whether there is a checkpoint of another name: ${reason}`);
	}
}

/** The newest ones that may be meant, in words. */
async function findOthers(
	run: WorkflowRun,
	{ cacheKeyPrefix, githubToken }: Inputs,
	pace: Pace,
): Promise<string[]> {
	const byDefault = defaultCacheKeyPrefix();
	// A prefix that was set by hand and is another one is another's, as far as anybody can know.
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
		// Another step or job of this very run.
		if (runId === run.id) continue;
		const name = `${quote(prefix)} on ${quote(branch)}`;
		if (!others.has(name)) others.set(name, `${name}, saved at ${quote(created_at)}`);
	}
	return [...others.values()].slice(0, MAX_TOLD);
}
