import * as actions from '@actions/core';
import {
	type Batch,
	type Checkpoint,
	UserError,
	type Feed,
	fingerprint,
	formatInstant,
	product,
} from '../../core';
import { Archive, type Committed } from '../../archive/archive';
import { commitBatches } from '../../archive/commit-batches';
import { warningOfSize } from '../../archive/head';
import { type Manifest, unreadableIn } from '../../archive/manifest';
import { Branch } from '../github/branch';
import { githubApi } from '../github/rest-client';
import type { CommitInputs, Inputs } from '../inputs';
import type { Pace } from '../io/pace';
import { newRecords } from '../summary/markdown';
import { runUrl, type WorkflowRun } from '../github/workflow-run';
import { archiveReceipt } from './archive-receipt';
import type { Delivered, Ledger, LedgerReceipt, Read, StartingPoint } from './ledger';
import { QuietRuns } from './quiet-runs';

/** Whose archive it is, and what decides how it is read. */
type ArchiveInputs = Pick<Inputs, 'backfillStart' | 'cacheKeyPrefix' | 'includeOwnRequests'>;

/** Keeps the checkpoint in the archive that it commits what a run reads to. */
export class ArchiveLedger implements Ledger {
	#archive: Promise<Archive> | undefined;
	readonly #quietRuns: QuietRuns;
	/** The commits of this run, in their order. */
	readonly #commits: Committed[] = [];
	/** Whether earlier runs knew an archive where there is none now. */
	#vanished = false;
	/** What a run has got to that has nothing to commit. */
	#left: Checkpoint | undefined;

	/** @param target where the archive is */
	constructor(
		private readonly inputs: ArchiveInputs,
		private readonly target: CommitInputs,
		private readonly run: WorkflowRun,
		private readonly feed: Pick<Feed, 'baseUrl' | 'endpoint'>,
		private readonly pace: Pace,
	) {
		this.#quietRuns = new QuietRuns(inputs.cacheKeyPrefix, run, fingerprintOfPlace(target));
	}

	/** Where the archive ends. */
	async open(): Promise<StartingPoint> {
		const { checkpoint } = await this.#opened();
		if (!checkpoint && (await this.#quietRuns.any())) {
			this.#vanished = true;
			actions.warning(vanishing(this.target));
		}
		return { status: checkpoint ? 'restored' : 'initial', checkpoint };
	}

	/** What is new since the archive's checkpoint, batch by batch, once each is committed. */
	async *through(read: Read): AsyncGenerator<Delivered, void, undefined> {
		yield* commitBatches(await this.#opened(), {
			endpoint: this.feed.endpoint,
			product: `${product.name} ${product.version}`,
			run: runUrl(this.run),
			read: (checkpoint) => this.#read(read, checkpoint),
			message: (manifest) => messageOf(this.target.message, manifest),
			committed: (committed) => this.#note(committed),
			left: (checkpoint) => (this.#left = checkpoint),
		});
	}

	/** Each commit holds the checkpoint that belongs to it; of a run without one, its calls remain. */
	async close(): Promise<void> {
		if (this.#commits.length === 0 && this.#left) await this.#quietRuns.remember(this.#left);
	}

	get receipt(): LedgerReceipt {
		return archiveReceipt(this.#commits, this.#vanished);
	}

	#opened(): Promise<Archive> {
		const { pace, target } = this;
		const { token, repository, branch: name, path } = target;
		return (this.#archive ??= Archive.open(
			new Branch(githubApi(token, pace), { ...repository, branch: name }, pace.sleep),
			path,
			pace.sleep,
			actions.warning,
		));
	}

	#note(committed: Committed): void {
		const { commit, manifest, headSize } = committed;
		this.#commits.push(committed);
		const news = newRecords(manifest.activities.count, unreadableIn(manifest));
		actions.info(`Committed ${news}: ${commit.url}`);
		const changed = manifest.changed.length;
		if (changed > 0) {
			actions.warning(
				`The feed shows ${changed} archived activities with other content than before. The archive keeps what it has; the manifest names them.`,
			);
		}
		const large = warningOfSize(headSize);
		if (large) actions.warning(large);
	}

	async *#read(
		read: Read,
		archived: Checkpoint | undefined,
	): AsyncGenerator<Batch, void, undefined> {
		this.#requireSameStart(archived);
		const checkpoint = archived && (await this.#recall(archived));
		try {
			yield* read(checkpoint);
		} catch (error) {
			throw archived && isUnusable(error) ? unusableArchive(error, archived, this.feed) : error;
		}
	}

	/** A cache can be forged: what it says must not decide what is archived, only when. */
	async #recall(archived: Checkpoint): Promise<Checkpoint> {
		return this.inputs.includeOwnRequests ? this.#quietRuns.recall(archived) : archived;
	}

	/** Only a first sync has a start: one that begins anew would archive activities a second time. */
	#requireSameStart(checkpoint: Checkpoint | undefined): void {
		const { backfillStart } = this.inputs;
		if (!checkpoint || backfillStart === undefined) return;
		if (checkpoint.backfillStart === formatInstant(backfillStart)) return;
		throw new UserError(
			'invalid-setting',
			`The archive begins at ${checkpoint.start}; another backfill start would archive activities a second time.`,
			{ remedy: 'Set backfill-start back, or choose another commit-path for another archive.' },
		);
	}
}

function isUnusable(error: unknown): error is UserError {
	if (!(error instanceof UserError)) return false;
	return error.code === 'invalid-checkpoint' || error.code === 'other-organization';
}

/** What the core advises, to remove the checkpoint or to choose another start, is no good here. */
function unusableArchive(
	{ code, summary, requestId }: UserError,
	archived: Checkpoint,
	{ baseUrl }: Pick<Feed, 'baseUrl'>,
): UserError {
	return new UserError(code, summary, { remedy: remedyOf(), requestId });

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
function fingerprintOfPlace({
	repository: { owner, repository },
	branch,
	path,
}: CommitInputs): string {
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
