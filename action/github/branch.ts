import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Octokit } from '@octokit/rest';
import {
	type ArchiveBranch,
	BranchMoved,
	type Commit,
	type Tip,
} from '../../archive/archive-branch';
import { UserError, quote } from '../../core';
import {
	branchRefusal,
	type BranchName,
	isEmptyRepository,
	isRuleViolation,
	isUnknownObject,
	nameConflict,
	refusalOf,
	type RequestFailure,
} from './commit-refusal';

/** An entry of a directory. */
interface TreeEntry {
	/** Git's mode: it distinguishes files, directories, symbolic links and submodules. */
	readonly mode: string;
	readonly sha: string;
}

const REGULAR_FILE = '100644';
const DIRECTORY = '040000';
/** The modes of files. Whether a file is executable does not matter here. */
const FILES = [REGULAR_FILE, '100755', '100664'];
/** The modes of other entries that somebody may have created. */
const ODDITIES: Readonly<Record<string, string>> = {
	120000: 'a symbolic link',
	160000: 'a submodule',
};
/**
 * The most bytes of files in one request for a tree. GitHub fails on larger requests, and asks to build
 * the tree in steps. One request per file would use up the rate limit in a long backfill.
 */
const MAX_INLINE_BYTES = 1024 * 1024;

/** How long to wait, in milliseconds, until all of GitHub's servers know a new object. */
const LAG_MS = 1000;

/** One branch of a repository on GitHub, read and written without a checkout. */
export class Branch implements ArchiveBranch {
	/** Directories by the hash of their tree. The content behind a hash never changes. */
	readonly #trees = new Map<string, ReadonlyMap<string, TreeEntry>>();
	/** Hashes of files that GitHub already has, so that another try does not send them again. */
	readonly #sent = new Set<string>();
	/**
	 * The last commit that was created. When GitHub's answer is lost, the branch may still move to this
	 * commit later. A second commit with the same content would then be reported, but be in no branch.
	 */
	#made: { readonly what: string; readonly commit: Commit } | undefined;
	#defaultBranch: string | undefined;
	/** Whether the repository had no commit at the last look for the branch. */
	#isEmpty = false;

	/** @param pause resolves after the given number of milliseconds */
	constructor(
		private readonly octokit: Octokit,
		readonly name: BranchName,
		private readonly pause: (ms: number) => Promise<unknown>,
	) {}

	/**
	 * The commit that the branch points to.
	 *
	 * @returns `undefined` when the repository has no such branch
	 * @throws UserError when the repository cannot be read
	 */
	async tip(): Promise<Tip | undefined> {
		const { owner, repository: repo, branch } = this.name;
		const commit = await this.#find(branch);
		if (!commit) {
			// Without the branch, there may be no such repository: this request fails then.
			this.#defaultBranch ??= (
				await this.#answer(this.octokit.rest.repos.get({ owner, repo }))
			).data.default_branch;
			return undefined;
		}
		const { data } = await this.#object(() =>
			this.octokit.rest.git.getCommit({ owner, repo, commit_sha: commit }),
		);
		return { commit: data.sha, tree: data.tree.sha };
	}

	/** The commit that a branch points to, if there is such a branch. */
	async #find(branch: string): Promise<string | undefined> {
		const { owner, repository: repo } = this.name;
		try {
			const ref = `heads/${branch}`;
			const { data } = await this.octokit.rest.git.getRef({ owner, repo, ref });
			this.#isEmpty = false;
			return data.object.sha;
		} catch (error) {
			const failure = error as RequestFailure;
			this.#isEmpty = isEmptyRepository(failure);
			if (failure.status === 404 || this.#isEmpty) return undefined;
			throw this.#refusal(error);
		}
	}

	/**
	 * Reads the bytes of a file.
	 *
	 * @returns `undefined` when the tip's tree holds no such file
	 * @throws UserError when GitHub does not return all of it
	 */
	async read(tip: Tip, path: string): Promise<Buffer | undefined> {
		const { owner, repository: repo } = this.name;
		const entry = await this.#entry(tip, path);
		if (!entry) return undefined;
		if (!FILES.includes(entry.mode)) throw this.#occupied(path, entry, 'a file');
		const { data } = await this.#object(() =>
			this.octokit.rest.git.getBlob({ owner, repo, file_sha: entry.sha }),
		);
		const content = Buffer.from(data.content, 'base64');
		// A truncated file must not be committed again as the whole file.
		if (hashOfBlob(content) !== entry.sha) throw incomplete(path);
		return content;
	}

	/** The names in a directory; none when the tip's tree holds no such directory. */
	async list(tip: Tip, directory: string): Promise<ReadonlySet<string>> {
		const entry = await this.#entry(tip, directory);
		if (!entry) return new Set();
		if (entry.mode !== DIRECTORY) throw this.#occupied(directory, entry, 'a directory');
		return new Set((await this.#tree(entry.sha)).keys());
	}

	/** Walks down from the tip's tree, so that a failed request never looks like a missing file. */
	async #entry(tip: Tip, path: string): Promise<TreeEntry | undefined> {
		let entry: TreeEntry | undefined = { mode: DIRECTORY, sha: tip.tree };
		const passed: string[] = [];
		for (const name of path.split('/')) {
			if (!entry) return undefined;
			// A commit would replace the file by a directory.
			if (entry.mode !== DIRECTORY) {
				throw this.#occupied(passed.join('/'), entry, 'a directory');
			}
			entry = (await this.#tree(entry.sha)).get(name);
			passed.push(name);
		}
		return entry;
	}

	async #tree(sha: string): Promise<ReadonlyMap<string, TreeEntry>> {
		const known = this.#trees.get(sha);
		if (known) return known;
		const { owner, repository: repo } = this.name;
		const { data } = await this.#object(() =>
			this.octokit.rest.git.getTree({ owner, repo, tree_sha: sha }),
		);
		if (data.truncated) throw incomplete('a directory');
		const entries = new Map(
			data.tree.map(({ path = '', mode = '', sha = '' }) => [path, { mode, sha }]),
		);
		this.#trees.set(sha, entries);
		return entries;
	}

	/**
	 * Commits files on top of a tip, all or none. GitHub sets author and committer, because it then signs
	 * the commit. The branch is never force-pushed.
	 *
	 * @param tip `undefined` creates the branch
	 * @param files paths and contents, in UTF-8; other files of the tip stay
	 * @throws BranchMoved when the branch may no longer point to the tip
	 * @throws UserError when GitHub refuses
	 */
	async commit(
		tip: Tip | undefined,
		files: ReadonlyMap<string, Buffer>,
		message: string,
	): Promise<Commit> {
		if (!tip && this.#isEmpty) await this.#begin();
		const tree = await this.#writeTree(tip?.tree, files);
		const commit = await this.#writeCommit(tip?.commit, tree, message);
		await this.#move(tip, commit);
		// Only another try needs the hashes. If they were kept, they would grow with the backlog.
		this.#sent.clear();
		return commit;
	}

	/** Adds files to a tree, in as many steps as their size needs. */
	async #writeTree(base: string | undefined, files: ReadonlyMap<string, Buffer>): Promise<string> {
		const { owner, repository: repo } = this.name;
		const { git } = this.octokit.rest;
		let below = base;
		let tree: NonNullable<Parameters<typeof git.createTree>[0]>['tree'] = [];
		let inlined: string[] = [];
		let room = MAX_INLINE_BYTES;
		const lay = async () => {
			const { data } = await this.#patient(() =>
				git.createTree({ owner, repo, tree, ...(below && { base_tree: below }) }),
			);
			for (const sha of inlined) this.#sent.add(sha);
			[below, tree, inlined, room] = [data.sha, [], [], MAX_INLINE_BYTES];
			return data.sha;
		};
		// GitHub asks to send requests that create content one after the other.
		for (const [path, content] of files) {
			const entry = { path, mode: REGULAR_FILE, type: 'blob' } as const;
			const sha = hashOfBlob(content);
			// JSON would change bytes that are not text. Only something else can have written such bytes.
			if (!this.#sent.has(sha) && content.length <= MAX_INLINE_BYTES && isUtf8(content)) {
				if (content.length > room) await lay();
				room -= content.length;
				inlined.push(sha);
				tree.push({ ...entry, content: content.toString() });
				continue;
			}
			await this.#writeBlob(sha, content);
			tree.push({ ...entry, sha });
		}
		return lay();
	}

	async #writeBlob(sha: string, content: Buffer): Promise<void> {
		if (this.#sent.has(sha)) return;
		const { owner, repository: repo } = this.name;
		await this.#answer(
			this.octokit.rest.git.createBlob({
				owner,
				repo,
				content: content.toString('base64'),
				encoding: 'base64',
			}),
		);
		this.#sent.add(sha);
	}

	async #writeCommit(parent: string | undefined, tree: string, message: string): Promise<Commit> {
		const what = JSON.stringify([parent, tree, message]);
		if (this.#made?.what === what) return this.#made.commit;
		const { owner, repository: repo } = this.name;
		const parents = parent === undefined ? [] : [parent];
		const { data } = await this.#patient(() =>
			this.octokit.rest.git.createCommit({ owner, repo, message, tree, parents }),
		);
		const commit = { sha: data.sha, tree, url: data.html_url };
		this.#made = { what, commit };
		return commit;
	}

	/** Moves the branch to a commit, if the branch still points to the commit's parent. */
	async #move(tip: Tip | undefined, commit: Commit): Promise<void> {
		for (let tries = 1; ; tries++) {
			try {
				await this.#point(tip, commit.sha);
				return;
			} catch (error) {
				const failure = error as RequestFailure;
				const { status = 500, message } = failure;
				const refusal = this.#refusal(error);
				if (isRuleViolation(failure)) throw refusal;
				// After a server's failure, or without an answer, the branch may have moved nevertheless.
				if (status === 409 || status >= 500) throw new BranchMoved(commit, refusal);
				if (status !== 422) throw refusal;
				const now = await this.tip();
				// An earlier try worked, and only its answer was lost.
				if (now?.commit === commit.sha) return;
				const moved = now?.commit !== tip?.commit;
				// The tip just read may be outdated, but GitHub gives these messages only if the branch moved.
				if (moved || /fast.forward|already exists/i.test(message)) {
					throw new BranchMoved(commit, refusal);
				}
				// Another request may hold the lock, or the commit may not be known yet. Then the run tries
				// again: first this request, and if it takes longer, the whole commit.
				if (tries > 1) {
					const tooEarly = /does not exist|cannot lock/i.test(message);
					throw tooEarly ? new BranchMoved(commit, refusal) : await this.#whyRefused(tip, failure);
				}
				await this.pause(LAG_MS);
			}
		}
	}

	async #point(tip: Tip | undefined, sha: string): Promise<void> {
		const { owner, repository: repo, branch } = this.name;
		const { git } = this.octokit.rest;
		await (tip
			? git.updateRef({ owner, repo, ref: `heads/${branch}`, sha, force: false })
			: git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha }));
	}

	async #whyRefused(tip: Tip | undefined, failure: RequestFailure): Promise<UserError> {
		const rival = tip ? undefined : await this.#rival();
		return rival === undefined ? branchRefusal(failure, this.name) : nameConflict(this.name, rival);
	}

	/** A branch above or below this one. Git keeps branches as files, so a branch cannot also be a directory. */
	async #rival(): Promise<string | undefined> {
		const { owner, repository: repo, branch } = this.name;
		const parts = branch.split('/');
		for (let length = 1; length < parts.length; length++) {
			const above = parts.slice(0, length).join('/');
			if (await this.#find(above)) return above;
		}
		const ref = `heads/${branch}/`;
		const { data } = await this.#answer(
			this.octokit.rest.git.listMatchingRefs({ owner, repo, ref, per_page: 1 }),
		);
		return data[0]?.ref.replace(/^refs\/heads\//, '');
	}

	/** Creates the first commit: GitHub accepts no objects for a repository without a commit. */
	async #begin(): Promise<void> {
		const { owner, repository: repo } = this.name;
		try {
			await this.octokit.rest.repos.createOrUpdateFileContents({
				owner,
				repo,
				path: 'README.md',
				message: 'Begin the repository',
				content: Buffer.from(`# ${repo}\n`).toString('base64'),
			});
		} catch (error) {
			// Another run may have created the first commit at the same time.
			const first = this.#defaultBranch && (await this.#find(this.#defaultBranch));
			if (!first) throw this.#refusal(error);
		}
		this.#isEmpty = false;
	}

	/** Reads an object that exists for certain: if GitHub does not find it, asking later helps. */
	async #object<T>(ask: () => Promise<T>): Promise<T> {
		try {
			return await this.#askTwice(ask);
		} catch (error) {
			const { status } = error as RequestFailure;
			throw status === 404 ? incomplete('an object of the branch') : this.#refusal(error);
		}
	}

	/** The answer to a request that names a new object. */
	async #patient<T>(ask: () => Promise<T>): Promise<T> {
		return this.#answer(this.#askTwice(ask));
	}

	/** Asks a second time after a pause, because not all of GitHub's servers know a new object at once. */
	async #askTwice<T>(ask: () => Promise<T>): Promise<T> {
		try {
			return await ask();
		} catch (error) {
			const failure = error as RequestFailure;
			if (!isUnknownObject(failure) && !isEmptyRepository(failure)) throw error;
			await this.pause(LAG_MS);
			return ask();
		}
	}

	async #answer<T>(response: Promise<T>): Promise<T> {
		return await response.catch((error: unknown) => {
			throw this.#refusal(error);
		});
	}

	#refusal(error: unknown): UserError {
		return refusalOf(error as RequestFailure, this.name);
	}

	/** @param kind what the archive needs at this path */
	#occupied(path: string, { mode }: TreeEntry, kind: string): UserError {
		const { owner, repository, branch } = this.name;
		const oddity = ODDITIES[mode];
		const what = oddity === undefined ? '' : `, but ${oddity}`;
		return new UserError(
			'invalid-setting',
			`In the branch ${branch} of ${owner}/${repository}, ${path} is not ${kind}${what}: the archive needs ${kind} there.`,
			{
				remedy:
					'If somebody put it into the archive, remove it from the branch, and verify the archive. If it belongs to something else, choose another commit-path or commit-branch.',
			},
		);
	}
}

function incomplete(what: string): UserError {
	return new UserError('unavailable', `GitHub did not return all of ${quote(what)}.`, {
		remedy:
			'Nothing was changed, and the next run continues. If it happens again, check the status page of GitHub, and the network between this machine and GitHub.',
	});
}

/** The hash by which git names a file's content. */
function hashOfBlob(content: Buffer): string {
	return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
