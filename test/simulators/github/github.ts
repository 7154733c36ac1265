import { randomBytes } from 'node:crypto';
import { ArtifactService } from './artifact-service';
import { startBlobStore } from './blob-store';
import { CacheService } from './cache-service';
import type { Faults } from './faults';
import { startRestApi, type RepositoryFacts, type TokenPermissions } from './rest-api';
import { startResultsService } from './results-service';
import { WorkflowRuns } from './workflow-runs';

export type { Artifact } from './artifact-service';
export type { CacheEntry } from './cache-service';
export type { Faults, Outage } from './faults';
export type { RepositoryFacts, TokenPermissions } from './rest-api';
export type { WorkflowRun } from './workflow-runs';

/** A GitHub with one repository: what happens in it is read here, what goes wrong is set here. */
export interface GitHub {
	repository: RepositoryFacts;
	faults: Faults;
	runs: WorkflowRuns;
	caches: CacheService;
	artifacts: ArtifactService;
	/** For ACTIONS_RESULTS_URL. */
	resultsUrl: string;
	/** For GITHUB_API_URL. */
	apiUrl: string;
	/** What `${{ github.token }}` gives a job that may read actions. */
	token: string;
	/** A further token, such as one of a job without `permissions: actions: read`. */
	issueToken(permissions: TokenPermissions): string;
	close(): Promise<void>;
}

/** Starts blob store, results service and REST API on loopback. */
export async function startGitHub(options: Partial<RepositoryFacts> = {}): Promise<GitHub> {
	const repository: RepositoryFacts = {
		id: 4711,
		owner: 'acme',
		name: 'audit',
		defaultBranch: 'main',
		visibility: 'private',
		...options,
	};
	const faults: Faults = {};
	const runs = new WorkflowRuns(repository.id);
	const tokens = new Map<string, TokenPermissions>();
	const issueToken = (permissions: TokenPermissions) => {
		const token = `ghs_${randomBytes(18).toString('hex')}`;
		tokens.set(token, permissions);
		return token;
	};
	const blobs = await startBlobStore();
	const caches = new CacheService(blobs, faults);
	const artifacts = new ArtifactService(blobs, faults);
	const results = await startResultsService({ caches, artifacts, faults });
	const api = await startRestApi({ repository, runs, artifacts, tokens, faults });
	return {
		repository,
		faults,
		runs,
		caches,
		artifacts,
		resultsUrl: results.url,
		apiUrl: api.url,
		token: issueToken({ actions: 'read' }),
		issueToken,
		close: async () => {
			await Promise.all([results.close(), api.close()]);
			await blobs.close();
		},
	};
}
