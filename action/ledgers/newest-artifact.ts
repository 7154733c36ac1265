import { rm } from 'node:fs/promises';
import { DefaultArtifactClient } from '@actions/artifact';
import * as actions from '@actions/core';
import { type Checkpoint, UserError, MAX_CHECKPOINT_LENGTH, quote } from '../../core';
import { githubApi } from '../github/rest-client';
import type { Inputs } from '../inputs';
import type { Pace } from '../io/pace';
import { readPrivate } from '../io/private-files';
import { makeTemporaryDirectory } from '../io/temporary-directory';
import { defaultCacheKeyPrefix, type WorkflowRun } from '../github/workflow-run';
import { ARTIFACT_COPY, parseArtifactCopy } from '../github/artifact-copy';

/** Artifacts that are no use, such as another job's, are passed over up to this many. */
const MAX_CANDIDATES = 20;

/**
 * The checkpoint in the newest artifact that this workflow left on this branch, or any with this
 * prefix, if it was set by hand.
 *
 * GitHub runs schedules on the default branch only. So what they left on another one, they left
 * when that was the default branch: a run on today's goes on from there.
 *
 * Runs for pull requests and from forks do not count: whoever opens one could choose the checkpoint.
 *
 * @returns `undefined` when there is none, or the token may not look; a warning then says so
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
	// The newest of all, since a name may hold the id of its run or the number of its attempt; and the
	// newest of just this name, for a repository that makes many others.
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
	// The many that other branches may make must not crowd out this one's.
	const elsewhere = eligible.filter((each) => !isHere(each)).slice(0, MAX_CANDIDATES);
	const candidates =
		run.branch === run.defaultBranch ? [...here, ...elsewhere].sort((a, b) => b.id - a.id) : here;
	for (const { id, workflow_run: origin } of candidates) {
		const { data: earlier } = await api.getWorkflowRun({ ...repository, run_id: origin?.id ?? 0 });
		// A ref may come after it, and both may hold an @.
		const file = earlier.path.replace(/^\.github\/workflows\//, '');
		const isOwn = `${file}@`.startsWith(`${run.workflowFile}@`);
		// A prefix that was set by hand says whose it is, whatever the file is called by now.
		if (!isOwn && inputs.cacheKeyPrefix === defaultCacheKeyPrefix()) continue;
		if (earlier.event.startsWith('pull_request')) continue;
		if (earlier.head_branch !== run.branch && earlier.event !== 'schedule') continue;
		const text = await download(run, id, earlier.id, inputs.githubToken);
		const checkpoint = text && parseArtifactCopy(text, inputs.cacheKeyPrefix);
		if (checkpoint) return checkpoint;
	}
	return undefined;
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
		return await readPrivate(directory, ARTIFACT_COPY, MAX_CHECKPOINT_LENGTH);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}
