import {
	type IDataObject,
	type INodeExecutionData,
	type IPollFunctions,
	NodeOperationError,
	type WorkflowActivateMode,
} from 'n8n-workflow';
import {
	Activity,
	type Batch,
	type Checkpoint,
	ComplianceError,
	COMPLIANCE_API_ACCESSED,
	type Feed,
	list,
	OutOfTime,
	parseCheckpoint,
	sync,
} from '../../../core';
import { logOf, now, openFeed } from '../shared/transport';
import { toItem, toldOfUnreadable } from '../shared/item';
import { toldOfEnd, toNodeError, toPollError } from '../shared/errors';
import type { FailedPoll, Outage } from './outage';
import { readTriggerSettings, type TriggerSettings } from '../shared/settings';
import { memoryOf, type TriggerMemory } from './memory';

/** What n8n gives a poll that it has no timeout for. */
const NO_TIMEOUT_MS = 5 * 60_000;
/** The most a poll may take. They come each minute: what is not done by then is for the next one. */
const LONGEST_POLL_MS = 60_000;
/** The share of its time in which a poll begins requests; the rest is for the last one to end. */
const READING_SHARE = 0.75;
/** So long a poll may hold up the publishing of the workflow, or the start of n8n. */
const AWAITED_POLL_MS = 15_000;
/** A poll that is so much over its time has been forgotten by n8n, and must not block the next ones. */
const GRACE_MS = 30_000;
/**
 * The durable engine stores what a poll leaves after the poll has ended. A poll that begins before
 * that finds the checkpoint of before, and would bring the same batch again. n8n has so long to store
 * it; a checkpoint that is still the old one then was never stored.
 */
const STORING_MS = 45_000;

/** With so little of its room left, another request would mostly bring what the next poll reads. */
const LITTLE_ROOM = 0.05;

/** The sample of a manual run is looked for among so many of the newest activities. */
const SAMPLE_SIZE = 100;

/** n8n activates workflows in these modes by itself, so that nobody would see an error. */
const UNATTENDED: readonly WorkflowActivateMode[] = ['init', 'leadershipChange'];

/** Contexts that have polled before: n8n keeps one for all polls of an activation. */
const polledBefore = new WeakSet<IPollFunctions>();

/**
 * One poll of the trigger: what is new, oldest first.
 *
 * @returns `null` when there is nothing new, or what has failed was told already
 * @throws NodeApiError or NodeOperationError, with what to do and whether waiting helps
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() === 'manual') {
		return await sample(context).catch((error: unknown) => {
			throw toNodeError(context.getNode(), error);
		});
	}

	const first = !polledBefore.has(context);
	polledBefore.add(context);
	const log = logOf(context);
	const memory = memoryOf(context);
	const time = timeOf(context, first);
	const staticData: State = context.getWorkflowStaticData('node');
	const from = staticData.checkpoint && JSON.stringify(staticData.checkpoint);
	const reason = reasonToLeaveOut(memory, from, time);
	if (reason !== undefined) {
		log.info(reason);
		return null;
	}
	const turn = { end: time.deadline + GRACE_MS };
	memory.turn = turn;
	try {
		const news = await readNews(context, staticData, from, memory, time).catch(nothingBut);
		if (memory.turn !== turn) {
			log.info('A later poll has taken over: what this one read is left to it.');
			return null;
		}
		if (news.failure === undefined) tellOfEnd(context, memory.outage, time);
		else if (news.gotOn) tellOfEarlyEnd(context, news.failure, memory.outage, time);
		else return outcomeOf(context, news.failure, memory.outage, time, first);
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

/** Throws what somebody is to be told of a poll that has failed, and leaves the rest to the log. */
function outcomeOf(
	context: IPollFunctions,
	failure: unknown,
	outage: Outage,
	{ startedAt, awaited }: PollTime,
	first: boolean,
): null {
	const node = context.getNode();
	const nodeError = toNodeError(node, failure);
	const unattended = first && UNATTENDED.includes(context.getActivationMode());
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
function tellOfEarlyEnd(
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
function tellOfEnd(context: IPollFunctions, outage: Outage, { startedAt }: PollTime): void {
	const lasted = outage.works(startedAt);
	if (lasted !== undefined) context.__emitError(toldOfEnd(context.getNode(), lasted));
}

function failedPoll(failure: unknown, gotOn: boolean): FailedPoll {
	if (!(failure instanceof ComplianceError)) return { kind: (failure as Error).name, gotOn };
	const { code: kind, retryAfterMs } = failure;
	return { kind, gotOn, waitUntil: retryAfterMs === undefined ? undefined : now() + retryAfterMs };
}

/** The time that a poll has, by `now`. */
interface PollTime {
	readonly startedAt: number;
	/** When to begin no further request. */
	readonly until: number;
	/** When n8n gives up on it. */
	readonly deadline: number;
	/** Whether somebody waits for it: at publication, or as n8n starts. */
	readonly awaited: boolean;
}

function timeOf(context: IPollFunctions, first: boolean): PollTime {
	const startedAt = now();
	// n8n before August 2026 has no such function, whatever its type says.
	const given = (context.getPollBudgetMs as (() => number) | undefined)?.() ?? NO_TIMEOUT_MS;
	const budget = Math.min(given, LONGEST_POLL_MS);
	// The durable engine gives each scheduled poll a new context, of the same mode as one of a changed
	// workflow has. But only scheduled polls have a timeout there.
	const scheduled = context.getActivationMode() === 'update' && given !== NO_TIMEOUT_MS;
	const awaited = first && !scheduled;
	return {
		startedAt,
		until: startedAt + Math.min(budget * READING_SHARE, awaited ? AWAITED_POLL_MS : Infinity),
		deadline: startedAt + budget,
		awaited,
	};
}

/** What n8n keeps for the node between polls. */
interface State {
	checkpoint?: Checkpoint;
	/** The Backfill Start Date as it was typed: only another text starts anew, not another time zone. */
	backfillStartDate?: string | null;
}

interface News {
	readonly items: readonly IDataObject[];
	/** What has changed. */
	readonly state: State;
	/** What has ended the poll, if it was a failure. */
	readonly failure?: unknown;
	/** Whether it had read something before. */
	readonly gotOn: boolean;
}

function nothingBut(failure: unknown): News {
	return { items: [], state: {}, failure, gotOn: false };
}

/** @param from the checkpoint to go on from, as JSON */
async function readNews(
	context: IPollFunctions,
	stored: State,
	from: string | undefined,
	memory: TriggerMemory,
	time: PollTime,
): Promise<News> {
	const log = logOf(context);
	const warning = (message: string) => {
		if (memory.isNews(message)) log.warning(message);
	};
	const settings = readTriggerSettings(context, warning);
	const feed = await openFeed(context, time.deadline, memory.requests, { ...log, warning });

	const items: IDataObject[] = [];
	let unreadable = 0;
	let full = false;
	let last: Batch | undefined;
	let failure: unknown;
	try {
		for await (const batch of sync({
			...settings,
			includeOwnRequests: !settings.skipOwnRequests,
			feed,
			checkpoint: from && parseCheckpoint(from),
			backfillStart: await backfillStart(context, settings, stored, feed, memory, time),
			until: time.until,
			outOfTime: (error) => (failure = error),
			now: Date.now(),
			log,
		})) {
			for (const record of [...batch.activities, ...batch.unreadable]) {
				items.push(toItem(record, settings.shape));
			}
			unreadable += batch.unreadable.length;
			last = batch;
			full = settings.maxActivities - items.length < settings.maxActivities * LITTLE_ROOM;
			if (full) break;
		}
	} catch (error) {
		failure = error;
	}
	if (!last) return nothingBut(failure);
	// Who gets on as fast as the API allows does well.
	const throttled = failure instanceof OutOfTime && failure.code === 'rate-limited';
	if (throttled && items.length > 0) failure = undefined;
	if (unreadable > 0) log.warning(toldOfUnreadable(unreadable));
	if (failure === undefined) {
		memory.headway.note(last, full ? 'room' : 'time', settings.overlap, log);
	}
	const { start } = settings;
	const backfillStartDate = start.at === 'date' ? start.text : null;
	const state = { checkpoint: last.checkpoint, backfillStartDate };
	return { items, state, failure, gotOn: true };
}

/** Where the first sync starts; `undefined` leaves it to the default, or to the checkpoint. */
async function backfillStart(
	context: IPollFunctions,
	{ start }: TriggerSettings,
	stored: State,
	feed: Feed,
	memory: TriggerMemory,
	time: PollTime,
): Promise<number | undefined> {
	if (start.at === 'date') {
		const goesOn = stored.checkpoint && stored.backfillStartDate === start.text;
		return goesOn ? undefined : start.instant;
	}
	if (start.at === '90DaysBack' || stored.checkpoint) return undefined;
	if (context.getActivationMode() === 'activate') memory.start = undefined;
	return (memory.start ??= await feed.present(time.until));
}

/**
 * What a manual run shows: the newest activity that the filters let through. It reads no checkpoint
 * and leaves none.
 */
async function sample(context: IPollFunctions): Promise<INodeExecutionData[][]> {
	const { warning: warn } = logOf(context);
	const { filters, shape } = readTriggerSettings(context, warn);
	const newest = [];
	for await (const record of list({
		feed: await openFeed(context),
		filters,
		order: 'desc',
		pageSize: SAMPLE_SIZE,
		now,
		warn,
	})) {
		if (newest.push(record) === SAMPLE_SIZE) break;
	}
	const activities = newest.filter((record) => record instanceof Activity);
	// Tests like this one leave such activities, and they would show nothing else.
	const telling = activities.find(({ type }) => type !== COMPLIANCE_API_ACCESSED);
	const shown = telling ?? activities[0] ?? newest[0];
	if (!shown) {
		throw new NodeOperationError(
			context.getNode(),
			'The feed holds no activity that passes the filters',
			{
				description:
					'Loosen the filters, or do in Claude what you want to be told of: the activity appears within a minute.',
			},
		);
	}
	return outputOf(context, [toItem(shown, shape)]);
}

function outputOf(context: IPollFunctions, items: readonly IDataObject[]): INodeExecutionData[][] {
	// Of an object with a field `json`, n8n would keep that field only.
	return [context.helpers.returnJsonArray(items.map((json) => ({ json })))];
}
