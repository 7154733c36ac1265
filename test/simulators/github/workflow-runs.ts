import { createHash } from 'node:crypto';

/** A workflow run as the REST API tells it. A re-run is the same run with a higher attempt. */
export interface WorkflowRun {
	id: number;
	attempt: number;
	number: number;
	/** The workflow's file name, such as `audit.yml`. */
	workflow: string;
	branch: string;
	event: string;
	status: 'queued' | 'in_progress' | 'completed';
	conclusion: 'success' | 'failure' | 'cancelled' | null;
	createdAt: Date;
	sha: string;
	/** Another repository's id for a run of a fork's pull request. */
	headRepositoryId: number;
}

/** The runs of one repository, in the order they were created. */
export class WorkflowRuns {
	readonly all: WorkflowRun[] = [];

	constructor(private readonly repositoryId: number) {}

	/** Records a run, or a further attempt or job of a known one, as in progress. */
	start(facts: Pick<WorkflowRun, 'id' | 'attempt' | 'workflow' | 'branch' | 'event'>): WorkflowRun {
		const known = this.find(facts.id);
		if (known) return Object.assign(known, facts, { status: 'in_progress', conclusion: null });
		const run: WorkflowRun = {
			...facts,
			number: this.of(facts.workflow).length + 1,
			status: 'in_progress',
			conclusion: null,
			createdAt: new Date(),
			sha: createHash('sha1').update(facts.branch).digest('hex'),
			headRepositoryId: this.repositoryId,
		};
		this.all.push(run);
		return run;
	}

	find(id: number): WorkflowRun | undefined {
		return this.all.find((run) => run.id === id);
	}

	of(workflow: string): WorkflowRun[] {
		return this.all.filter((run) => run.workflow === workflow);
	}

	/** The numeric id of a workflow, which GitHub gives out besides the file name. */
	workflowId(workflow: string): number {
		return 1000 + [...new Set(this.all.map((run) => run.workflow))].indexOf(workflow);
	}
}
