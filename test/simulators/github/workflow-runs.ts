import { createHash } from 'node:crypto';

/** How a run, a job or a step ended. */
export type Conclusion = 'success' | 'failure' | 'cancelled';

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
	conclusion: Conclusion | null;
	/** How the jobs of this attempt ended, in the order in which they ended. */
	jobs: { name: string; conclusion: Conclusion }[];
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
		if (known) {
			const jobs = known.attempt === facts.attempt ? known.jobs : [];
			return Object.assign(known, facts, { status: 'in_progress', conclusion: null, jobs });
		}
		const run: WorkflowRun = {
			...facts,
			number: this.of(facts.workflow).length + 1,
			status: 'in_progress',
			conclusion: null,
			jobs: [],
			createdAt: new Date(),
			sha: createHash('sha1').update(facts.branch).digest('hex'),
			headRepositoryId: this.repositoryId,
		};
		this.all.push(run);
		return run;
	}

	/** Records the end of a job. The run succeeds if all its jobs do. */
	end(run: WorkflowRun, name: string, conclusion: Conclusion): void {
		run.jobs.push({ name, conclusion });
		run.status = 'completed';
		const others = run.jobs.map((each) => each.conclusion);
		run.conclusion = others.find((each) => each !== 'success') ?? 'success';
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
