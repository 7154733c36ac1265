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

/** Cache keys of different workflows and jobs begin differently, so that none takes another's checkpoint. */
export function defaultCacheKeyPrefix(): string {
	const { GITHUB_WORKFLOW = '', GITHUB_JOB = '' } = process.env;
	return `${DEFAULT_PREFIXES_BEGIN}${workflowFile() || GITHUB_WORKFLOW}-${GITHUB_JOB}`
		.replace(/[^\w.-]+/g, '-')
		.slice(0, 400);
}

/** From `owner/repository/.github/workflows/audit.yml@refs/heads/main`. */
function workflowFile(): string {
	const [path = ''] = (process.env.GITHUB_WORKFLOW_REF ?? '').split('@');
	return path.split('/').pop() ?? '';
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
