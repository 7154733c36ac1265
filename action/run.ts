import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as actions from '@actions/core';
import { ComplianceError, formatInstant, quote } from '../core';
import type { Committed } from './archive/archive';
import type { Archiver } from './archive/archiver';
import type { UploadedArtifact } from './artifact';
import { ARTIFACT_COPY, encodeArtifactCopy } from './checkpoint/artifact-copy';
import {
	CheckpointNotSaved,
	type CheckpointStore,
	type Start,
} from './checkpoint/checkpoint-store';
import { FileStore } from './checkpoint/file-store';
import { DayFiles } from './day-files';
import { replaceFile } from './durable';
import { deliver, type Delivered, Delivery, newBatches, openFeed } from './fetch';
import { type CommitInputs, type Inputs, maskSecrets, readInputs, readMode } from './inputs';
import { requirePrivacy } from './privacy';
import { newActivities, renderSummary, writeSummary } from './summary';
import { makeTemporaryDirectory } from './temporary-directory';
import { verifyInWorkflow } from './verify/workflow';
import { currentRun, type WorkflowRun } from './workflow-run';

const MAX_MESSAGE_LENGTH = 2000;

/**
 * The Action from start to end. The checkpoint is saved last, when everything it calls settled is
 * durable; whatever fails before, the old one stands.
 */
export async function run(): Promise<void> {
	try {
		maskSecrets();
		const workflowRun = currentRun();
		await (readMode() === 'verify'
			? verifyInWorkflow(workflowRun.workspace)
			: syncActivities(workflowRun));
	} catch (error) {
		actions.setFailed(describe(error));
		if (!(error instanceof ComplianceError)) actions.debug(String((error as Error).stack));
	}
}

async function syncActivities(workflowRun: WorkflowRun): Promise<void> {
	const startedAt = Date.now();
	const inputs = readInputs(workflowRun.workspace, startedAt);
	await requirePrivacy(inputs, workflowRun);
	const archiver = inputs.commit && (await openArchive(inputs, inputs.commit, workflowRun));
	const store = archiver ?? (await checkpointStore(inputs, workflowRun));
	const start = await actions.group('Restore the checkpoint', () => restore(store));

	const files = new DayFiles(inputs.outputDirectory);
	// The artifact holds what is new in this run. A fresh output directory holds just that.
	const outbox = !inputs.artifact || (await isEmpty(files.directory)) ? files : await stage();
	const feed = openFeed(inputs);
	const batches =
		archiver?.batches(feed, startedAt) ?? newBatches(feed, inputs, startedAt, start.checkpoint);
	const delivery = new Delivery();
	const outcome = { inputs, start, delivery, archive: archiver };
	let artifact: UploadedArtifact | undefined;
	let notSaved: CheckpointNotSaved | undefined;
	try {
		const last = await actions.group('Fetch new activities', () =>
			deliver(batches, [...new Set([files, outbox])], delivery, inputs, startedAt),
		);
		if (inputs.artifact && delivery.tally.count > 0) {
			artifact = await actions.group('Upload the artifact', () =>
				upload(inputs, workflowRun, outbox, last).catch((error: unknown) => {
					throw archiver ? error : undelivered(error);
				}),
			);
		}
		notSaved = await actions.group('Save the checkpoint', () => save(store, last));
	} catch (error) {
		const commits = archiver?.commits ?? [];
		if (commits.length === 0) throw error;
		// What is committed stays so, whatever fails after it.
		await report({ ...outcome, artifact, checkpointSaved: true, failed: true });
		throw new Error(`${describe(error)} ${whatStands(commits)}`, { cause: error });
	}
	await report({ ...outcome, artifact, checkpointSaved: !notSaved, failed: false });
	if (!notSaved) return;
	const consequence = `The checkpoint could not be saved: ${notSaved.message}. What this run delivered is complete, but the next run will deliver it once more.`;
	if (inputs.checkpointRequired) throw new Error(consequence);
	actions.warning(consequence);
}

async function openArchive(
	inputs: Inputs,
	target: CommitInputs,
	workflowRun: WorkflowRun,
): Promise<Archiver> {
	const { Archiver } = await import('./archive/archiver');
	return new Archiver(inputs, target, workflowRun);
}

async function checkpointStore(inputs: Inputs, workflowRun: WorkflowRun): Promise<CheckpointStore> {
	const { cacheKeyPrefix, checkpointRequired, artifact } = inputs;
	if (inputs.checkpoint === 'file') return new FileStore(inputs.checkpointFile);
	const { CacheStore } = await import('./checkpoint/cache-store');
	return new CacheStore(cacheKeyPrefix, checkpointRequired, workflowRun, async () => {
		if (!artifact) return undefined;
		const { checkpointOfNewestArtifact } = await import('./checkpoint/newest-artifact');
		return checkpointOfNewestArtifact(workflowRun, inputs);
	});
}

async function restore(store: CheckpointStore): Promise<Start> {
	const start = await store.restore();
	const from = start.checkpoint?.frontier ?? start.checkpoint?.start;
	actions.info(
		start.status === 'initial'
			? 'No checkpoint found: this is a first run, from the backfill start.'
			: `Checkpoint ${start.status === 'restored' ? 'of the last run' : 'of the newest artifact'} restored: everything up to ${from} is settled.`,
	);
	return start;
}

async function upload(
	inputs: Inputs,
	workflowRun: WorkflowRun,
	outbox: DayFiles,
	{ checkpoint }: Delivered,
): Promise<UploadedArtifact | undefined> {
	const { artifactNameOf, uploadArtifact } = await import('./artifact');
	const copy = path.join(outbox.directory, ARTIFACT_COPY);
	await replaceFile(copy, encodeArtifactCopy(inputs.cacheKeyPrefix, checkpoint));
	try {
		return await uploadArtifact(
			workflowRun,
			artifactNameOf(inputs.artifactName, workflowRun),
			[...outbox.files, copy],
			outbox.directory,
			inputs.artifactRetentionDays,
		);
	} finally {
		// It belongs to the artifact; in an output directory that stays it would only grow old.
		await rm(copy);
	}
}

async function save(
	store: CheckpointStore,
	{ checkpoint }: Delivered,
): Promise<CheckpointNotSaved | undefined> {
	try {
		await store.save(checkpoint);
		return undefined;
	} catch (error) {
		if (error instanceof CheckpointNotSaved) return error;
		throw error;
	}
}

/** How a run has ended. */
interface Outcome {
	readonly inputs: Inputs;
	readonly start: Start;
	readonly delivery: Delivery;
	readonly artifact: UploadedArtifact | undefined;
	readonly archive: Archiver | undefined;
	readonly checkpointSaved: boolean;
	readonly failed: boolean;
}

async function report(outcome: Outcome): Promise<void> {
	const { inputs, start, delivery, artifact, archive, checkpointSaved, failed } = outcome;
	const { tally, skipped, last } = delivery;
	const committed = archive?.commits.at(-1);
	const caughtUp = last?.caughtUp ?? false;
	const outputs: Record<string, string | number | boolean> = {
		count: tally.count,
		'has-new': tally.count > 0,
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
	const summary = renderSummary({
		tally,
		start: start.status,
		checkpointSaved,
		caughtUp,
		failed,
		skipped: inputs.includeOwnRequests ? undefined : skipped,
		lateness: last?.lateness ?? { count: 0, longest: 0 },
		overlap: inputs.overlap,
		artifact,
		archive,
		requestId: last?.source.requestId,
	});
	await writeSummary(summary);
}

function undelivered(error: unknown): Error {
	const consequence = 'Nothing of this run counts as delivered; the next run delivers it.';
	return new Error(`${(error as Error).message} ${consequence}`, { cause: error });
}

/** What a run has added to the archive before it failed. */
function whatStands(commits: readonly Committed[]): string {
	const count = commits.reduce((sum, { manifest }) => sum + manifest.activities.count, 0);
	return `${newActivities(count)} of this run ${count === 1 ? 'is' : 'are'} in the archive all the same, and the next run goes on from there: ${commits.at(-1)?.commit.url}`;
}

async function stage(): Promise<DayFiles> {
	return new DayFiles(await makeTemporaryDirectory());
}

async function isEmpty(directory: string): Promise<boolean> {
	try {
		return (await readdir(directory)).length === 0;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
		throw error;
	}
}

function describe(error: unknown): string {
	if (error instanceof ComplianceError) return error.message;
	return quote(error instanceof Error ? error.message : String(error), MAX_MESSAGE_LENGTH);
}
