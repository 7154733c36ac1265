import type { UserError } from '../core';

/** The commit that a branch points to, and the tree of files that it holds. */
export interface Tip {
	readonly commit: string;
	readonly tree: string;
}

/** A commit that was made. */
export interface Commit {
	readonly sha: string;
	readonly tree: string;
	readonly url: string;
}

/** What an archive needs of the branch that it lives in. */
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
	 * @throws UserError when it cannot be read whole
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
	 * @param tip `undefined` begins the branch
	 * @param files paths and contents; other files of the tip stay
	 * @throws BranchMoved when the branch no longer points to the tip, or may not
	 * @throws UserError when the commit is refused
	 */
	commit(
		tip: Tip | undefined,
		files: ReadonlyMap<string, Buffer>,
		message: string,
	): Promise<Commit>;
}

/** Somebody else moved the branch in between, or the answer that it was moved got lost. */
export class BranchMoved extends Error {
	override readonly name = 'BranchMoved';

	/**
	 * @param attempted the commit that the branch may, or may not, point to
	 * @param refusal the error to throw if the branch has not moved after all
	 */
	constructor(
		readonly attempted: Commit,
		readonly refusal: UserError,
	) {
		super('The branch has moved.');
	}
}
