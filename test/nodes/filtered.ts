import { Counters, defaultWatches, severities, severityWith, toInstant, Watcher } from '../../core';
import { type Arrival, arrive } from '../core/scenarios';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import type { TriggerBench } from './harness';

/** A filter that the API does not know. No watch with a threshold is that severe. */
export const filters = { minimumSeverity: 'high' };

/** Types of which some pass. */
const TYPES = ['claude_chat_created', 'org_ip_restriction_deleted', 'claude_chat_viewed'];

/** Lets activities appear in the feed now, of which every third one passes. */
export function arriveMixed(bench: TriggerBench, arrival: Arrival | undefined): void {
	const happened = (ago: number) =>
		bench.happened(ago, { type: TYPES[bench.feed.rows().length % TYPES.length] });
	arrive({ happened }, arrival);
}

const alone = new Watcher(defaultWatches.filter(({ threshold, after }) => !threshold && !after));

const judged = new Map<string, boolean>();

/** Whether an activity passes the filter whatever came before. */
export function isDue(row: FeedRow): boolean {
	const known = judged.get(row.json) ?? isSevere(row);
	judged.set(row.json, known);
	return known;
}

function isSevere({ id, json, createdAt }: FeedRow): boolean {
	const record = JSON.parse(json) as { type: string; actor?: { user_id?: string } };
	const { type, actor } = record;
	const userId = actor?.user_id ?? '';
	const activity = { id, json, createdAt: toInstant(createdAt), type, userId };
	const { alerts } = alone.watch([activity], Counters.NONE);
	const severity = severityWith(
		record,
		alerts.map(({ watch }) => watch),
	);
	return severities.indexOf(severity) >= severities.indexOf('high');
}

/** Whether an activity may pass the filter because of an earlier one. */
export function mayBeDue({ json }: FeedRow): boolean {
	const { type } = JSON.parse(json) as { type: string };
	return defaultWatches.some(({ types, after }) => after && types.includes(type));
}
