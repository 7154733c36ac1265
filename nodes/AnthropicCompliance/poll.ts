import {
	type IDataObject,
	type INodeExecutionData,
	type IPollFunctions,
	NodeOperationError,
	type WorkflowActivateMode,
} from 'n8n-workflow';
import {
	type Batch,
	COMPLIANCE_API_ACCESSED,
	ComplianceError,
	type Feed,
	list,
	OwnCalls,
	parseBackfillStart,
	sync,
} from '../../core';
import { logOf, now, openFeed } from './compliance-feed';
import { toItem } from './item';
import { toNodeError } from './node-error';
import { readFilters, readInteger, readMoment, readPageSize, readShape } from './settings';

const MINUTE_MS = 60_000;

/** The share of its time in which a poll begins requests; the rest is for the last one to end. */
const READING_SHARE = 0.75;
/** A first poll holds up the publishing of the workflow, or the start of n8n. */
const FIRST_POLL_MS = 15_000;

/** The sample of a manual run is looked for among so many of the newest activities. */
const SAMPLE_SIZE = 100;

/** n8n activates workflows in these modes by itself, so that nobody would see an error. */
const UNATTENDED: readonly WorkflowActivateMode[] = ['init', 'leadershipChange'];

/** Contexts that have polled before: n8n keeps one for all polls of an activation. */
const polledBefore = new WeakSet<IPollFunctions>();

/**
 * The durable engine may poll before it has stored what the poll at publication left, and the first
 * batch would come again. So long, in milliseconds, it has to do so.
 */
const STORING_MS = 10_000;

/** What this process knows of a trigger from poll to poll, whatever n8n stores. */
interface Trigger {
	/** n8n may start a poll before the last one has ended. */
	underWay: boolean;
	/** When a poll last left something to store, by `now`. */
	leftAt: number;
	/** Where "Now" is, until there is a checkpoint: n8n does not always store the first one. */
	start: number | undefined;
	/** A checkpoint that is not stored, as after a failure, would take them along. */
	readonly ownCalls: OwnCalls;
}

/** By workflow and node. */
const triggers = new Map<string, Trigger>();

/**
 * One poll of the trigger: what is new, oldest first.
 *
 * @returns `null` when there is nothing new
 * @throws NodeApiError or NodeOperationError, with what to do and whether waiting helps
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const node = context.getNode();
	if (context.getMode() === 'manual') {
		return await sample(context).catch((error: unknown) => {
			throw toNodeError(node, error);
		});
	}

	const first = !polledBefore.has(context);
	polledBefore.add(context);
	const trigger = triggerOf(context);
	if (trigger.underWay) {
		logOf(context).info('The last poll is still under way: this one is left out.');
		return null;
	}
	trigger.underWay = true;
	try {
		return await pollFeed(context, first, trigger);
	} catch (error) {
		const nodeError = toNodeError(node, error);
		// An error now would end the trigger for good; the next poll may throw, and is shown as failed.
		if (first && UNATTENDED.includes(context.getActivationMode())) {
			logOf(context).warning(
				`The first poll after the start failed; polling goes on. ${nodeError.message} ${nodeError.description ?? ''}`,
			);
			return null;
		}
		throw nodeError;
	} finally {
		trigger.underWay = false;
	}
}

function triggerOf(context: IPollFunctions): Trigger {
	const place = `${context.getWorkflow().id}:${context.getNode().id}`;
	let trigger = triggers.get(place);
	if (!trigger) {
		trigger = {
			underWay: false,
			leftAt: -Infinity,
			start: undefined,
			ownCalls: new OwnCalls(),
		};
		triggers.set(place, trigger);
	}
	return trigger;
}

async function pollFeed(
	context: IPollFunctions,
	first: boolean,
	trigger: Trigger,
): Promise<INodeExecutionData[][] | null> {
	const startedAt = now();
	// n8n before August 2026 has no such function, whatever its type says.
	const given = (context.getPollBudgetMs as (() => number) | undefined)?.() ?? MINUTE_MS;
	// Polls come each minute: what is not done by then is for the next one.
	const budget = Math.min(given, MINUTE_MS);
	// A poll with less than a minute is a scheduled one, whose engine gives each poll a new context.
	const hurried = first && budget >= MINUTE_MS;
	const until = startedAt + (hurried ? FIRST_POLL_MS : budget * READING_SHARE);

	const options = context.getNodeParameter('options', {}) as IDataObject;
	const shape = readShape(options);
	const maxActivities = readInteger(
		'Max Activities per Poll',
		context.getNodeParameter('maxActivities'),
		1,
	);
	const filters = readFilters(context, read(context));
	const feed = await openFeed(context, startedAt + budget, trigger.ownCalls);
	const staticData = context.getWorkflowStaticData('node');
	const checkpoint = copyOf(staticData.checkpoint);
	if (checkpoint === undefined && startedAt - trigger.leftAt < STORING_MS) {
		logOf(context).info('n8n is still storing what the last poll left: this one is left out.');
		return null;
	}

	const items: IDataObject[] = [];
	let last: Batch | undefined;
	try {
		for await (const batch of sync({
			feed,
			checkpoint,
			filters,
			backfillStart: await backfillStart(context, feed, checkpoint, trigger, until),
			overlap: readInteger('Overlap', options.overlap ?? 5, 1) * MINUTE_MS,
			pageSize: readPageSize(options, maxActivities),
			skipOwnRequests: options.skipOwnRequests !== false,
			maxActivities,
			until,
			now: Date.now(),
			log: logOf(context),
		})) {
			for (const activity of batch.activities) items.push(toItem(activity, shape));
			last = batch;
			if (now() >= until) break;
		}
	} catch (error) {
		if (items.length === 0) throw toNodeError(context.getNode(), error);
		// What has been read goes out with its checkpoint; if the error stays, the next poll meets it.
		logOf(context).warning(
			`The poll ended early: ${toNodeError(context.getNode(), error).message}`,
		);
	}

	// n8n keeps what is assigned even if the poll throws later on, so this is the last thing to do.
	if (last) staticData.checkpoint = last.checkpoint;
	if (items.length === 0) return null;
	trigger.leftAt = now();
	return outputOf(context, items);
}

/** Where the first sync starts; `undefined` leaves it to the default, or to the checkpoint. */
async function backfillStart(
	context: IPollFunctions,
	feed: Feed,
	checkpoint: unknown,
	trigger: Trigger,
	until: number,
): Promise<number | undefined> {
	switch (context.getNodeParameter('backfillStartTime')) {
		case 'now':
			if (checkpoint !== undefined) return undefined;
			if (context.getActivationMode() === 'activate') trigger.start = undefined;
			return (trigger.start ??= await feed.present(until));
		case 'date':
			// An expression may give another date at each poll, and each would start anew.
			if (checkpoint !== undefined && isExpression(context, 'backfillStartDate')) return undefined;
			return startDate(context);
		default:
			return undefined;
	}
}

function startDate(context: IPollFunctions): number | undefined {
	const name = 'Backfill Start Date';
	const moment = readMoment(context, name, context.getNodeParameter('backfillStartDate'));
	if (!moment) {
		throw new ComplianceError('invalid-setting', `${name} is empty.`, {
			remedy: 'Set the date, or choose another Backfill Start Time.',
		});
	}
	return parseBackfillStart(moment.toUTC().toISO() ?? '', Date.now());
}

function isExpression(context: IPollFunctions, name: string): boolean {
	const text = context.getNodeParameter(name, undefined, { rawExpressions: true });
	return typeof text === 'string' && text.startsWith('=');
}

/**
 * What a manual run shows: the newest activity that the filters let through. It reads no checkpoint
 * and leaves none.
 */
async function sample(context: IPollFunctions): Promise<INodeExecutionData[][]> {
	const newest = [];
	for await (const activity of list({
		feed: await openFeed(context),
		filters: readFilters(context, read(context)),
		order: 'desc',
		pageSize: SAMPLE_SIZE,
		now,
	})) {
		if (newest.push(activity) === SAMPLE_SIZE) break;
	}
	// Tests like this one leave such activities, and they would show nothing else.
	const shown = newest.find(({ type }) => type !== COMPLIANCE_API_ACCESSED) ?? newest[0];
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
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return outputOf(context, [toItem(shown, readShape(options))]);
}

function outputOf(context: IPollFunctions, items: IDataObject[]): INodeExecutionData[][] {
	// Of an object with a field `json`, n8n would keep that field only.
	return [context.helpers.returnJsonArray(items.map((json) => ({ json })))];
}

function read(context: IPollFunctions) {
	return (name: string, fallback?: unknown): unknown => context.getNodeParameter(name, fallback);
}

/** Static data comes as an object that watches its changes. */
function copyOf(value: unknown): unknown {
	return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
