import { PACKAGE } from './package-under-test';

/** The part of a workflow in n8n's format that the tests use. */
export interface Workflow {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings: Record<string, unknown>;
}

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	webhookId?: string;
	/** Whether n8n runs the node again when it fails, before the execution fails. */
	retryOnFail?: boolean;
	/** In milliseconds, at most 5000. */
	waitBetweenTries?: number;
}

/** The name of the trigger in the tests' workflow. */
export const TRIGGER = 'Trigger';
export const CREDENTIAL_TYPE = 'anthropicComplianceApi';

const SECONDS_BETWEEN_POLLS = 5;

/**
 * The trigger's parameter for a poll every five seconds. n8n accepts no interval under a minute, but any
 * number of times at which to poll in each minute.
 */
export const POLL_TIMES = {
	item: Array.from({ length: 60 / SECONDS_BETWEEN_POLLS }, (_, index) => ({
		mode: 'custom',
		cronExpression: `${index * SECONDS_BETWEEN_POLLS} * * * * *`,
	})),
};

/** Whether a poll time has just passed, and the next is some seconds away. */
export function pollTimeHasPassed(): boolean {
	return Date.now() % (SECONDS_BETWEEN_POLLS * 1000) < 1000;
}

/** A node that fails, whatever it gets. */
const FAILING: WorkflowNode = {
	id: '0c7a4d3e-93a4-4a52-9d0f-7f2f6d6b8e22',
	name: 'Fail',
	type: 'n8n-nodes-base.stopAndError',
	typeVersion: 1,
	position: [200, 0],
	parameters: { errorMessage: 'The table is missing' },
};

/**
 * A workflow with only the trigger, which polls every five seconds.
 *
 * @param fails whether each execution fails after the trigger
 */
export function triggerWorkflow(
	credentialId: string,
	parameters: Record<string, unknown>,
	fails = false,
): Workflow {
	return {
		name: 'Activities',
		nodes: [
			{
				id: 'f3b0c9ac-6e0f-4a27-a8a5-3c2c1c1c7a11',
				name: TRIGGER,
				type: `${PACKAGE}.anthropicComplianceTrigger`,
				typeVersion: 1,
				position: [0, 0],
				parameters: { pollTimes: POLL_TIMES, ...parameters },
				credentials: { [CREDENTIAL_TYPE]: { id: credentialId, name: CREDENTIAL_TYPE } },
			},
			...(fails ? [FAILING] : []),
		],
		connections: fails
			? { [TRIGGER]: { main: [[{ node: FAILING.name, type: 'main', index: 0 }]] } }
			: {},
		settings: { executionOrder: 'v1' },
	};
}
