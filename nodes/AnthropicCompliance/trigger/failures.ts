import { type INode, type IPollFunctions, type NodeError, NodeOperationError } from 'n8n-workflow';
import { UserError } from '../../../core';
import { toNodeError } from '../shared/errors';
import { logOf, now } from '../shared/transport';
import { type FailedPoll, type Outage, spanOf } from './outage';
import type { PollTime } from './poll-time';

/**
 * Throws what somebody is to be told of a poll that has failed, and leaves the rest to the log.
 *
 * @throws NodeError
 */
export function failPoll(
	context: IPollFunctions,
	failure: unknown,
	outage: Outage,
	{ startedAt, awaited, unattended }: PollTime,
): null {
	const node = context.getNode();
	const nodeError = toNodeError(node, failure);
	if (awaited && !unattended) throw nodeError;
	// An error now would end the trigger for good; the next poll may throw, and is shown as failed.
	const again = unattended ? undefined : outage.fails(failedPoll(failure, false), startedAt);
	if (again !== undefined) throw toPollError(node, failure, again);
	const what = unattended
		? 'The first poll after the start failed'
		: 'The poll failed like one before';
	logOf(context).warning(
		`${what}; polling goes on. ${nodeError.message} ${nodeError.description ?? ''}`,
	);
	return null;
}

/** Tells of what has ended a poll that had read something: thrown, it would discard that. */
export function tellOfEarlyEnd(
	context: IPollFunctions,
	failure: unknown,
	outage: Outage,
	{ startedAt }: PollTime,
): void {
	const node = context.getNode();
	logOf(context).warning(`The poll ended early: ${toNodeError(node, failure).message}`);
	const again = outage.fails(failedPoll(failure, true), startedAt);
	if (again !== undefined) context.__emitError(toPollError(node, failure, again));
}

/** Tells that polls work again, where somebody was told that they failed. */
export function tellOfEnd(context: IPollFunctions, outage: Outage, { startedAt }: PollTime): void {
	const lasted = outage.works(startedAt);
	if (lasted !== undefined) context.__emitError(toldOfEnd(context.getNode(), lasted));
}

function failedPoll(failure: unknown, gotOn: boolean): FailedPoll {
	if (!(failure instanceof UserError)) return { kind: (failure as Error).name, gotOn };
	const { code: kind, retryAfterMs } = failure;
	return { kind, gotOn, waitUntil: retryAfterMs === undefined ? undefined : now() + retryAfterMs };
}

/**
 * The error of a poll that n8n has scheduled. n8n's durable scheduler leaves a trigger alone for half
 * an hour where somebody at the credential or the node can help. But nothing tells it that somebody
 * has, so it is to poll on.
 *
 * @param again in how long it is told again at the earliest if it stays
 */
function toPollError(node: INode, error: unknown, again: number): NodeError {
	const isRate = error instanceof UserError && error.code === 'rate-limited';
	return toNodeError(node, error, {
		cause: isRate ? 'rate-limited' : 'temporarily-unavailable',
		more: `Polling goes on by itself. While it stays so, it is told again after ${spanOf(again)}.`,
	});
}

/** What n8n records as a failed execution, since nothing else reaches the error workflow. */
function toldOfEnd(node: INode, lasted: number): NodeError {
	return new NodeOperationError(
		node,
		`The Activity Feed can be read again, after ${spanOf(lasted)}. Nothing was lost.`,
		{
			description:
				'This is no failure: it tells that the one before is over. What happened meanwhile comes with this poll and the next ones.',
		},
	);
}
