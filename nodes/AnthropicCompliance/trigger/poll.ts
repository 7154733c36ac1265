import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { toNodeError } from '../shared/errors';
import { logOf, now } from '../shared/transport';
import { failPoll, tellOfEarlyEnd, tellOfEnd } from './failures';
import { memoryOf, type TriggerMemory } from './memory';
import { onlyFailure, readNews, type StaticData } from './poll-result';
import { type PollTime, timeOf } from './poll-time';
import { readSample } from './sample';

/** A poll that is so much over its time has been forgotten by n8n, and must not block the next ones. */
const GRACE_MS = 30_000;
/**
 * The durable engine stores what a poll leaves after the poll has ended. A poll that begins before
 * that finds the checkpoint of before, and would bring the same batch again. n8n has so long to store
 * it; a checkpoint that is still the old one then was never stored.
 */
const STORING_MS = 45_000;

/**
 * One poll of the trigger: what is new, oldest first.
 *
 * @returns `null` when there is nothing new, or what has failed was told already
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
	const reason = reasonToLeaveOut(memory, from, time);
	if (reason !== undefined) {
		log.info(reason);
		return null;
	}
	const turn = { end: time.deadline + GRACE_MS };
	memory.turn = turn;
	try {
		const news = await readNews(context, staticData, from, memory, time).catch(onlyFailure);
		if (memory.turn !== turn) {
			log.info('A later poll has taken over: what this one read is left to it.');
			return null;
		}
		if (news.failure === undefined) tellOfEnd(context, memory.outage, time);
		else if (news.gotOn) tellOfEarlyEnd(context, news.failure, memory.outage, time);
		else return failPoll(context, news.failure, memory.outage, time);
		// n8n keeps what is assigned even if the poll throws later on, so this is the last thing to do.
		Object.assign(staticData, news.state);
		if (news.items.length === 0) return null;
		memory.handedOver = { at: now(), from };
		return outputOf(context, news.items);
	} finally {
		if (memory.turn === turn) memory.turn = undefined;
	}
}

/**
 * Why a poll has nothing to do. It says nothing of how polls go then.
 *
 * @param from the checkpoint that it would go on from, as JSON
 */
function reasonToLeaveOut(
	{ turn, outage, handedOver }: TriggerMemory,
	from: string | undefined,
	{ startedAt, awaited }: PollTime,
): string | undefined {
	if (turn && startedAt < turn.end && !awaited) {
		return 'The last poll is still under way: this one is left out.';
	}
	if (!awaited && outage.waits(startedAt)) {
		return 'The API has asked to wait longer: this poll is left out.';
	}
	if (handedOver && handedOver.from === from && startedAt - handedOver.at < STORING_MS) {
		return 'n8n is still storing what the last poll left: this one is left out.';
	}
	return undefined;
}

function outputOf(context: IPollFunctions, items: readonly IDataObject[]): INodeExecutionData[][] {
	// Of an object with a field `json`, n8n would keep that field only.
	return [context.helpers.returnJsonArray(items.map((json) => ({ json })))];
}
