import { randomBytes } from 'node:crypto';
import { ArtifactService } from './artifact-service';
import { openBlobStore } from './blob-store';
import { CacheService } from './cache-service';
import type { Faults } from './faults';
import { Repository, type RepositoryFacts } from './repository';
import type { TokenGrant, TokenPermissions } from './rest/route';
import { startRestApi } from './rest/server';
import { Traffic } from './rest/traffic';
import { startResultsService } from './results-service';
import { WorkflowRuns } from './workflow-runs';

export type { Artifact } from './artifact-service';
export type { CacheEntry } from './cache-service';
export type { Faults, Outage } from './faults';
export { Repository, type Protection, type RepositoryFacts } from './repository';
export { primaryRateLimit, secondaryRateLimit } from './rest/answer';
export type { TokenPermissions } from './rest/route';
export type { ApiRequest, Incident, Traffic } from './rest/traffic';
export type { WorkflowRun } from './workflow-runs';

/** A small GitHub: what happens in it is read here, what goes wrong is set here. */
export interface GitHub {
	/** The one in which the workflows run. */
	repository: Repository;
	/** Adds another, by default private and with the same owner. */
	addRepository(facts: Partial<RepositoryFacts> & { name: string }): Repository;
	faults: Faults;
	/** The REST API's requests, one by one. */
	traffic: Traffic;
	runs: WorkflowRuns;
	caches: CacheService;
	artifacts: ArtifactService;
	/** For ACTIONS_RESULTS_URL. */
	resultsUrl: string;
	/** For GITHUB_API_URL. */
	apiUrl: string;
	/** What `${{ github.token }}` gives a job that may read actions. */
	token: string;
	/**
	 * A further token, such as one of a job without `permissions: actions: read`; for the workflows'
	 * repository unless others are named. What is not permitted is forbidden.
	 */
	issueToken(permissions: TokenPermissions, ...repositories: Repository[]): string;
	close(): Promise<void>;
}

/** Starts blob store, results service and REST API on loopback. */
export async function startGitHub(options: Partial<RepositoryFacts> = {}): Promise<GitHub> {
	const repository = new Repository({
		id: 4711,
		owner: 'acme',
		name: 'audit',
		defaultBranch: 'main',
		visibility: 'private',
		...options,
	});
	const repositories = [repository];
	const addRepository: GitHub['addRepository'] = (facts) => {
		const { owner, defaultBranch } = repository;
		const id = repository.id + repositories.length;
		const added = new Repository({ id, owner, defaultBranch, visibility: 'private', ...facts });
		repositories.push(added);
		return added;
	};
	const faults: Faults = {};
	const runs = new WorkflowRuns(repository.id);
	const traffic = new Traffic();
	const tokens = new Map<string, TokenGrant>();
	const issueToken: GitHub['issueToken'] = (permissions, ...of) => {
		const token = `ghs_${randomBytes(18).toString('hex')}`;
		tokens.set(token, { permissions, repositories: of.length > 0 ? of : [repository] });
		return token;
	};
	const blobs = await openBlobStore();
	const caches = new CacheService(blobs, faults);
	const artifacts = new ArtifactService(blobs, faults);
	const results = await startResultsService({ caches, artifacts, faults });
	const api = await startRestApi({
		repositories,
		runs,
		artifacts,
		caches,
		tokens,
		faults,
		traffic,
	});
	return {
		repository,
		addRepository,
		faults,
		traffic,
		runs,
		caches,
		artifacts,
		resultsUrl: results.url,
		apiUrl: api.url,
		token: issueToken({ actions: 'read' }),
		issueToken,
		close: async () => {
			await Promise.all([results.close(), api.close()]);
			await Promise.all([blobs.close(), ...repositories.map(({ git }) => git.close())]);
		},
	};
}
