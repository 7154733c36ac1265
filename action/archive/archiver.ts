import { setTimeout as sleep } from 'node:timers/promises';
import * as actions from '@actions/core';
import {
	adoptOwnRequests,
	type Batch,
	type Checkpoint,
	ComplianceError,
	type Feed,
	formatInstant,
	product,
} from '../../core';
import type { CheckpointStore, Start } from '../checkpoint/checkpoint-store';
import { newBatches } from '../fetch';
import { githubApi } from '../github-api';
import type { CommitInputs, Inputs } from '../inputs';
import { newActivities } from '../summary';
import { runUrl, type WorkflowRun } from '../workflow-run';
import { Archive, type Committed } from './archive';
import { archivedBatches } from './archived-batches';
import { Branch } from './branch';
import type { Manifest } from './manifest';
import { QuietRuns } from './quiet-runs';

/** Commits what a run reads to the archive that the inputs name, and keeps its checkpoint there. */
export class Archiver implements CheckpointStore {
	readonly #archive: Archive;
	readonly #quietRuns: QuietRuns;
	#recalled: Checkpoint | undefined;
	/** The commits of this run, in their order. */
	readonly commits: Committed[] = [];

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
		this.#quietRuns = new QuietRuns(inputs.cacheKeyPrefix, run);
	}

	/** Where the archive stands. */
	async restore(): Promise<Start> {
		await this.#archive.open();
		const { checkpoint } = this.#archive;
		return { status: checkpoint ? 'restored' : 'initial', checkpoint };
	}

	/** Each commit holds the checkpoint that belongs to it; of a run without one, its calls remain. */
	async save(checkpoint: Checkpoint): Promise<void> {
		if (this.commits.length > 0) return;
		// What the sync has recognised it knows no more, but a later run meets it again.
		const known = this.#recalled ? adoptOwnRequests(checkpoint, this.#recalled) : checkpoint;
		await this.#quietRuns.remember(known);
	}

	/** What is new since the archive's checkpoint, batch by batch, once each is committed. */
	batches(feed: Feed, startedAt: number): AsyncGenerator<Batch, void, undefined> {
		return archivedBatches(this.#archive, {
			endpoint: feed.endpoint,
			product: `${product.name} ${product.version}`,
			run: runUrl(this.run),
			read: (checkpoint) => this.#read(feed, startedAt, checkpoint),
			message: (manifest) => messageOf(this.target.message, manifest),
			committed: (committed) => {
				this.commits.push(committed);
				const { count } = committed.manifest.activities;
				actions.info(`Committed ${newActivities(count)}: ${committed.commit.url}`);
				const changed = committed.manifest.changed.length;
				if (changed > 0) {
					actions.warning(
						`The feed shows ${changed} archived activities with other content than before. The archive keeps what it has; the manifest names them.`,
					);
				}
			},
		});
	}

	async *#read(
		feed: Feed,
		startedAt: number,
		archived: Checkpoint | undefined,
	): AsyncGenerator<Batch, void, undefined> {
		const backfillStart = this.#backfillStart(archived);
		this.#recalled = archived && (await this.#recall(archived));
		yield* newBatches(feed, { ...this.inputs, backfillStart }, startedAt, this.#recalled);
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

function messageOf(template: string, { activities, coverage }: Manifest): string {
	return template
		.replaceAll('{count}', String(activities.count))
		.replaceAll('{from}', coverage.from)
		.replaceAll('{to}', coverage.to);
}
