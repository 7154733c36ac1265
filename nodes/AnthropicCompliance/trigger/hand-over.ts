import {
	type INodeExecutionData,
	type IPollFunctions,
	type IRun,
	type IWorkflowSettings,
	sleep,
} from 'n8n-workflow';
import { logOf, now, withoutRepeats } from '../shared/transport';
import type { Flight } from './in-flight';
import type { TriggerMemory } from './memory';

const MINUTE_MS = 60_000;
/** How long the trigger waits for an execution if the workflow has no timeout. */
const USUAL_TIMEOUT_MS = 60 * MINUTE_MS;
/** n8n ends an execution that is over its time a little later. */
const GRACE_MS = MINUTE_MS;

/**
 * Whether n8n can tell the trigger how an execution ends. If not, it says so in n8n's log, once.
 */
export function canWait(context: IPollFunctions, memory: TriggerMemory): boolean {
	const obstacle = obstacleIn(context);
	if (obstacle === undefined) return true;
	noteObstacle(context, memory, obstacle);
	return false;
}

/** Says once that the trigger does not wait for executions, and why. */
export function noteObstacle(
	context: IPollFunctions,
	memory: TriggerMemory,
	obstacle: string,
): void {
	const message = `${obstacle} cannot tell the trigger how an execution ends. So it delivers as with "Once to a Started Execution".`;
	withoutRepeats(logOf(context), memory.warnings).warning(message);
}

function obstacleIn(context: IPollFunctions): string | undefined {
	if (context.getMode() === 'manual') return 'A manual run';
	if (settingsOf(context).engineType === 'v2') return "n8n's engine 2.0";
	// Older versions lack this function, although its type has it.
	const { createDeferredPromise } = context.helpers as Partial<IPollFunctions['helpers']>;
	return createDeferredPromise ? undefined : 'This version of n8n';
}

/** When to stop waiting for an execution that starts now: in queue mode, n8n tells nothing of a timeout. */
export function deadlineOf(context: IPollFunctions): number {
	const { executionTimeout = 0 } = settingsOf(context);
	const timeout = executionTimeout > 0 ? executionTimeout * 1000 : USUAL_TIMEOUT_MS;
	return now() + timeout + GRACE_MS;
}

/**
 * Hands items over to a new execution, and notes in the flight how the execution ends. n8n saves the
 * static data with it.
 *
 * @throws what n8n throws if it cannot start one
 */
export function handOver(
	context: IPollFunctions,
	output: INodeExecutionData[][],
	flight: Flight<unknown>,
): void {
	const done = context.helpers.createDeferredPromise<IRun | undefined>();
	// Of the run, only its status is kept: it holds all data of the execution.
	done.promise.then(
		(run) => flight.end(run?.status ?? 'unknown', now()),
		() => flight.end('canceled', now()),
	);
	context.__emit(output, undefined, done);
}

/** Waits until the execution of a batch has ended, but no longer than until a time on the clock of `now`. */
export async function untilEnded(flight: Flight<unknown>, until: number): Promise<void> {
	const left = until - now();
	if (left > 0 && flight.outcome(now()).is === 'pending') {
		await Promise.race([flight.ended, sleep(left)]);
	}
}

function settingsOf(context: IPollFunctions): IWorkflowSettings {
	// Older versions lack this function, although its type has it.
	return (context.getWorkflowSettings as (() => IWorkflowSettings) | undefined)?.() ?? {};
}
