import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import type { Batch } from '../../../core';
import { toNodeError } from '../shared/errors';
import { logOf, now, withoutRepeats } from '../shared/transport';
import {
	reportEarlyEnd,
	reportFailure,
	reportFailedTry,
	reportGivenUp,
	reportRecovery,
} from './failures';
import { canWait, deadlineOf, handOver, noteObstacle, untilEnded } from './hand-over';
import type { End } from './headway';
import {
	afterFailure,
	afterNothing,
	afterSuccess,
	type DeliveryNote,
	deliveryIn,
	Flight,
	IDLE,
	isDue,
	nothingInFlight,
	type Outcome,
	roomFor,
} from './in-flight';
import { memoryOf, type TriggerMemory } from './memory';
import { readTriggerSettings, type TriggerSettings } from './parameters';
import { isThrottling, onlyFailure, type PollResult, readNewActivities } from './poll-result';
import { type PollTime, timeOf } from './poll-time';
import { readSample } from './sample';
import { keep, stateBefore, type StaticData } from './static-data';

/** n8n has given up on a poll that is this long over its time. It must not block the next ones. */
const GRACE_MS = 30_000;
/**
 * How long the trigger waits for n8n to store a batch. The durable engine stores batch and checkpoint
 * after the poll has ended. A poll that begins earlier finds the old checkpoint, and would deliver the
 * same batch again. If the checkpoint is still the old one after this time, n8n did not store the batch.
 */
const STORING_MS = 45_000;

/** A poll that is under way. */
interface Call {
	readonly context: IPollFunctions;
	readonly memory: TriggerMemory;
	readonly staticData: StaticData;
	readonly time: PollTime;
	/** Whether another poll has taken over. */
	readonly isOver: () => boolean;
}

type Output = INodeExecutionData[][] | null;

/**
 * Polls once: returns the new activities, oldest first. If the trigger delivers until the workflow
 * succeeds, it hands them over itself, batch after batch, and returns nothing.
 *
 * @returns `null` if nothing is new, or if a failure needs no report now
 * @throws NodeApiError or NodeOperationError, with what to do and whether waiting helps
 */
export async function poll(context: IPollFunctions): Promise<Output> {
	const memory = memoryOf(context);
	if (context.getMode() === 'manual') {
		const sample = await readSample(context, memory).catch((error: unknown) => {
			throw toNodeError(context.getNode(), error);
		});
		return outputOf(context, [sample]);
	}

	const time = timeOf(context);
	const staticData: StaticData = context.getWorkflowStaticData('node');
	const reason = reasonToSkip(memory, staticData, time);
	if (reason !== undefined) {
		logOf(context).info(reason);
		return null;
	}
	const turn = { end: time.deadline + GRACE_MS };
	memory.turn = turn;
	try {
		const isOver = () => memory.turn !== turn;
		return await deliverNews({ context, memory, staticData, time, isOver });
	} finally {
		if (memory.turn === turn) memory.turn = undefined;
	}
}

/** Delivers what is new: once the last batch has arrived, the next one. */
async function deliverNews(call: Call): Promise<Output> {
	const { context, memory, staticData, time, isOver } = call;
	const log = logOf(context);
	let settings: TriggerSettings;
	try {
		settings = readTriggerSettings(context, withoutRepeats(log, memory.warnings).warning);
	} catch (error) {
		return reportFailure(context, error, memory.outage, time);
	}
	/** The last batch that this poll has handed over or dropped, if more activities follow it. */
	let unfinished: Batch | undefined;
	const notEndedFor = (end: End) => {
		if (unfinished) memory.headway.note(unfinished, end, settings.overlap, log);
	};
	/** Whether the local filters have dropped everything that was read last. */
	let dropped = false;
	/** The checkpoint that n8n has until it stores the next batch, as JSON. */
	let stored: string | undefined;
	for (let first = true; ; first = false) {
		const delivery = await settle(call, settings);
		if (delivery === 'runs' || delivery === 'rests') {
			if (delivery === 'runs') notEndedFor('workflow');
			return null;
		}
		if (!first && (!unfinished || now() >= time.until)) {
			notEndedFor('time');
			return null;
		}
		const from = checkpointText(staticData);
		if (!dropped) stored = from;
		const result = await readNewActivities(
			context,
			{ ...settings, maxActivities: roomFor(delivery, settings.maxActivities) },
			staticData,
			from,
			memory,
			time,
		).catch(onlyFailure);
		if (isOver()) {
			log.info(
				'A later poll has taken over. This one delivers nothing, because the later one reads the same activities.',
			);
			return null;
		}
		const { last, items, read, state } = result;
		const failure = dropped && isThrottling(result.failure) ? undefined : result.failure;
		if (failure === undefined) reportRecovery(context, memory.outage, time);
		else if (last !== undefined || dropped) reportEarlyEnd(context, failure, memory.outage, time);
		else return reportFailure(context, failure, memory.outage, time);
		if (!last) return null;

		const waits = settings.deliver === 'untilSuccess' && canWait(context, memory);
		dropped = items.length === 0 && result.end === 'room' && !last.caughtUp;
		if (items.length === 0 || !waits) {
			if (failure === undefined && result.end && !dropped) {
				memory.headway.note(last, result.end, settings.overlap, log);
			}
			const next = waits ? afterNothing(delivery, read, settings.maxActivities) : IDLE;
			// This comes last, because n8n saves the static data even if the poll throws afterwards.
			keep(staticData, { ...state, delivery: next });
			if (dropped) {
				unfinished = last;
				continue;
			}
			if (items.length === 0) return null;
			memory.flight = undefined;
			memory.handedOver = { at: now(), from: stored };
			return outputOf(context, items);
		}
		if (!launch(call, delivery, result, from)) {
			memory.handedOver = { at: now(), from: stored };
			return outputOf(context, items);
		}
		unfinished = last.caughtUp ? undefined : last;
		if (last.upToDate) memory.headway.note(last, 'time', settings.overlap, log);
		if (failure !== undefined || time.awaited) return null;
	}
}

/**
 * Finds out what has become of the batch in flight. Gives it up after its last try.
 *
 * @returns the delivery to continue with; or, if this poll delivers nothing, whether the execution still
 *   runs or the poll rests after its failure
 */
async function settle(
	{ context, memory, staticData, time }: Call,
	settings: TriggerSettings,
): Promise<DeliveryNote | 'runs' | 'rests'> {
	const delivery = deliveryIn(staticData.delivery);
	const once = settings.deliver === 'once';
	if (startsOver(staticData, settings)) return IDLE;
	if (delivery.attempt === 0) return once ? IDLE : delivery;
	const flight = memory.flight?.delivery.at === delivery.at ? memory.flight : undefined;
	if (flight && !once && !time.awaited) await untilEnded(flight, time.until);
	// After a restart, nobody knows how the execution has ended.
	const unknown: Outcome = { is: 'failed', status: 'unknown', at: delivery.at };
	const outcome = flight?.outcome(now()) ?? unknown;
	if (flight && outcome.is === 'arrived') {
		const next = afterSuccess(delivery, settings.maxActivities);
		keep(staticData, { ...flight.next, delivery: next });
		return next;
	}
	if (once) return IDLE;
	if (outcome.is !== 'failed') {
		logOf(context).info(
			'The workflow is still running with the last batch, so the next one has to wait.',
		);
		return 'runs';
	}
	if (memory.loggedTry !== delivery.at) {
		memory.loggedTry = delivery.at;
		reportFailedTry(context, delivery, outcome.status, settings.giveUpAfter);
	}
	// Somebody who publishes the workflow has mended it, and waits.
	const isWanted = time.awaited && !time.unattended;
	// Only a single record is given up, and only if its last try, in an earlier poll, is known to have failed.
	const isLast =
		delivery.attempt >= settings.giveUpAfter && delivery.count <= 1 && delivery.at < time.startedAt;
	if (isLast && flight && !isWanted) {
		keep(staticData, { ...flight.next, delivery: nothingInFlight(delivery) });
		reportGivenUp(context, flight.period, delivery.attempt);
		// If this poll went on and failed, the durable engine would forget what was given up.
		return 'rests';
	}
	if (!isWanted && !isDue(delivery, outcome.at, now())) return 'rests';
	return afterFailure(delivery, settings.giveUpAfter);
}

/**
 * Hands a batch over to an execution whose end the trigger learns. Until it has arrived, n8n keeps
 * what leads to the same batch again.
 *
 * @returns whether n8n can do that; if not, the batch counts as delivered once it is returned
 */
function launch(
	{ context, memory, staticData }: Call,
	{ attempt: before, size }: DeliveryNote,
	{ items, read, state, period }: PollResult,
	from: string | undefined,
): boolean {
	const attempt = before + 1;
	const delivery = { attempt, count: read, size, at: now() };
	const flight = new Flight(delivery, state, period, deadlineOf(context));
	// Nothing may come between this and the hand-off, which makes n8n save it.
	const output = outputOf(
		context,
		items.map((item) => ({ ...item, attempt })),
	);
	keep(staticData, { ...stateBefore(from, state), delivery });
	memory.flight = flight;
	try {
		handOver(context, output, flight);
		return true;
	} catch {
		noteObstacle(context, memory, 'This n8n');
		memory.flight = undefined;
		keep(staticData, { ...state, delivery: IDLE });
		return false;
	}
}

/** Whether another Backfill Start Date makes the next sync start over, so that other activities come. */
function startsOver({ checkpoint, backfillStartDate }: StaticData, { start }: TriggerSettings) {
	return checkpoint !== undefined && start.at === 'date' && start.text !== backfillStartDate;
}

/**
 * Why to skip a poll, if there is a reason. A skipped poll counts neither as failed nor as working.
 */
function reasonToSkip(
	{ turn, outage, handedOver, flight }: TriggerMemory,
	staticData: StaticData,
	{ startedAt, awaited }: PollTime,
): string | undefined {
	if (turn && startedAt < turn.end && !awaited) {
		return 'The last poll is still running, so this one is skipped.';
	}
	if (!awaited && outage.waits(startedAt)) {
		return 'The API has asked to wait longer, so this poll is skipped.';
	}
	const isStoring = (at: number) => startedAt - at < STORING_MS;
	const unstored =
		(handedOver && handedOver.from === checkpointText(staticData) && isStoring(handedOver.at)) ??
		false;
	const unstoredFlight =
		flight?.outcome(startedAt).is === 'pending' &&
		flight.delivery.at !== staticData.delivery?.at &&
		isStoring(flight.delivery.at);
	if (unstored || unstoredFlight) {
		return 'n8n is still storing the batch of the last poll, so this one is skipped.';
	}
	return undefined;
}

/** The checkpoint as JSON. */
function checkpointText({ checkpoint }: StaticData): string | undefined {
	return checkpoint && JSON.stringify(checkpoint);
}

function outputOf(context: IPollFunctions, items: readonly IDataObject[]): INodeExecutionData[][] {
	// The wrapping keeps records whole that have a field `json`: n8n would take only that field.
	return [context.helpers.returnJsonArray(items.map((json) => ({ json })))];
}
