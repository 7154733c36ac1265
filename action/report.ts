import * as actions from '@actions/core';
import { formatInstant } from '../core';
import type { Committed } from './archive/archive';
import type { Archiver } from './archive/archiver';
import { unreadableIn } from './archive/manifest';
import type { UploadedArtifact } from './artifact';
import type { CheckpointNotSaved, Start } from './checkpoint/checkpoint-store';
import type { Delivery } from './fetch';
import type { Inputs } from './inputs';
import { newRecords, renderSummary, writeSummary } from './summary';
import { UNREADABLE_FILE } from './unreadable-file';

/** How a run has ended. */
export interface Outcome {
	readonly inputs: Inputs;
	readonly start: Start;
	readonly delivery: Delivery;
	readonly artifact: UploadedArtifact | undefined;
	readonly archive: Archiver | undefined;
	readonly checkpointSaved: boolean;
	readonly failed: boolean;
}

/** Sets the outputs, writes the summary, and warns of what somebody should look at. */
export async function report(outcome: Outcome): Promise<void> {
	const { inputs, start, delivery, artifact, archive, checkpointSaved, failed } = outcome;
	const { tally, skipped, unreadable, last } = delivery;
	const committed = archive?.commits.at(-1);
	const caughtUp = last?.caughtUp ?? false;
	const outputs: Record<string, string | number | boolean> = {
		count: tally.count,
		unreadable,
		'has-new': tally.count + unreadable > 0,
		directory: inputs.outputDirectory,
		'artifact-id': artifact?.id ?? '',
		'artifact-url': artifact?.url ?? '',
		'artifact-digest': artifact?.digest ?? '',
		'checkpoint-status': start.status,
		'checkpoint-saved': checkpointSaved,
		'commit-sha': committed?.commit.sha ?? '',
		'commit-url': committed?.commit.url ?? '',
		manifest: committed?.manifestPath ?? '',
		'caught-up': caughtUp,
		oldest: tally.oldest === undefined ? '' : formatInstant(tally.oldest),
		newest: tally.newest === undefined ? '' : formatInstant(tally.newest),
	};
	for (const [name, value] of Object.entries(outputs)) actions.setOutput(name, value);
	if (unreadable > 0) actions.warning(unreadableWarning(unreadable));
	const summary = renderSummary({
		tally,
		start: start.status,
		checkpointSaved,
		caughtUp,
		failed,
		unreadable,
		skipped: inputs.includeOwnRequests ? undefined : skipped,
		lateness: last?.lateness ?? { count: 0, longest: 0 },
		overlap: inputs.overlap,
		artifact,
		archive,
		requestId: last?.source.requestId,
	});
	await writeSummary(summary);
}

/** What it means that the checkpoint is not saved. */
export function unsaved({ message }: CheckpointNotSaved): string {
	return `The checkpoint could not be saved: ${message}. What this run delivered is complete, but the next run will deliver it once more.`;
}

/** What remains of a run that could not go on. */
export function whatStands({ tally, unreadable }: Delivery, commits: readonly Committed[]): string {
	if (commits.length > 0) return whatIsArchived(commits);
	const all = tally.count + unreadable;
	if (all === 0) return 'Nothing new was found before that; the next run goes on from there.';
	return `${newRecords(tally.count, unreadable)} of this run ${all === 1 ? 'is' : 'are'} delivered all the same, and the next run goes on from there.`;
}

/** What a run has added to the archive before it failed. */
export function whatIsArchived(commits: readonly Committed[]): string {
	const count = commits.reduce((sum, { manifest }) => sum + manifest.activities.count, 0);
	const unreadable = commits.reduce((sum, { manifest }) => sum + unreadableIn(manifest), 0);
	return `${newRecords(count, unreadable)} of this run ${count + unreadable === 1 ? 'is' : 'are'} in the archive all the same, and the next run goes on from there: ${commits.at(-1)?.commit.url}`;
}

function unreadableWarning(count: number): string {
	const [records, are, they] =
		count === 1 ? ['record', 'is', 'It is'] : ['records', 'are', 'They are'];
	return `${count} ${records} of the feed ${are} not as the API documents activities, without an id or a created_at that can be read. ${they} delivered as they came, in ${UNREADABLE_FILE}: look into that file, and ask Anthropic's support about what should be an activity.`;
}
