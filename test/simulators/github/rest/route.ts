import type { ArtifactService } from '../artifact-service';
import type { CacheService } from '../cache-service';
import type { Faults } from '../faults';
import type { Repository } from '../repository';
import type { WorkflowRuns } from '../workflow-runs';
import { Refusal, type Answer } from './answer';
import type { Traffic } from './traffic';

type Level = 'none' | 'read' | 'write';

/** What a token may do besides reading a repository's metadata, which every token may. */
export interface TokenPermissions extends Partial<Record<'actions' | 'contents', Level>> {
	/** As what it is refused: GitHub tells a classic personal token that there is no such thing. */
	denial?: 'forbidden' | 'not found';
}

/** A token means the same in each of its repositories, and nothing in others. */
export interface TokenGrant {
	permissions: TokenPermissions;
	repositories: readonly Repository[];
}

/** What the API knows: shared with the other services, read at every request. */
export interface RestApiState {
	/** The first is the one in which the workflows run. */
	repositories: Repository[];
	runs: WorkflowRuns;
	artifacts: ArtifactService;
	caches: CacheService;
	tokens: Map<string, TokenGrant>;
	faults: Faults;
	traffic: Traffic;
}

/** A request that may be answered: the repository is known, and the token's permission too. */
export interface Call {
	state: RestApiState;
	repository: Repository;
	/** What the groups of the route's path caught. */
	parameters: string[];
	url: URL;
	/** Where the repository's resources are, without a trailing slash. */
	base: string;
	accept: string;
	body: Record<string, unknown>;
}

export const READ = ['contents', 'read'] as const;
export const WRITE = ['contents', 'write'] as const;

export interface Route {
	method: 'GET' | 'POST' | 'PATCH' | 'PUT';
	/** Matches what follows the repository's path. */
	path: RegExp;
	/** Without one, every token that sees the repository will do. */
	permission?: readonly ['actions' | 'contents', 'read' | 'write'];
	/** The page of the documentation, from `rest/` on. */
	docs: string;
	answer: (call: Call) => Answer | Promise<Answer>;
}

/** A string that a request has to bring. */
export function required(body: Record<string, unknown>, field: string): string {
	const value = body[field];
	if (typeof value !== 'string') throw invalid(`"${field}" wasn't supplied.`);
	return value;
}

/** A string that a request may bring. */
export function optional(body: Record<string, unknown>, field: string): string | undefined {
	return body[field] === undefined ? undefined : required(body, field);
}

export function invalid(message: string): Refusal {
	return new Refusal(422, `Invalid request.\n\n${message}`);
}
