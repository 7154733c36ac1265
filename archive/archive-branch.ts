import type { UserError } from '../core';

/** The commit that a branch points to, with its tree. */
export interface Tip {
	readonly commit: string;
	readonly tree: string;
}

/** A commit on the branch. */
export interface Commit {
	readonly sha: string;
	readonly tree: string;
	readonly url: string;
}

/** The operations that an archive needs of its branch. */
export interface ArchiveBranch {
	/**
	 * @returns `undefined` when there is no such branch
	 * @throws UserError when the branch cannot be read
	 */
	tip(): Promise<Tip | undefined>;
	/**
	 * The bytes of a file.
	 *
	 * @returns `undefined` when the tip has no such file
	 * @throws UserError when the file cannot be read completely
	 */
	read(tip: Tip, path: string): Promise<Buffer | undefined>;
	/**
	 * The names in a directory; none when the tip has no such directory.
	 *
	 * @throws UserError when they cannot be read
	 */
	list(tip: Tip, directory: string): Promise<ReadonlySet<string>>;
	/**
	 * Commits files on top of a tip, all or none.
	 *
	 * @param tip `undefined` creates the branch
	 * @param files paths and contents; other files of the tip stay
	 * @throws BranchMoved when the branch no longer points to the tip, or when that is unknown
	 * @throws UserError when the commit is refused
	 */
	commit(
		tip: Tip | undefined,
		files: ReadonlyMap<string, Buffer>,
		message: string,
	): Promise<Commit>;
}

/** Somebody else moved the branch in the meantime, or this commit moved it and the answer got lost. */
export class BranchMoved extends Error {
	override readonly name = 'BranchMoved';

	/**
	 * @param attempted the commit that the branch possibly points to
	 * @param refusal the error to throw if the branch did not move
	 */
	constructor(
		readonly attempted: Commit,
		readonly refusal: UserError,
	) {
		super('The branch has moved.');
	}
}
