import { type INode, type IPollFunctions, type NodeError, NodeOperationError } from 'n8n-workflow';
import { formatInstant, type Instant, UserError } from '../../../core';
import { toNodeError } from '../shared/errors';
import { logOf, now } from '../shared/transport';
import { type DeliveryNote, pauseAfter } from './in-flight';
import { durationText, type FailedPoll, type Outage } from './outage';
import type { PollTime } from './poll-time';

/**
 * Reports a failed poll: with an error if one is due, otherwise in n8n's log.
 *
 * @throws NodeError if an error is due
 */
export function reportFailure(
	context: IPollFunctions,
	failure: unknown,
	outage: Outage,
	{ startedAt, awaited, unattended }: PollTime,
): null {
	const node = context.getNode();
	// At publication, n8n shows the message and not the description.
	if (awaited && !unattended) throw toNodeError(node, failure, { remedyInMessage: true });
	// An error would now end the trigger for good. The next poll may throw, and then shows as failed.
	const pause = unattended ? undefined : outage.noteFailure(failedPoll(failure, false), startedAt);
	if (pause !== undefined) throw toPollError(node, failure, pause);
	const nodeError = toNodeError(node, failure);
	const what = unattended ? 'The first poll after the start failed' : 'The poll failed again';
	logOf(context).warning(
		`${what}; polling continues. ${nodeError.message} ${nodeError.description ?? ''}`,
	);
	return null;
}

/** Reports the failure that ended a poll early. It throws nothing, because n8n would then discard what the poll has read. */
export function reportEarlyEnd(
	context: IPollFunctions,
	failure: unknown,
	outage: Outage,
	{ startedAt }: PollTime,
): void {
	const node = context.getNode();
	logOf(context).warning(`The poll ended early: ${toNodeError(node, failure).message}`);
	const pause = outage.noteFailure(failedPoll(failure, true), startedAt);
	if (pause !== undefined) context.__emitError(toPollError(node, failure, pause));
}

/** Reports that polls work again, if a failure was reported before. */
export function reportRecovery(
	context: IPollFunctions,
	outage: Outage,
	{ startedAt }: PollTime,
): void {
	const lasted = outage.noteSuccess(startedAt);
	if (lasted !== undefined) context.__emitError(recoveryNotice(context.getNode(), lasted));
}

/** Logs that an execution has not succeeded, and when its batch comes again. n8n itself shows the execution. */
export function reportFailedTry(
	context: IPollFunctions,
	delivery: DeliveryNote,
	status: string,
	tries: number,
): void {
	const { attempt } = delivery;
	const next =
		attempt < tries
			? `The same activities come again after ${durationText(pauseAfter(delivery))}.`
			: 'The trigger gives up on them.';
	logOf(context).warning(
		`The workflow has not succeeded in try ${attempt} of ${tries}: its execution ended as "${status}". ${next}`,
	);
}

/** Reports an activity that the trigger no longer tries to deliver, with a failed execution. */
export function reportGivenUp(
	context: IPollFunctions,
	period: readonly [Instant, Instant] | undefined,
	attempts: number,
): void {
	const [from, to] = period?.map(formatInstant) ?? [];
	const when = from === undefined ? 'without a readable time' : `from ${from} to ${to}`;
	context.__emitError(
		new NodeOperationError(
			context.getNode(),
			`The workflow has not succeeded with 1 activity ${when}, in ${attempts} tries. The trigger goes on without them.`,
			{
				description:
					'Fix the cause that the failed executions name. Then read that period with the node "Anthropic Compliance" (Get Many with From and To, Return All on, Leave Out Compliance API Reads off), and store by `id` what it returns. Later activities continue to come.',
			},
		),
	);
}

function failedPoll(failure: unknown, madeProgress: boolean): FailedPoll {
	if (!(failure instanceof UserError)) return { kind: (failure as Error).name, madeProgress };
	const { code: kind, retryAfterMs } = failure;
	return {
		kind,
		madeProgress,
		waitUntil: retryAfterMs === undefined ? undefined : now() + retryAfterMs,
	};
}

/**
 * The error of a scheduled poll. If the cause is the credential or the node, n8n's durable scheduler
 * pauses the trigger for half an hour, and does not notice when a user fixes it. So the error always
 * names a cause that lets polling continue.
 *
 * @param pause if the failure lasts, the earliest time until the next report, in milliseconds
 */
function toPollError(node: INode, error: unknown, pause: number): NodeError {
	const isRate = error instanceof UserError && error.code === 'rate-limited';
	const kept = error instanceof UserError && error.resumable ? 'Nothing is lost. ' : '';
	return toNodeError(node, error, {
		cause: isRate ? 'rate-limited' : 'temporarily-unavailable',
		more: `${kept}Polling continues by itself. If the failure lasts, it is reported again after ${durationText(pause)}.`,
	});
}

/** An error, because n8n passes nothing but failed executions to the error workflow. */
function recoveryNotice(node: INode, lasted: number): NodeError {
	return new NodeOperationError(
		node,
		`The Activity Feed can be read again, after ${durationText(lasted)}. Nothing was lost.`,
		{
			description:
				'This is not a failure: it reports that the previous failure is over. This poll and the next ones deliver what happened in the meantime.',
		},
	);
}
