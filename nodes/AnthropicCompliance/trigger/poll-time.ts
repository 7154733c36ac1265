import type { IPollFunctions, WorkflowActivateMode } from 'n8n-workflow';
import { now } from '../shared/transport';

/** What n8n gives a poll that it has no timeout for. */
const NO_TIMEOUT_MS = 5 * 60_000;
/** The most a poll may take. They come each minute: what is not done by then is for the next one. */
const LONGEST_POLL_MS = 60_000;
/** The share of its time in which a poll begins requests; the rest is for the last one to end. */
const READING_SHARE = 0.75;
/** So long a poll may hold up the publishing of the workflow, or the start of n8n. */
const AWAITED_POLL_MS = 15_000;

/** n8n activates workflows in these modes by itself, so that nobody would see an error. */
const UNATTENDED: readonly WorkflowActivateMode[] = ['init', 'leadershipChange'];

/** Contexts that have polled before: n8n keeps one for all polls of an activation. */
const polledBefore = new WeakSet<IPollFunctions>();

/** The time that a poll has, by `now`. */
export interface PollTime {
	readonly startedAt: number;
	/** When to begin no further request. */
	readonly until: number;
	/** When n8n gives up on it. */
	readonly deadline: number;
	/** Whether n8n waits for it: at publication, or as n8n starts. */
	readonly awaited: boolean;
	/** Whether it is the first poll after n8n has activated the workflow by itself: nobody sees an error. */
	readonly unattended: boolean;
}

/** The time that a scheduled poll has, which begins now. */
export function timeOf(context: IPollFunctions): PollTime {
	const startedAt = now();
	const first = !polledBefore.has(context);
	polledBefore.add(context);
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
		unattended: first && UNATTENDED.includes(context.getActivationMode()),
	};
}
