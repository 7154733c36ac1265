import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { toNodeError } from '../shared/errors';
import { logOf, now } from '../shared/transport';
import { reportEarlyEnd, reportFailure, reportRecovery } from './failures';
import { memoryOf, type TriggerMemory } from './memory';
import { onlyFailure, readNewActivities, type StaticData } from './poll-result';
import { type PollTime, timeOf } from './poll-time';
import { readSample } from './sample';

/** n8n has given up on a poll that is this long over its time. It must not block the next ones. */
const GRACE_MS = 30_000;
/**
 * How long the trigger waits for n8n to store a batch. The durable engine stores batch and checkpoint
 * after the poll has ended. A poll that begins earlier finds the old checkpoint, and would deliver the
 * same batch again. If the checkpoint is still the old one after this time, n8n did not store the batch.
 */
const STORING_MS = 45_000;

/**
 * Polls once: returns the new activities, oldest first.
 *
 * @returns `null` if nothing is new, or if a failure needs no report now
 * @throws NodeApiError or NodeOperationError, with what to do and whether waiting helps
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() === 'manual') {
		const sample = await readSample(context).catch((error: unknown) => {
			throw toNodeError(context.getNode(), error);
		});
		return outputOf(context, [sample]);
	}

	const log = logOf(context);
	const memory = memoryOf(context);
	const time = timeOf(context);
	const staticData: StaticData = context.getWorkflowStaticData('node');
	const from = staticData.checkpoint && JSON.stringify(staticData.checkpoint);
	const reason = reasonToSkip(memory, from, time);
	if (reason !== undefined) {
		log.info(reason);
		return null;
	}
	const turn = { end: time.deadline + GRACE_MS };
	memory.turn = turn;
	try {
		const result = await readNewActivities(context, staticData, from, memory, time).catch(
			onlyFailure,
		);
		if (memory.turn !== turn) {
			log.info(
				'A later poll has taken over. This one delivers nothing, because the later one reads the same activities.',
			);
			return null;
		}
		if (result.failure === undefined) reportRecovery(context, memory.outage, time);
		else if (result.madeProgress) reportEarlyEnd(context, result.failure, memory.outage, time);
		else return reportFailure(context, result.failure, memory.outage, time);
		// This comes last, because n8n saves the static data even if the poll throws afterwards.
		Object.assign(staticData, result.state);
		if (result.items.length === 0) return null;
		memory.handedOver = { at: now(), from };
		return outputOf(context, result.items);
	} finally {
		if (memory.turn === turn) memory.turn = undefined;
	}
}

/**
 * Why to skip a poll, if there is a reason. A skipped poll counts neither as failed nor as working.
 *
 * @param from the checkpoint that the poll would continue from, as JSON
 */
function reasonToSkip(
	{ turn, outage, handedOver }: TriggerMemory,
	from: string | undefined,
	{ startedAt, awaited }: PollTime,
): string | undefined {
	if (turn && startedAt < turn.end && !awaited) {
		return 'The last poll is still running, so this one is skipped.';
	}
	if (!awaited && outage.waits(startedAt)) {
		return 'The API has asked to wait longer, so this poll is skipped.';
	}
	if (handedOver && handedOver.from === from && startedAt - handedOver.at < STORING_MS) {
		return 'n8n is still storing the batch of the last poll, so this one is skipped.';
	}
	return undefined;
}

function outputOf(context: IPollFunctions, items: readonly IDataObject[]): INodeExecutionData[][] {
	// The wrapping keeps records whole that have a field `json`: n8n would take only that field.
	return [context.helpers.returnJsonArray(items.map((json) => ({ json })))];
}
