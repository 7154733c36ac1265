import { createHash } from 'node:crypto';
import type { Octokit } from '@octokit/rest';
import { ComplianceError, quote } from '../../core';

export interface BranchName {
	readonly owner: string;
	readonly repository: string;
	readonly branch: string;
}

/** A commit at the end of the branch, and the tree of files it holds. */
export interface Head {
	readonly commit: string;
	readonly tree: string;
}

export interface Commit {
	readonly sha: string;
	readonly tree: string;
	readonly url: string;
}

/** Somebody else moved the branch in between, or the answer that it was moved got lost. */
export class BranchMoved extends Error {
	override readonly name = 'BranchMoved';

	/**
	 * @param attempted the commit that may, or may not, have become the branch's head
	 * @param refusal what to tell should the branch be where it was
	 */
	constructor(
		readonly attempted: Commit,
		readonly refusal: ComplianceError,
	) {
		super('The branch has moved.');
	}
}

/** A file (`blob`) or a directory (`tree`). */
interface Entry {
	readonly type: string;
	readonly sha: string;
}

const REGULAR_FILE = '100644';
/** Files of so many bytes in all travel in the request for the tree; others need one each before it. */
const MAX_INLINE_BYTES = 1024 * 1024;

/** One branch of a repository on GitHub, read and written without a checkout. */
export class Branch {
	/** Directories by the hash of their tree: what a hash names never changes. */
	readonly #trees = new Map<string, ReadonlyMap<string, Entry>>();

	constructor(
		private readonly octokit: Octokit,
		readonly name: BranchName,
	) {}

	/**
	 * Where the branch ends.
	 *
	 * @returns `undefined` when the repository has no such branch
	 * @throws ComplianceError when the repository cannot be read
	 */
	async head(): Promise<Head | undefined> {
		const { owner, repository: repo, branch } = this.name;
		const ref = await this.#found(
			this.octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` }),
			// What an empty repository answers.
			[404, 409],
		);
		if (!ref) return undefined;
		const { data } = await this.#answer(
			this.octokit.rest.git.getCommit({ owner, repo, commit_sha: ref.data.object.sha }),
		);
		return { commit: data.sha, tree: data.tree.sha };
	}

	/**
	 * The bytes of a file, as git has them.
	 *
	 * @returns `undefined` when the tree that was read holds no such file
	 * @throws ComplianceError when GitHub does not give all of it
	 */
	async read(head: Head, path: string): Promise<Buffer | undefined> {
		const { owner, repository: repo } = this.name;
		const entry = await this.#entry(head, path);
		if (entry?.type !== 'blob') return undefined;
		const { data } = await this.#object(
			this.octokit.rest.git.getBlob({ owner, repo, file_sha: entry.sha }),
		);
		const content = Buffer.from(data.content, 'base64');
		// What is cut on its way must not be sent back as the whole.
		if (hashOfBlob(content) !== entry.sha) throw incomplete(path);
		return content;
	}

	/** The names in a directory; none when the tree that was read holds no such directory. */
	async list(head: Head, directory: string): Promise<ReadonlySet<string>> {
		const entry = await this.#entry(head, directory);
		return new Set(entry?.type === 'tree' ? (await this.#tree(entry.sha)).keys() : []);
	}

	/** Walks down from the head's tree, so that "not there" is never just an answer gone wrong. */
	async #entry(head: Head, path: string): Promise<Entry | undefined> {
		let entry: Entry | undefined = { type: 'tree', sha: head.tree };
		for (const name of path.split('/')) {
			if (entry?.type !== 'tree') return undefined;
			entry = (await this.#tree(entry.sha)).get(name);
		}
		return entry;
	}

	async #tree(sha: string): Promise<ReadonlyMap<string, Entry>> {
		const known = this.#trees.get(sha);
		if (known) return known;
		const { owner, repository: repo } = this.name;
		const { data } = await this.#object(
			this.octokit.rest.git.getTree({ owner, repo, tree_sha: sha }),
		);
		if (data.truncated) throw incomplete('a directory');
		const entries = new Map(
			data.tree.map(({ path = '', type = '', sha = '' }) => [path, { type, sha }]),
		);
		this.#trees.set(sha, entries);
		return entries;
	}

	/**
	 * Commits files on top of a head, all or none. Author and committer are left to GitHub, which
	 * then signs the commit; the branch is never forced.
	 *
	 * @param head `undefined` begins the branch
	 * @param files paths and contents, in UTF-8; other files of the head stay
	 * @throws BranchMoved when the head is no longer the branch's
	 */
	async commit(
		head: Head | undefined,
		files: ReadonlyMap<string, Buffer>,
		message: string,
	): Promise<Commit> {
		const { owner, repository: repo, branch } = this.name;
		if (!head) await this.#makeSureOfFirstCommit();
		const { git } = this.octokit.rest;
		const tree = [];
		let room = MAX_INLINE_BYTES;
		// One after the other, as GitHub asks of requests that create content.
		for (const [path, content] of files) {
			const entry = { path, mode: REGULAR_FILE, type: 'blob' } as const;
			if (content.length <= room) {
				room -= content.length;
				tree.push({ ...entry, content: content.toString() });
				continue;
			}
			const { data } = await this.#answer(
				git.createBlob({ owner, repo, content: content.toString('base64'), encoding: 'base64' }),
			);
			tree.push({ ...entry, sha: data.sha });
		}
		const { data: newTree } = await this.#answer(
			git.createTree({ owner, repo, tree, ...(head && { base_tree: head.tree }) }),
		);
		const { data: commit } = await this.#answer(
			git.createCommit({
				owner,
				repo,
				message,
				tree: newTree.sha,
				parents: head ? [head.commit] : [],
			}),
		);
		const { sha, html_url: url } = commit;
		const attempted = { sha, tree: newTree.sha, url };
		try {
			await (head
				? git.updateRef({ owner, repo, ref: `heads/${branch}`, sha, force: false })
				: git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha }));
		} catch (error) {
			if (isProtection(error)) throw this.#failure(error);
			const { status } = error as { status?: number };
			// Without a status, or with a server's failure, the branch may have moved all the same.
			if (status === undefined || status === 409 || status === 422 || status >= 500) {
				throw new BranchMoved(attempted, this.#failure(error));
			}
			throw this.#failure(error);
		}
		return attempted;
	}

	/** GitHub keeps nothing for a repository without any commit, so that one has to come first. */
	async #makeSureOfFirstCommit(): Promise<void> {
		const { owner, repository: repo } = this.name;
		const { data } = await this.#answer(this.octokit.rest.repos.get({ owner, repo }));
		const ref = `heads/${data.default_branch}`;
		const first = () => this.#found(this.octokit.rest.git.getRef({ owner, repo, ref }), [404, 409]);
		if (await first()) return;
		try {
			await this.octokit.rest.repos.createOrUpdateFileContents({
				owner,
				repo,
				path: 'README.md',
				message: 'Begin the repository',
				content: Buffer.from(`# ${repo}\n`).toString('base64'),
			});
		} catch (error) {
			// Another run may have been quicker, and in the way of this one.
			if (!(await first())) throw this.#failure(error);
		}
	}

	async #found<T>(response: Promise<T>, absences: readonly number[]): Promise<T | undefined> {
		try {
			return await response;
		} catch (error) {
			if (absences.includes((error as { status?: number }).status ?? 0)) return undefined;
			throw this.#failure(error);
		}
	}

	/** An object that a commit just read names is there, so that not to find it means to ask later. */
	async #object<T>(response: Promise<T>): Promise<T> {
		return await response.catch((error: unknown) => {
			const { status } = error as { status?: number };
			throw status === 404 ? incomplete('an object of the branch') : this.#failure(error);
		});
	}

	async #answer<T>(response: Promise<T>): Promise<T> {
		return await response.catch((error: unknown) => {
			throw this.#failure(error);
		});
	}

	#failure(error: unknown): ComplianceError {
		const { owner, repository, branch } = this.name;
		const { status, message } = error as { status?: number; message: string };
		const place = `${owner}/${repository}`;
		const said = quote(message);
		if (isProtection(error)) {
			return new ComplianceError(
				'invalid-setting',
				`The branch ${branch} of ${place} is protected: ${said}.`,
				{
					remedy:
						'Choose another commit-branch, or let the token that the Action uses push to this one.',
				},
			);
		}
		if (/rate limit/i.test(message)) {
			return new ComplianceError('rate-limited', `GitHub limits the rate of requests: ${said}.`, {
				remedy:
					'Nothing is lost: the next run commits the same. If it stays so, something else uses up the limit of this token.',
			});
		}
		if (status === 401 || status === 403) {
			return new ComplianceError(
				'invalid-setting',
				`The token may not commit to ${place}: ${said}.`,
				{
					remedy:
						'Add the permission "contents: write" to the job. For another repository, pass a token of a GitHub App or a fine-grained token with write access to its contents as commit-token.',
				},
			);
		}
		if (status === 404) {
			return new ComplianceError('invalid-setting', `The repository ${place} was not found.`, {
				remedy:
					'Check commit-repository; a private repository also looks like this to a token without access to it.',
			});
		}
		return new ComplianceError('unavailable', `GitHub did not take the commit: ${said}.`, {
			remedy: 'Nothing is lost: the next run commits the same. Look at the status page of GitHub.',
		});
	}
}

function incomplete(what: string): ComplianceError {
	return new ComplianceError('unavailable', `GitHub did not give all of ${quote(what)}.`, {
		remedy:
			'Nothing has been changed, and the next run goes on. If it stays so, look at the status page of GitHub, and at what stands between this machine and GitHub.',
	});
}

/** The hash by which git names a file's content. */
function hashOfBlob(content: Buffer): string {
	return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function isProtection(error: unknown): boolean {
	const { status, message } = error as { status?: number; message?: string };
	return (
		[403, 409, 422].includes(status ?? 0) &&
		/protected|not authorized to push|rule violations|through a pull request|required status check|must not contain merge/i.test(
			message ?? '',
		)
	);
}
