import { setTimeout as sleep } from 'node:timers/promises';
import * as actions from '@actions/core';
import {
	type Batch,
	type Checkpoint,
	ComplianceError,
	type Feed,
	fingerprint,
	formatInstant,
	product,
} from '../../core';
import type { CheckpointStore, Start } from '../checkpoint/checkpoint-store';
import { newBatches } from '../fetch';
import { githubApi } from '../github-api';
import type { CommitInputs, Inputs } from '../inputs';
import { newRecords } from '../summary';
import { runUrl, type WorkflowRun } from '../workflow-run';
import { Archive, type Committed, type News } from './archive';
import { archivedBatches } from './archived-batches';
import { Branch } from './branch';
import { type Manifest, unreadableIn } from './manifest';
import { QuietRuns } from './quiet-runs';
import { warningOfSize } from './state';

/** Commits what a run reads to the archive that the inputs name, and keeps its checkpoint there. */
export class Archiver implements CheckpointStore {
	readonly #archive: Archive;
	readonly #quietRuns: QuietRuns;
	/** The commits of this run, in their order. */
	readonly commits: Committed[] = [];
	/** Whether earlier runs knew an archive where there is none now. */
	vanished = false;

	/** @param target where the archive is */
	constructor(
		private readonly inputs: Inputs,
		private readonly target: CommitInputs,
		private readonly run: WorkflowRun,
	) {
		const { token, repository, branch, path } = target;
		this.#archive = new Archive(
			new Branch(githubApi(token), { ...repository, branch }),
			path,
			sleep,
			actions.warning,
		);
		this.#quietRuns = new QuietRuns(inputs.cacheKeyPrefix, run, placeOf(target));
	}

	/** Where the archive stands. */
	async restore(): Promise<Start> {
		await this.#archive.open();
		const { checkpoint } = this.#archive;
		if (!checkpoint && (await this.#quietRuns.any())) {
			this.vanished = true;
			actions.warning(vanishing(this.target));
		}
		return { status: checkpoint ? 'restored' : 'initial', checkpoint };
	}

	/** Each commit holds the checkpoint that belongs to it; of a run without one, its calls remain. */
	async save(checkpoint: Checkpoint): Promise<void> {
		if (this.commits.length > 0) return;
		await this.#quietRuns.remember(checkpoint);
	}

	/** What is new since the archive's checkpoint, batch by batch, once each is committed. */
	batches(feed: Feed, startedAt: number): AsyncGenerator<News, void, undefined> {
		return archivedBatches(this.#archive, {
			endpoint: feed.endpoint,
			product: `${product.name} ${product.version}`,
			run: runUrl(this.run),
			read: (checkpoint) => this.#read(feed, startedAt, checkpoint),
			message: (manifest) => messageOf(this.target.message, manifest),
			committed: (committed) => this.#note(committed),
		});
	}

	#note(committed: Committed): void {
		const { commit, manifest, stateSize } = committed;
		this.commits.push(committed);
		const news = newRecords(manifest.activities.count, unreadableIn(manifest));
		actions.info(`Committed ${news}: ${commit.url}`);
		const changed = manifest.changed.length;
		if (changed > 0) {
			actions.warning(
				`The feed shows ${changed} archived activities with other content than before. The archive keeps what it has; the manifest names them.`,
			);
		}
		const large = warningOfSize(stateSize);
		if (large) actions.warning(large);
	}

	async *#read(
		feed: Feed,
		startedAt: number,
		archived: Checkpoint | undefined,
	): AsyncGenerator<Batch, void, undefined> {
		const limits = {
			...this.inputs,
			backfillStart: this.#backfillStart(archived),
			maxActivities: this.#room(),
		};
		const checkpoint = archived && (await this.#recall(archived));
		try {
			yield* newBatches(feed, limits, startedAt, checkpoint);
		} catch (error) {
			throw archived && isUnusable(error) ? unusable(error, archived, feed) : error;
		}
	}

	/** The limit holds for the run, however often it has to read anew. */
	#room(): number | undefined {
		const { maxActivities } = this.inputs;
		if (maxActivities === undefined) return undefined;
		const room = this.commits.reduce(
			(left, { manifest }) => left - manifest.activities.count - unreadableIn(manifest),
			maxActivities,
		);
		return Math.max(room, 0);
	}

	/** A cache can be forged: what it says must not decide what is archived, only when. */
	async #recall(archived: Checkpoint): Promise<Checkpoint> {
		return this.inputs.includeOwnRequests ? this.#quietRuns.recall(archived) : archived;
	}

	/** Only a first sync has a start: one that begins anew would archive activities a second time. */
	#backfillStart(checkpoint: Checkpoint | undefined): number | undefined {
		const { backfillStart } = this.inputs;
		if (!checkpoint || backfillStart === undefined) return backfillStart;
		if (checkpoint.backfillStart === formatInstant(backfillStart)) return undefined;
		throw new ComplianceError(
			'invalid-setting',
			`The archive begins at ${checkpoint.start}; another backfill start would archive activities a second time.`,
			{ remedy: 'Set backfill-start back, or choose another commit-path for another archive.' },
		);
	}
}

function isUnusable(error: unknown): error is ComplianceError {
	if (!(error instanceof ComplianceError)) return false;
	return error.code === 'invalid-checkpoint' || error.code === 'other-organization';
}

/** What the core advises, to remove the checkpoint or to choose another start, is no good here. */
function unusable(
	{ code, summary, requestId }: ComplianceError,
	archived: Checkpoint,
	{ baseUrl }: Feed,
): ComplianceError {
	return new ComplianceError(code, summary, { remedy: remedyOf(), requestId });

	function remedyOf(): string {
		if (code === 'other-organization') {
			return "It is the archive's, and has not been changed. Put a key of that organization back, or archive the other one with another commit-path.";
		}
		return archived.host === fingerprint(baseUrl)
			? "It is the archive's, and has not been changed now. If the API's clock is wrong, the next run goes on when it is right. Otherwise the archive was written with a wrong clock, or changed by something else: verify it, and set its branch back to the last commit before that, or begin another archive with another commit-path."
			: "It is the archive's: set base-url back, or begin another archive, of this address, with another commit-path.";
	}
}

/** What tells an archive from others; GitHub heeds no case in a repository's name. */
function placeOf({ repository: { owner, repository }, branch, path }: CommitInputs): string {
	return fingerprint(`${`${owner}/${repository}`.toLowerCase()} ${branch} ${path}`);
}

function vanishing({ repository: { owner, repository }, branch, path }: CommitInputs): string {
	return `Earlier runs knew an archive in ${path} of the branch ${branch} of ${owner}/${repository}, and now there is none: something has removed it. This run begins a new one at the backfill start. To have the old one back, stop this workflow, and push the branch anew from a clone, or from the last commit that the summaries of earlier runs name.`;
}

function messageOf(template: string, { activities, coverage }: Manifest): string {
	return template
		.replaceAll('{count}', String(activities.count))
		.replaceAll('{from}', coverage.from)
		.replaceAll('{to}', coverage.to);
}
