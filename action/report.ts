import * as actions from '@actions/core';
import { formatInstant, type Severity } from '../core';
import type { Inputs } from './inputs';
import type { CheckpointNotSaved } from './ledgers/checkpoint-not-saved';
import type { LedgerReceipt } from './ledgers/ledger';
import { counted, newRecords } from './markdown';
import { OUTPUTS, type Outputs, type Receipt } from './outputs';
import type { Delivery } from './pipeline';
import { UNREADABLE_FILE } from './sinks/unreadable-file';
import { renderSummary, writeSummary } from './summary/summary';

/**
 * Sets the outputs, writes the summary, and warns of unreadable records.
 *
 * @param receipts the receipts of the sinks
 */
export async function report(
	inputs: Pick<Inputs, 'includeOwnRequests' | 'overlap'>,
	delivery: Delivery,
	ledger: LedgerReceipt,
	receipts: readonly Receipt[],
): Promise<void> {
	const { tally, alerts, leftOut, unreadable, last, start, notSaved, failure } = delivery;
	const caughtUp = last?.caughtUp ?? false;
	const all = [...receipts, ledger];
	const outputs: Outputs = {
		count: tally.count,
		unreadable,
		'has-new': delivery.count > 0,
		alerts: alerts.count(),
		'highest-severity': alerts.highest,
		'checkpoint-status': start.status,
		'checkpoint-saved': !notSaved,
		'caught-up': caughtUp,
		oldest: tally.oldest === undefined ? '' : formatInstant(tally.oldest),
		newest: tally.newest === undefined ? '' : formatInstant(tally.newest),
	};
	for (const each of all) Object.assign(outputs, each.outputs);
	for (const name of OUTPUTS) actions.setOutput(name, outputs[name] ?? '');
	if (unreadable > 0) actions.warning(unreadableWarning(unreadable));
	for (const message of alerts.annotations) actions.warning(message);
	const summary = renderSummary({
		tally,
		alerts: alerts.section,
		start: start.status,
		fate: notSaved ? undefined : ledger.fate,
		next: notSaved ? 'the next run delivers it again' : ledger.next,
		caughtUp,
		kept: failure === undefined ? undefined : ledger.kept,
		unreadable,
		leftOut: inputs.includeOwnRequests ? undefined : leftOut,
		lateness: last?.lateness ?? { count: 0, longest: 0 },
		overlap: inputs.overlap,
		facts: all.flatMap(({ facts }) => facts),
		requestId: last?.source.requestId,
	});
	await writeSummary(summary);
}

/** Why the checkpoint is not saved, and what follows from that. */
export function unsaved({ message }: CheckpointNotSaved): string {
	return `The checkpoint could not be saved: ${message}. The data of this run is complete, but the next run will deliver it again.`;
}

/** What remains of a run that failed after it read something. */
export function describeRemains(
	{ tally, unreadable, count, notSaved }: Delivery,
	{ secured }: LedgerReceipt,
): string {
	if (notSaved) return unsaved(notSaved);
	if (secured !== undefined) return secured;
	if (count === 0)
		return 'Nothing new was found before the failure; the next run continues from there.';
	return `${delivered({ tally, unreadable, count })}, and the next run continues from there.`;
}

/** What is left to the rest of the job when the run failed after it delivered something. */
export function describeRest(delivery: Delivery): string {
	return `${delivered(delivery)}: the job goes on, so that its later steps can use them. If they succeed, the checkpoint is saved, and then the job fails with this error.`;
}

function delivered({ tally, unreadable, count }: Pick<Delivery, 'tally' | 'unreadable' | 'count'>) {
	return `${newRecords(tally.count, unreadable)} of this run ${count === 1 ? 'is' : 'are'} delivered anyway`;
}

/** Why the run fails for its alerts; `undefined` when none of them is as severe. */
export function alarm({ alerts }: Delivery, failOn: Severity | undefined): string | undefined {
	const count = failOn === undefined ? 0 : alerts.count(failOn);
	if (count === 0) return undefined;
	return `${counted(count, 'alert is', 'alerts are')} at least as severe as fail-on (${failOn}): look at "Worth a look" in the job summary. The output alerts-file names the activities; it is deleted after the job, unless a later step keeps it.`;
}

function unreadableWarning(count: number): string {
	const [records, they, are] =
		count === 1
			? ['record of the feed does', 'it has', 'It is']
			: ['records of the feed do', 'they have', 'They are'];
	return `${count} ${records} not match the API's documentation of activities: ${they} no readable id or created_at. ${are} delivered unchanged, in ${UNREADABLE_FILE}. Look into that file, and ask Anthropic's support about records that should be activities.`;
}
