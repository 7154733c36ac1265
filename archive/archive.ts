import { type Batch, type Checkpoint, UserError, Fingerprints, parseInstant } from '../core';
import { type ArchiveBranch, BranchMoved, type Commit, type Tip } from './archive-branch';
import { requireChainEnd } from './chain-end';
import { type FreshBatch, freshBatch } from './fresh-batch';
import { decodeContents, decodeHead, type StoredHead, unusableHead } from './head';
import { ATTRIBUTES, ATTRIBUTES_FILE, HEAD_FILE } from './layout';
import type { Manifest } from './manifest';
import { daysOfParts, type NextCommit, nextCommit, type Provenance } from './next-commit';
import { StoredFiles } from './stored-files';

const MAX_TRIES = 5;

/**
 * Another run added to the archive, so what was read from the old checkpoint is no longer new. The
 * archive now has the new checkpoint: read again from there.
 */
export class ArchiveMoved extends Error {
	override readonly name = 'ArchiveMoved';
}

/** A commit that added to the archive. */
export interface Committed {
	readonly commit: Commit;
	readonly manifest: Manifest;
	/** SHA-256 of the manifest's file. With it, anybody can check later that the archive still has it. */
	readonly manifestHash: string;
	/** Below the repository's root. */
	readonly manifestPath: string;
	/** Size of the head file in bytes. */
	readonly headSize: number;
}

/**
 * An open archive in a branch: its checkpoint, and the commit that adds batches. Day files only grow.
 * Day files, manifest and head change in one commit, so they always agree. `commit-batches.ts` decides
 * which batches go into which commit.
 */
export class Archive {
	#warned = false;
	#tip: Tip | undefined;
	#stored: Buffer | undefined;
	#head: StoredHead | undefined;
	#contents = new Fingerprints();

	private constructor(
		private readonly branch: ArchiveBranch,
		private readonly directory: string,
		private readonly pause: (ms: number) => Promise<void>,
		private readonly warn: (text: string) => void,
	) {}

	/**
	 * Reads where an archive ends. The first commit creates a missing archive.
	 *
	 * @param directory path in the repository, without slashes around it
	 * @param pause resolves after about so many milliseconds
	 * @param warn gets warnings for the user
	 * @throws UserError when the branch cannot be read, or the archive contradicts itself
	 */
	static async open(
		branch: ArchiveBranch,
		directory: string,
		pause: (ms: number) => Promise<void>,
		warn: (text: string) => void = () => undefined,
	): Promise<Archive> {
		const archive = new Archive(branch, directory, pause, warn);
		await archive.#read();
		return archive;
	}

	async #read(): Promise<void> {
		const tip = await this.branch.tip();
		const files = new StoredFiles(this.branch, tip, this.directory);
		this.#endAt(tip, await files.read(HEAD_FILE));
		if (this.#head) await requireChainEnd(files, this.#head);
		// An archive without its head must not start over: it would get everything twice.
		else if (await files.hasChain()) throw unusableHead('is missing');
	}

	#endAt(tip: Tip | undefined, stored: Buffer | undefined): void {
		this.#tip = tip;
		this.#stored = stored;
		this.#head = stored && decodeHead(stored);
		this.#contents = this.#head ? decodeContents(this.#head) : new Fingerprints();
	}

	/** The checkpoint of everything in the archive; `undefined` when there is no archive yet. */
	get checkpoint(): Checkpoint | undefined {
		return this.#head?.checkpoint;
	}

	/** When the archive was last committed to, by the server's clock, in milliseconds since the epoch. */
	get lastCommit(): number | undefined {
		return this.#head && parseInstant(this.#head.manifest.endedAt);
	}

	/** The part of a batch that the archive does not hold yet. */
	freshIn(batch: Batch): FreshBatch {
		return freshBatch(batch, this.#contents);
	}

	/**
	 * Adds batches in one commit.
	 *
	 * @param batches at least one; they follow each other, read from the archive's checkpoint
	 * @param message of the commit
	 * @throws ArchiveMoved when another run was faster: read again from the new checkpoint
	 * @throws UserError when GitHub refuses
	 */
	async add(
		batches: readonly FreshBatch[],
		provenance: Provenance,
		message: (manifest: Manifest) => string,
	): Promise<Committed> {
		for (let tries = 1; ; tries++) {
			const next = await this.#next(batches, provenance);
			try {
				const commit = await this.branch.commit(
					this.#tip,
					new Map([...next.files].map(([path, content]) => [this.#path(path), content])),
					message(next.manifest),
				);
				// The new end is known. A request for it could fail, and look like a failed commit.
				this.#endAt({ commit: commit.sha, tree: commit.tree }, next.head);
				return this.#committed(next, commit);
			} catch (error) {
				if (!(error instanceof BranchMoved)) throw error;
				// Runs that lost a race together must not start the next one together.
				await this.pause(2 ** tries * 250 * (0.5 + Math.random()));
				const [tip, stored] = [this.#tip, this.#stored];
				await this.#read();
				if (this.#head?.manifest.sha256 === next.manifestHash) {
					// The commit succeeded; only the answer got lost.
					return this.#committed(next, error.attempted);
				}
				if (stored && !this.#stored) throw removed(this.directory);
				if (!sameBytes(stored, this.#stored)) throw new ArchiveMoved();
				if (tries === MAX_TRIES) {
					throw this.#tip?.commit === tip?.commit ? error.refusal : overtaken();
				}
			}
		}
	}

	async #next(batches: readonly FreshBatch[], provenance: Provenance): Promise<NextCommit> {
		const files = new StoredFiles(this.branch, this.#tip, this.directory);
		const lastParts = await files.lastParts(daysOfParts(batches));
		const lacksAttributes = !this.#head && !this.#hasAttributes(await files.read(ATTRIBUTES_FILE));
		const end = { head: this.#head, contents: this.#contents, lastParts, lacksAttributes };
		return nextCommit(end, batches, provenance);
	}

	/** Warns of a file that somebody else wrote; the archive does not replace it. */
	#hasAttributes(found: Buffer | undefined): boolean {
		if (found && found.toString() !== ATTRIBUTES && !this.#warned) {
			this.#warned = true;
			this.warn(
				`${this.#path(ATTRIBUTES_FILE)} was not written by the Action, which does not replace it. Git may change line ends at a checkout, and verify reports the file. Replace its content with "${ATTRIBUTES.trim()}", or choose another commit-path.`,
			);
		}
		return found !== undefined;
	}

	/** Leaves out the files, which are large. */
	#committed(
		{ manifest, manifestHash, manifestPath, head }: NextCommit,
		commit: Commit,
	): Committed {
		const path = this.#path(manifestPath);
		return { commit, manifest, manifestHash, manifestPath: path, headSize: head.length };
	}

	#path(path: string): string {
		return `${this.directory}/${path}`;
	}
}

function sameBytes(one: Buffer | undefined, other: Buffer | undefined): boolean {
	return one === other || (one !== undefined && other !== undefined && one.equals(other));
}

function removed(directory: string): UserError {
	return new UserError(
		'unavailable',
		`The archive ${directory} was removed while this run added to it.`,
		{
			remedy:
				'Restore the branch from a clone: somebody deleted or emptied it. Otherwise the next run starts another archive at the backfill start.',
		},
	);
}

function overtaken(): UserError {
	return new UserError(
		'unavailable',
		`The branch moved ${MAX_TRIES} times while this run tried to commit.`,
		{
			remedy:
				'Give the archive a branch that nothing else pushes to. Nothing is lost: the next run commits the same activities.',
		},
	);
}
