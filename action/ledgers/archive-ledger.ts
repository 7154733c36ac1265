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
import { newRecords } from '../markdown';
import { runUrl, type WorkflowRun } from '../github/workflow-run';
import { archiveReceipt } from './archive-receipt';
import type { Delivered, Ledger, LedgerReceipt, Read, StartingPoint } from './ledger';
import { QuietRuns } from './quiet-runs';

/** The inputs that decide how the archive is continued. */
type ArchiveInputs = Pick<Inputs, 'backfillStart' | 'cacheKeyPrefix' | 'includeOwnRequests'>;

/** Keeps the checkpoint in the archive, together with the activities that a run commits. */
export class ArchiveLedger implements Ledger {
	#archive: Promise<Archive> | undefined;
	readonly #quietRuns: QuietRuns;
	/** The commits of this run, in their order. */
	readonly #commits: Committed[] = [];
	/** Whether the archive of earlier runs is gone. */
	#vanished = false;
	/** The checkpoint of a run that has nothing to commit. */
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

	/** Returns the archive's checkpoint. Warns when the archive of earlier runs is gone. */
	async open(): Promise<StartingPoint> {
		const { checkpoint } = await this.#opened();
		if (!checkpoint && (await this.#quietRuns.any())) {
			this.#vanished = true;
			actions.warning(vanishedWarning(this.target));
		}
		return { status: checkpoint ? 'restored' : 'initial', checkpoint };
	}

	/** Delivers what is new since the archive's checkpoint, each batch once it is committed. */
	async *through(read: Read): AsyncGenerator<Delivered, void, undefined> {
		yield* commitBatches(await this.#opened(), {
			endpoint: this.feed.endpoint,
			product: `${product.name} ${product.version}`,
			run: runUrl(this.run),
			read: (checkpoint) => this.#read(read, checkpoint),
			message: (manifest) => commitMessage(this.target.message, manifest),
			committed: (committed) => this.#note(committed),
			left: (checkpoint) => (this.#left = checkpoint),
		});
	}

	/** Each commit holds its checkpoint. After a run without one, only its own requests are remembered. */
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
				`The feed shows ${changed} archived activities with other content than before. The archive keeps the archived content; the manifest names these activities.`,
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

	/** A cache can be forged, so it may delay a commit, but never decide what is archived. */
	async #recall(archived: Checkpoint): Promise<Checkpoint> {
		return this.inputs.includeOwnRequests ? this.#quietRuns.recall(archived) : archived;
	}

	/** Only the first sync uses a start. A sync from another one would archive activities a second time. */
	#requireSameStart(checkpoint: Checkpoint | undefined): void {
		const { backfillStart } = this.inputs;
		if (!checkpoint || backfillStart === undefined) return;
		if (checkpoint.backfillStart === formatInstant(backfillStart)) return;
		throw new UserError(
			'invalid-setting',
			`The archive begins at ${checkpoint.start}; another backfill start would archive activities a second time.`,
			{
				remedy:
					'Set backfill-start to its earlier value, or choose another commit-path for another archive.',
			},
		);
	}
}

function isUnusable(error: unknown): error is UserError {
	if (!(error instanceof UserError)) return false;
	return error.code === 'invalid-checkpoint' || error.code === 'other-organization';
}

/** The core's remedy, to remove the checkpoint or to choose another start, would damage an archive. */
function unusableArchive(
	{ code, summary, requestId }: UserError,
	archived: Checkpoint,
	{ baseUrl }: Pick<Feed, 'baseUrl'>,
): UserError {
	return new UserError(code, summary, { remedy: remedyOf(), requestId });

	function remedyOf(): string {
		if (code === 'other-organization') {
			return "Use a key of the archive's organization again, or archive the other organization with another commit-path. The archive was not changed.";
		}
		return archived.host === fingerprint(baseUrl)
			? "Check the API's clock. If it is wrong, the next run continues once it is right. Otherwise the archive was written with a wrong clock, or changed by something else: verify it, and reset its branch to the last commit before that, or start another archive with another commit-path. This run did not change the archive."
			: 'Set base-url to the address of the archive again, or start another archive for this address with another commit-path.';
	}
}

/** Identifies an archive. GitHub ignores the case of a repository's name. */
function fingerprintOfPlace({
	repository: { owner, repository },
	branch,
	path,
}: CommitInputs): string {
	return fingerprint(`${`${owner}/${repository}`.toLowerCase()} ${branch} ${path}`);
}

function vanishedWarning({
	repository: { owner, repository },
	branch,
	path,
}: CommitInputs): string {
	return `The archive of earlier runs in ${path} of the branch ${branch} of ${owner}/${repository} was removed. This run starts a new archive at the backfill start. To restore the old one, stop this workflow, and push the branch again from a clone, or from the last commit that the summaries of earlier runs name.`;
}

function commitMessage(template: string, { activities, coverage }: Manifest): string {
	return template
		.replaceAll('{count}', String(activities.count))
		.replaceAll('{from}', coverage.from)
		.replaceAll('{to}', coverage.to);
}
