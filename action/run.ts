import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as actions from '@actions/core';
import { ComplianceError } from '../core';
import type { Archiver } from './archive/archiver';
import type { UploadedArtifact } from './artifact';
import { ARTIFACT_COPY, encodeArtifactCopy } from './checkpoint/artifact-copy';
import {
	CheckpointNotSaved,
	type CheckpointStore,
	type Start,
} from './checkpoint/checkpoint-store';
import { FileStore } from './checkpoint/file-store';
import { refuseDebugOutput } from './debug-output';
import { replaceFile } from './durable';
import { bothFailures, describeFailure, traceFailure } from './failure';
import { deliver, type Delivered, Delivery, newBatches, openFeed } from './fetch';
import { type CommitInputs, type Inputs, maskSecrets, readInputs, readMode } from './inputs';
import { OutputFiles } from './output-files';
import { requirePrivacy } from './privacy';
import { adoptProxies, requireUsableProxy } from './proxy';
import { report, unsaved, whatIsArchived, whatStands } from './report';
import { limitSilence } from './silence';
import { makeTemporaryDirectory } from './temporary-directory';
import { verifyInWorkflow } from './verify/workflow';
import { currentRun, type WorkflowRun } from './workflow-run';

/**
 * The Action from start to end. The checkpoint is saved last, when everything it calls settled is
 * durable; when that fails, the old one stands. A failure to go on is no reason to keep back what
 * was read before it.
 */
export async function run(): Promise<void> {
	try {
		maskSecrets();
		refuseDebugOutput();
		adoptProxies(actions.setSecret);
		limitSilence();
		const workflowRun = currentRun();
		await (readMode() === 'verify'
			? verifyInWorkflow(workflowRun.workspace)
			: syncActivities(workflowRun));
	} catch (error) {
		actions.setFailed(describeFailure(error));
		if (!(error instanceof ComplianceError)) actions.debug(traceFailure(error));
	}
}

async function syncActivities(workflowRun: WorkflowRun): Promise<void> {
	const startedAt = Date.now();
	const inputs = readInputs(workflowRun.workspace, startedAt);
	requireUsableProxy(inputs.baseUrl);
	await requirePrivacy(inputs, workflowRun);
	const archiver = inputs.commit && (await openArchive(inputs, inputs.commit, workflowRun));
	const store = archiver ?? (await checkpointStore(inputs, workflowRun));
	const start = await actions.group('Restore the checkpoint', () => restore(store));

	const files = new OutputFiles(inputs.outputDirectory);
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
		if (inputs.artifact && delivery.tally.count + delivery.unreadable > 0) {
			artifact = await actions.group('Upload the artifact', () =>
				upload(inputs, workflowRun, outbox, last).catch((error: unknown) => {
					throw archiver ? error : undelivered(error);
				}),
			);
		}
		notSaved = await actions.group('Save the checkpoint', () => save(store, last));
	} catch (error) {
		const { failure: reading } = delivery;
		const failure = reading === undefined ? error : bothFailures(reading, error);
		const commits = archiver?.commits ?? [];
		if (commits.length === 0) throw failure;
		// What is committed stays so, whatever fails after it.
		await report({ ...outcome, artifact, checkpointSaved: true, failed: true });
		throw new Error(`${describeFailure(failure)} ${whatIsArchived(commits)}`, { cause: failure });
	}
	const { failure } = delivery;
	const failed = failure !== undefined;
	await report({ ...outcome, artifact, checkpointSaved: !notSaved, failed });
	if (failed) {
		const fate = notSaved ? unsaved(notSaved) : whatStands(delivery, archiver?.commits ?? []);
		throw new Error(`${describeFailure(failure)} ${fate}`, { cause: failure });
	}
	if (!notSaved) return;
	if (inputs.checkpointRequired) throw new Error(unsaved(notSaved));
	actions.warning(unsaved(notSaved));
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
		const { checkpointOfNewestArtifact } = await import('./checkpoint/newest-artifact');
		const { warnOfOtherCheckpoints } = await import('./checkpoint/other-checkpoints');
		const checkpoint = artifact && (await checkpointOfNewestArtifact(workflowRun, inputs));
		if (checkpoint) return checkpoint;
		await warnOfOtherCheckpoints(workflowRun, inputs);
		return undefined;
	});
}

async function restore(store: CheckpointStore): Promise<Start> {
	const start = await store.restore();
	const from = start.checkpoint?.settled ?? start.checkpoint?.start;
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
	outbox: OutputFiles,
	{ checkpoint }: Delivered,
): Promise<UploadedArtifact | undefined> {
	const { artifactNameOf, uploadArtifact } = await import('./artifact');
	const { directory } = outbox;
	const copy = path.join(directory, ARTIFACT_COPY);
	await replaceFile(
		directory,
		ARTIFACT_COPY,
		encodeArtifactCopy(inputs.cacheKeyPrefix, checkpoint),
	);
	try {
		return await uploadArtifact(
			workflowRun,
			artifactNameOf(inputs.artifactName, workflowRun),
			[...outbox.files, copy],
			directory,
			inputs.artifactRetentionDays,
		);
	} finally {
		// It belongs to the artifact; in an output directory that stays it would only grow old.
		await rm(copy);
	}
}

function undelivered(error: unknown): Error {
	const consequence = 'Nothing of this run counts as delivered; the next run delivers it.';
	return new Error(`${(error as Error).message} ${consequence}`, { cause: error });
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

async function stage(): Promise<OutputFiles> {
	return new OutputFiles(await makeTemporaryDirectory());
}

async function isEmpty(directory: string): Promise<boolean> {
	try {
		return (await readdir(directory)).length === 0;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
		throw error;
	}
}
