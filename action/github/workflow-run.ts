import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The workflow run that this Action is part of. */
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
	/** `undefined` when the event does not name it. */
	readonly defaultBranch: string | undefined;
}

/** Reads the workflow run from the runner's environment. */
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

/** How long a prefix may be. GitHub allows keys of 512 characters, and a run appends to the prefix. */
export const MAX_PREFIX_LENGTH = 400;
const HASH_LENGTH = 12;

/**
 * The default prefix of cache keys. It differs between workflows and jobs, so that none uses another's
 * checkpoint. If characters of the name have to be replaced or cut off, a hash keeps names different.
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
		// The kind of event may still identify it.
	}
	// GitHub runs schedules only on the default branch.
	return process.env.GITHUB_EVENT_NAME === 'schedule' ? process.env.GITHUB_REF_NAME : undefined;
}
