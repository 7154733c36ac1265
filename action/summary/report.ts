import * as actions from '@actions/core';
import { formatInstant } from '../../core';
import type { Inputs } from '../inputs';
import type { CheckpointNotSaved, LedgerReceipt } from '../ledgers/ledger';
import { newRecords } from './markdown';
import { OUTPUTS, type Outputs, type Receipt } from '../outputs';
import type { Delivery } from '../pipeline';
import { UNREADABLE_FILE } from '../sinks/unreadable-file';
import { renderSummary, writeSummary } from './summary';

/**
 * Sets the outputs, writes the summary, and warns of what somebody should look at.
 *
 * @param receipts what the sinks say
 */
export async function report(
	inputs: Pick<Inputs, 'includeOwnRequests' | 'overlap'>,
	delivery: Delivery,
	ledger: LedgerReceipt,
	receipts: readonly Receipt[],
): Promise<void> {
	const { tally, skipped, unreadable, last, start, notSaved, failure } = delivery;
	const caughtUp = last?.caughtUp ?? false;
	const all = [...receipts, ledger];
	const outputs: Outputs = {
		count: tally.count,
		unreadable,
		'has-new': delivery.count > 0,
		'checkpoint-status': start.status,
		'checkpoint-saved': !notSaved,
		'caught-up': caughtUp,
		oldest: tally.oldest === undefined ? '' : formatInstant(tally.oldest),
		newest: tally.newest === undefined ? '' : formatInstant(tally.newest),
	};
	for (const each of all) Object.assign(outputs, each.outputs);
	for (const name of OUTPUTS) actions.setOutput(name, outputs[name] ?? '');
	if (unreadable > 0) actions.warning(unreadableWarning(unreadable));
	const summary = renderSummary({
		tally,
		start: start.status,
		fate: notSaved ? undefined : ledger.fate,
		caughtUp,
		kept: failure === undefined ? undefined : ledger.kept,
		unreadable,
		skipped: inputs.includeOwnRequests ? undefined : skipped,
		lateness: last?.lateness ?? { count: 0, longest: 0 },
		overlap: inputs.overlap,
		facts: all.flatMap(({ facts }) => facts),
		requestId: last?.source.requestId,
	});
	await writeSummary(summary);
}

/** What it means that the checkpoint is not saved. */
export function unsaved({ message }: CheckpointNotSaved): string {
	return `The checkpoint could not be saved: ${message}. What this run delivered is complete, but the next run will deliver it once more.`;
}

/** What remains of a run that could not go on. */
export function whatStands(
	{ tally, unreadable, count, notSaved }: Delivery,
	{ stands }: LedgerReceipt,
): string {
	if (notSaved) return unsaved(notSaved);
	if (stands !== undefined) return stands;
	if (count === 0) return 'Nothing new was found before that; the next run goes on from there.';
	return `${newRecords(tally.count, unreadable)} of this run ${count === 1 ? 'is' : 'are'} delivered all the same, and the next run goes on from there.`;
}

function unreadableWarning(count: number): string {
	const [records, are, they] =
		count === 1 ? ['record', 'is', 'It is'] : ['records', 'are', 'They are'];
	return `${count} ${records} of the feed ${are} not as the API documents activities, without an id or a created_at that can be read. ${they} delivered as they came, in ${UNREADABLE_FILE}: look into that file, and ask Anthropic's support about what should be an activity.`;
}
