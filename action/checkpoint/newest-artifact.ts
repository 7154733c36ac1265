import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import * as actions from '@actions/core';
import { Octokit } from '@octokit/rest';
import { type Checkpoint, parseCheckpoint, quote } from '../../core';
import { ARTIFACT_CHECKPOINT } from '../artifact';
import { readFileIfAny } from '../durable';
import { proxiedFetch } from '../http';
import type { WorkflowRun } from '../workflow-run';

/** Runs to look through: with a run an hour, four days. */
const RUNS = 100;

/**
 * The checkpoint in the newest artifact that this workflow left on this branch.
 *
 * Runs for pull requests and from forks do not count: whoever opens one could choose the checkpoint.
 *
 * @param name the artifact's name in the current run
 * @returns `undefined` when there is none or it cannot be read; a warning then says why
 */
export async function checkpointOfNewestArtifact(
	run: WorkflowRun,
	name: string,
	token: string,
): Promise<Checkpoint | undefined> {
	if (!token || !run.workflowFile) return undefined;
	try {
		return await search(run, name, token);
	} catch (error) {
		actions.warning(
			`The cache has no checkpoint, and the artifacts of earlier runs could not be searched for one: ${quote((error as Error).message)}. Give the job the permission actions: read to make that possible.`,
		);
		return undefined;
	}
}

async function search(
	run: WorkflowRun,
	name: string,
	token: string,
): Promise<Checkpoint | undefined> {
	const octokit = new Octokit({
		auth: token,
		baseUrl: process.env.GITHUB_API_URL,
		request: { fetch: proxiedFetch },
	});
	const repository = { owner: run.owner, repo: run.repository };
	const { data } = await octokit.rest.actions.listWorkflowRuns({
		...repository,
		workflow_id: run.workflowFile,
		branch: run.branch,
		per_page: RUNS,
	});
	for (const earlier of data.workflow_runs) {
		const foreign = earlier.head_repository?.id !== earlier.repository.id;
		if (foreign || earlier.event.startsWith('pull_request')) continue;
		const artifacts = await octokit.rest.actions.listWorkflowRunArtifacts({
			...repository,
			run_id: earlier.id,
			per_page: 100,
		});
		// Names often hold the id of the run; a later attempt's name ends with its number.
		const expected = name.replaceAll(run.id, String(earlier.id));
		const newest = artifacts.data.artifacts
			.filter((each) => !each.expired && withoutAttempt(each.name) === withoutAttempt(expected))
			.sort((a, b) => b.id - a.id)[0];
		if (!newest) continue;
		const directory = await mkdtemp(path.join(process.env.RUNNER_TEMP ?? os.tmpdir(), 'artifact-'));
		await new DefaultArtifactClient().downloadArtifact(newest.id, {
			path: directory,
			findBy: {
				token,
				workflowRunId: earlier.id,
				repositoryOwner: run.owner,
				repositoryName: run.repository,
			},
		});
		const text = await readFileIfAny(path.join(directory, ARTIFACT_CHECKPOINT));
		return text === undefined ? undefined : parseCheckpoint(text);
	}
	return undefined;
}

function withoutAttempt(name: string): string {
	return name.replace(/-attempt-\d+$/, '');
}
