import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import {
	type ArchiveBranch,
	BranchMoved,
	type Commit,
	type Tip,
} from '../../archive/archive-branch';
import { UserError } from '../../core';

type Files = ReadonlyMap<string, Buffer>;

/** The calls that a branch makes to the repository. */
export type Call = 'tip' | 'read' | 'list' | 'write' | 'move';

/** Wraps each call, so that a test can delay it or make it fail. */
export type Passage = <T>(act: () => T, call: Call) => Promise<T>;

/** A repository in memory with one branch. It follows GitHub's rules. */
export class MemoryRepository {
	readonly #commits = new Map<string, Files>();
	#tip: string | undefined;
	/** How many files were pushed. */
	pushes = 0;

	/** The branch's files. */
	get files(): Files {
		return this.#commits.get(this.#tip ?? '') ?? new Map<string, Buffer>();
	}

	/** The branch of one client, whose calls `passage` wraps. */
	branch(passage: Passage = async (act) => act()): ArchiveBranch {
		return {
			tip: () =>
				passage(
					() =>
						this.#tip === undefined
							? undefined
							: { commit: this.#tip, tree: `tree of ${this.#tip}` },
					'tip',
				),
			read: ({ commit }, path) => passage(() => this.#commits.get(commit)?.get(path), 'read'),
			list: ({ commit }, directory) => passage(() => this.#list(commit, directory), 'list'),
			commit: async (tip, files, message) => {
				const attempted = await passage(() => this.#write(tip, files, message), 'write');
				const moved = await passage(() => this.#move(tip, attempted), 'move').catch(
					(error: unknown) => {
						throw error instanceof AnswerLost ? movedOrNot(attempted) : error;
					},
				);
				if (!moved) throw movedOrNot(attempted);
				return attempted;
			},
		};
	}

	#list(commit: string, directory: string): Set<string> {
		const names = new Set<string>();
		for (const path of this.#commits.get(commit)?.keys() ?? []) {
			if (!path.startsWith(`${directory}/`)) continue;
			const [name = ''] = path.slice(directory.length + 1).split('/');
			names.add(name);
		}
		return names;
	}

	/** Commits a file that has nothing to do with the archive. */
	push(): void {
		const name = `push-${++this.pushes}`;
		this.#commits.set(name, new Map(this.files).set(name, Buffer.alloc(0)));
		this.#tip = name;
	}

	/** Replaces all files. */
	replace(files: Files): void {
		const name = `replaced-${this.#commits.size}`;
		this.#commits.set(name, files);
		this.#tip = name;
	}

	/** Deletes the branch. */
	remove(): void {
		this.#tip = undefined;
	}

	#write(tip: Tip | undefined, files: Files, message: string): Commit {
		const before = (tip && this.#commits.get(tip.commit)) ?? new Map<string, Buffer>();
		for (const [path, content] of files) {
			if (path.endsWith('.ndjson') && before.has(path)) {
				const old = before.get(path) ?? Buffer.alloc(0);
				// Archived lines never change.
				expect(content.subarray(0, old.length).equals(old)).toBe(true);
			}
			if (path.includes('/manifests/')) expect(before.has(path)).toBe(false);
		}
		const hash = createHash('sha1').update(`${tip?.commit} ${message}`);
		for (const [path, content] of files) hash.update(path).update(content);
		const sha = hash.digest('hex');
		this.#commits.set(sha, new Map([...before, ...files]));
		return { sha, tree: `tree of ${sha}`, url: `https://github.com/commit/${sha}` };
	}

	/** Moves the branch to a commit, if the commit's parent is still its tip. */
	#move(tip: Tip | undefined, { sha }: Commit): boolean {
		if (this.#tip !== tip?.commit) return false;
		this.#tip = sha;
		return true;
	}
}

/** No answer arrived. The call may have taken effect. */
export class AnswerLost extends Error {}

function movedOrNot(attempted: Commit): BranchMoved {
	return new BranchMoved(
		attempted,
		new UserError('unavailable', 'GitHub did not take the commit.', { remedy: '' }),
	);
}
