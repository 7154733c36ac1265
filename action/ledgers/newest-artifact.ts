import { rm } from 'node:fs/promises';
import { DefaultArtifactClient } from '@actions/artifact';
import * as actions from '@actions/core';
import { type Checkpoint, UserError, quote, MAX_PAIR_LENGTH } from '../../core';
import { githubApi } from '../github/rest-client';
import type { Inputs } from '../inputs';
import type { Pace } from '../io/pace';
import { readPrivate } from '../io/private-files';
import { makeTemporaryDirectory } from '../io/temporary-directory';
import { defaultCacheKeyPrefix, type WorkflowRun } from '../github/workflow-run';
import { ARTIFACT_COPY, parseArtifactCopy } from '../github/artifact-copy';

/** The search looks at this many artifacts at most: some, such as another job's, are of no use. */
const MAX_CANDIDATES = 20;

/** How a job ends in which no step failed. */
const HARMLESS = new Set<unknown>(['success', 'skipped', 'neutral']);

/**
 * The checkpoint in the newest artifact of this workflow on this branch. If the cache key prefix was
 * set by hand, any workflow's artifact with this prefix counts.
 *
 * GitHub runs schedules on the default branch only. So an artifact of a schedule on another branch
 * is from when that was the default branch: a run on today's default branch continues from it.
 *
 * If a job of that run has not succeeded, a later step may have failed, and what the artifact holds may not
 * have arrived. Then it is where that run started.
 *
 * Runs for pull requests and from forks do not count: their authors could choose the checkpoint.
 *
 * @returns `undefined` when there is none, or after a warning when the token may not search
 * @throws UserError `invalid-checkpoint` when there may be one that cannot be read now
 */
export async function checkpointOfNewestArtifact(
	run: WorkflowRun,
	inputs: Inputs,
	pace: Pace,
): Promise<Checkpoint | undefined> {
	try {
		return await search(run, inputs, pace);
	} catch (error) {
		const { status, message } = error as { status?: unknown; message: string };
		const what = `The cache has no checkpoint, and the artifacts of earlier runs could not be searched for one: ${quote(message)}.`;
		if (status === 401 || status === 403 || status === 404) {
			const missing =
				inputs.githubToken === ''
					? 'Leave github-token out, or pass a token,'
					: 'Give the job the permission actions: read';
			actions.warning(`${what} ${missing} to make that possible.`);
			return undefined;
		}
		const remedy =
			'Run the workflow again later. To start at the backfill start instead, set checkpoint-required to false for one run.';
		if (inputs.checkpointRequired) throw new UserError('invalid-checkpoint', what, { remedy });
		actions.warning(what);
		return undefined;
	}
}

async function search(
	run: WorkflowRun,
	inputs: Inputs,
	pace: Pace,
): Promise<Checkpoint | undefined> {
	const api = githubApi(inputs.githubToken, pace).rest.actions;
	const repository = { owner: run.owner, repo: run.repository };
	const { artifactName: name } = inputs;
	// The newest of any name, because a name may hold the id of its run or the number of its attempt.
	// And the newest of this name, because the repository may have many others.
	const listings = await Promise.all(
		[{}, { name }].map((filter) =>
			api.listArtifactsForRepo({ ...repository, ...filter, per_page: 100 }),
		),
	);
	const artifacts = new Map(
		listings.flatMap(({ data }) => data.artifacts).map((each) => [each.id, each]),
	);
	const eligible = [...artifacts.values()]
		.filter(({ workflow_run: origin, ...each }) => {
			const foreign = origin?.head_repository_id !== origin?.repository_id;
			const ours = name.replaceAll(run.id, String(origin?.id));
			const named = each.name === ours || each.name.startsWith(`${ours}-attempt-`);
			return named && !each.expired && !foreign;
		})
		.sort((a, b) => b.id - a.id);
	const isHere = ({ workflow_run: origin }: (typeof eligible)[number]) =>
		origin?.head_branch === run.branch;
	const here = eligible.filter(isHere).slice(0, MAX_CANDIDATES);
	// Other branches may have many artifacts, which must not crowd out this branch's.
	const elsewhere = eligible.filter((each) => !isHere(each)).slice(0, MAX_CANDIDATES);
	const candidates =
		run.branch === run.defaultBranch ? [...here, ...elsewhere].sort((a, b) => b.id - a.id) : here;
	for (const { id, workflow_run: origin } of candidates) {
		const { data: earlier } = await api.getWorkflowRun({ ...repository, run_id: origin?.id ?? 0 });
		// A ref may follow the path, and both may contain an @.
		const file = earlier.path.replace(/^\.github\/workflows\//, '');
		const isOwn = `${file}@`.startsWith(`${run.workflowFile}@`);
		// A prefix that was set by hand identifies the job, even if the workflow file was renamed.
		if (!isOwn && inputs.cacheKeyPrefix === defaultCacheKeyPrefix()) continue;
		if (earlier.event.startsWith('pull_request')) continue;
		if (earlier.head_branch !== run.branch && earlier.event !== 'schedule') continue;
		const text = await download(run, id, earlier.id, inputs.githubToken);
		const succeeded = () => hasSucceeded(api, repository, earlier);
		const checkpoint = text && (await parseArtifactCopy(text, inputs.cacheKeyPrefix, succeeded));
		if (checkpoint) return checkpoint;
	}
	return undefined;
}

/** Whether every job of a run has. A job that is allowed to fail does not count in the conclusion of its run. */
async function hasSucceeded(
	api: ReturnType<typeof githubApi>['rest']['actions'],
	repository: { owner: string; repo: string },
	{ id, conclusion }: { id: number; conclusion: string | null },
): Promise<boolean> {
	if (conclusion !== 'success') return false;
	const { data } = await api.listJobsForWorkflowRun({ ...repository, run_id: id, per_page: 100 });
	return (
		data.jobs.length === data.total_count && data.jobs.every((job) => HARMLESS.has(job.conclusion))
	);
}

async function download(
	run: WorkflowRun,
	artifactId: number,
	workflowRunId: number,
	token: string,
): Promise<string | undefined> {
	const directory = await makeTemporaryDirectory();
	try {
		await new DefaultArtifactClient().downloadArtifact(artifactId, {
			path: directory,
			findBy: {
				token,
				workflowRunId,
				repositoryOwner: run.owner,
				repositoryName: run.repository,
			},
		});
		return await readPrivate(directory, ARTIFACT_COPY, MAX_PAIR_LENGTH);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}
