import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The run this Action is part of, as the runner's environment tells. */
export interface WorkflowRun {
	readonly workspace: string;
	readonly id: string;
	readonly attempt: number;
	readonly owner: string;
	readonly repository: string;
	readonly serverUrl: string;
	/** File name of the workflow, such as `audit.yml`; empty when unknown. */
	readonly workflowFile: string;
	readonly branch: string;
	/** `undefined` when the event does not tell. */
	readonly defaultBranch: string | undefined;
}

/** Reads the runner's environment. */
export function currentRun(): WorkflowRun {
	const { env } = process;
	const [owner = '', repository = ''] = (env.GITHUB_REPOSITORY ?? '').split('/');
	return {
		workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
		id: env.GITHUB_RUN_ID ?? '0',
		attempt: Number(env.GITHUB_RUN_ATTEMPT ?? 1),
		owner,
		repository,
		serverUrl: env.GITHUB_SERVER_URL ?? 'https://github.com',
		workflowFile: workflowFile(),
		branch: env.GITHUB_REF_NAME ?? '',
		defaultBranch: defaultBranch(),
	};
}

/** The address of a run's page. */
export function runUrl({ serverUrl, owner, repository, id, attempt }: WorkflowRun): string {
	return `${serverUrl}/${owner}/${repository}/actions/runs/${id}/attempts/${attempt}`;
}

/** What every default prefix begins with. */
export const DEFAULT_PREFIXES_BEGIN = 'anthropic-compliance-';

/** How long a prefix may be: GitHub takes keys of 512 characters, and a run adds to it. */
export const MAX_PREFIX_LENGTH = 400;
const HASH_LENGTH = 12;

/**
 * Cache keys of different workflows and jobs begin differently, so that none takes another's
 * checkpoint. A name that cannot stand in a key as it is gets a hash, which tells it from others that
 * look the same then.
 */
export function defaultCacheKeyPrefix(): string {
	const { GITHUB_WORKFLOW = '', GITHUB_JOB = '' } = process.env;
	const name = `${DEFAULT_PREFIXES_BEGIN}${workflowFile() || GITHUB_WORKFLOW}-${GITHUB_JOB}`;
	const plain = name.replace(/[^\w.-]+/g, '-');
	if (plain === name && name.length <= MAX_PREFIX_LENGTH) return name;
	const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
	return `${plain.slice(0, MAX_PREFIX_LENGTH - HASH_LENGTH - 1)}-${hash}`;
}

/** From `owner/repository/.github/workflows/audit.yml@refs/heads/main`; each name may hold an @. */
function workflowFile(): string {
	const { GITHUB_WORKFLOW_REF = '' } = process.env;
	return /([^/]+)@(?:refs\/|[^/]*$)/.exec(GITHUB_WORKFLOW_REF)?.[1] ?? '';
}

function defaultBranch(): string | undefined {
	try {
		const event = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH ?? '', 'utf8')) as {
			repository?: { default_branch?: string };
		};
		if (event.repository?.default_branch) return event.repository.default_branch;
	} catch {
		// Then the event may still tell.
	}
	// GitHub runs schedules nowhere else.
	return process.env.GITHUB_EVENT_NAME === 'schedule' ? process.env.GITHUB_REF_NAME : undefined;
}
