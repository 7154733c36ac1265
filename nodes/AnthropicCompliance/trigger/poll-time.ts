import type { IPollFunctions, WorkflowActivateMode } from 'n8n-workflow';
import { now } from '../shared/transport';

/** The timeout that n8n names for a poll that has none. */
const NO_TIMEOUT_MS = 5 * 60_000;
/** The longest that a poll may take. Polls start each minute, and the next one does the rest. */
const LONGEST_POLL_MS = 60_000;
/** The share of its time in which a poll begins requests. In the rest, the last request ends. */
const READING_SHARE = 0.75;
/** How long a poll may delay the publication of the workflow, or the start of n8n. */
const AWAITED_POLL_MS = 15_000;

/** In these modes n8n activates workflows by itself, so nobody would see an error. */
const UNATTENDED: readonly WorkflowActivateMode[] = ['init', 'leadershipChange'];

/** The contexts that have polled before. n8n uses one context for all polls of an activation. */
const polledBefore = new WeakSet<IPollFunctions>();

/** The time that a poll has, by the clock of `now`. */
export interface PollTime {
	readonly startedAt: number;
	/** From then on, the poll begins no request. */
	readonly until: number;
	/** When n8n gives up on the poll. */
	readonly deadline: number;
	/** Whether n8n waits for the poll: at publication, or when n8n starts. */
	readonly awaited: boolean;
	/** Whether n8n has just activated the workflow by itself, so nobody would see an error. */
	readonly unattended: boolean;
}

/** The time of a poll that begins now. */
export function timeOf(context: IPollFunctions): PollTime {
	const startedAt = now();
	const first = !polledBefore.has(context);
	polledBefore.add(context);
	// n8n before August 2026 lacks this function, although its type has it.
	const given = (context.getPollBudgetMs as (() => number) | undefined)?.() ?? NO_TIMEOUT_MS;
	const budget = Math.min(given, LONGEST_POLL_MS);
	// The durable engine gives each scheduled poll a new context, with the same mode as after a change of
	// the workflow. But there, only scheduled polls have a timeout.
	const scheduled = context.getActivationMode() === 'update' && given !== NO_TIMEOUT_MS;
	const awaited = first && !scheduled;
	return {
		startedAt,
		until: startedAt + Math.min(budget * READING_SHARE, awaited ? AWAITED_POLL_MS : Infinity),
		deadline: startedAt + budget,
		awaited,
		unattended: first && UNATTENDED.includes(context.getActivationMode()),
	};
}
