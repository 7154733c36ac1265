import path from 'node:path';
import * as actions from '@actions/core';
import { describeFailure, type Feed } from '../core';
import { type Inputs, readInputs, SECRETS } from './inputs';
import { JobEnd } from './job-end';
import { FileLedger } from './ledgers/file-ledger';
import type { Ledger } from './ledgers/ledger';
import { type Lockable, whileLocked } from './io/lock';
import { newBatches } from './new-batches';
import { openFeed } from './open-feed';
import { type Delivery, runPipeline } from './pipeline';
import { requirePrivacy } from './github/visibility';
import { Progress } from './progress';
import { type Pace, REAL_PACE } from './io/pace';
import { requireUsableProxy } from './io/proxy';
import { alarm, describeRemains, describeRest, report, unsaved } from './report';
import { AlertFile } from './sinks/alert-file';
import { ArtifactSink } from './sinks/artifact-sink';
import { openFormats } from './sinks/file-formats';
import { FileSink, LOCK } from './sinks/file-sink';
import { NewFiles } from './sinks/new-files';
import type { Sink } from './sinks/sink';
import { runStep } from './step';
import { requireUsableDirectory } from './io/usable-directory';
import type { WorkflowRun } from './github/workflow-run';
import { openWatcher } from './watches';
import { workflowLog } from './workflow-log';

/**
 * The sync from start to end.
 *
 * @param pace how time passes; only tests set it
 */
export async function run(pace = REAL_PACE): Promise<void> {
	await runStep(SECRETS, (workflowRun) => syncActivities(workflowRun, pace));
}

async function syncActivities(workflowRun: WorkflowRun, pace: Pace): Promise<void> {
	const startedAt = pace.now();
	const inputs = readInputs(workflowRun.workspace, startedAt);
	requireUsableProxy(inputs.baseUrl);
	await requireUsableDirectory('output-directory', inputs.outputDirectory);
	const { checkpointFile, commit } = inputs;
	const keepsFile = !commit && inputs.checkpoint === 'file';
	if (keepsFile) await requireUsableDirectory('checkpoint-file', path.dirname(checkpointFile));
	await requirePrivacy(inputs, workflowRun, pace);
	await whileLocked(lockablesOf(inputs, keepsFile), () =>
		syncLocked(inputs, workflowRun, startedAt, pace),
	);
}

function lockablesOf({ outputDirectory, checkpointFile }: Inputs, keepsFile: boolean): Lockable[] {
	const output = {
		input: 'output-directory',
		place: outputDirectory,
		lockFile: path.join(outputDirectory, LOCK),
	};
	if (!keepsFile) return [output];
	const lockFile = `${checkpointFile}.lock`;
	return [output, { input: 'checkpoint-file', place: checkpointFile, lockFile }];
}

async function syncLocked(
	inputs: Inputs,
	workflowRun: WorkflowRun,
	startedAt: number,
	pace: Pace,
): Promise<void> {
	const feed = openFeed(inputs, pace, workflowLog);
	const { commit, saveCheckpoint, checkpointRequired } = inputs;
	const jobEnd =
		saveCheckpoint === 'job' && !commit ? new JobEnd(workflowRun, checkpointRequired) : undefined;
	const ledger = await ledgerOf(inputs, workflowRun, feed, jobEnd, pace);
	const watcher = await openWatcher(inputs);
	const files = new FileSink(inputs.outputDirectory, await openFormats(inputs));
	const newFiles = await NewFiles.open(files, workflowRun);
	const sinks: Sink[] = [files, newFiles, new AlertFile()];
	if (inputs.artifact) {
		sinks.push(new ArtifactSink(inputs, workflowRun, newFiles, jobEnd !== undefined));
	}
	const delivery = await runPipeline({
		ledger,
		sinks,
		read: (checkpoint, delivered) => {
			const maxActivities = inputs.maxActivities && Math.max(inputs.maxActivities - delivered, 0);
			return newBatches(feed, { ...inputs, maxActivities }, startedAt, checkpoint, watcher);
		},
		progress: new Progress(startedAt, inputs.timeLimit, pace.now, actions.info),
	});
	const receipts = sinks.map(({ receipt }) => receipt);
	await report(inputs, delivery, ledger.receipt, receipts);
	jobEnd?.register();
	const { failure, notSaved } = delivery;
	const raised = alarm(delivery, inputs.failOn);
	if (failure !== undefined) {
		const message = [describeFailure(failure), raised].filter(Boolean).join(' ');
		const remains = describeRemains(delivery, ledger.receipt);
		if (!jobEnd?.awaited) throw new Error(`${message} ${remains}`, { cause: failure });
		jobEnd.fail({ message, remains });
		actions.error(`${message} ${describeRest(delivery)}`);
		return;
	}
	if (notSaved && checkpointRequired) throw new Error(unsaved(notSaved));
	if (notSaved) actions.warning(unsaved(notSaved));
	if (raised !== undefined) fail(raised, delivery, jobEnd);
}

/**
 * Fails a run that did everything. The checkpoint is saved first: otherwise the next runs would fail for
 * the same reason.
 */
function fail(message: string, delivery: Delivery, jobEnd: JobEnd | undefined): void {
	if (!jobEnd?.awaited) throw new Error(message);
	jobEnd.fail({ message, remains: 'Everything is delivered.' });
	actions.error(`${message} ${describeRest(delivery)}`);
}

/** Loads only the modules that this run needs: loading all of them takes longer than a quiet run. */
async function ledgerOf(
	inputs: Inputs,
	workflowRun: WorkflowRun,
	feed: Feed,
	jobEnd: JobEnd | undefined,
	pace: Pace,
): Promise<Ledger> {
	const { commit, checkpoint, checkpointFile, cacheKeyPrefix, checkpointRequired } = inputs;
	if (commit) {
		const { ArchiveLedger } = await import('./ledgers/archive-ledger');
		return new ArchiveLedger(inputs, commit, workflowRun, feed, pace);
	}
	if (checkpoint === 'file') {
		return new FileLedger(checkpointFile, workflowRun, jobEnd);
	}
	const { CacheLedger } = await import('./ledgers/cache-ledger');
	return new CacheLedger(cacheKeyPrefix, checkpointRequired, workflowRun, jobEnd, async () => {
		const { checkpointOfNewestArtifact } = await import('./ledgers/newest-artifact');
		const { warnOfOtherCheckpoints } = await import('./ledgers/other-checkpoints');
		const found = inputs.artifact && (await checkpointOfNewestArtifact(workflowRun, inputs, pace));
		if (found) return found;
		await warnOfOtherCheckpoints(workflowRun, inputs, pace);
		return undefined;
	});
}
