import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { unlink, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import { LineProcess } from './line-process';
import { ObjectReader, type GitObject } from './object-reader';

export type { GitObject } from './object-reader';

export interface TreeEntry {
	name: string;
	mode: string;
	type: 'blob' | 'tree' | 'commit';
	sha: string;
}

/** What a path is to become; without an object it is to go. */
export interface TreeChange {
	path: string[];
	object?: Omit<TreeEntry, 'name'>;
}

/** A path that was to be removed and is not there. */
export class MissingPathError extends Error {}

const NO_OBJECT = '0'.repeat(40);
/** What Git forbids in the name of a reference; some of it would be read as an expression. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const BAD_REF = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|(?:^|\/)\.|[./]$/;

/** Nothing of the machine's or the user's settings has a say. */
const ENVIRONMENT: NodeJS.ProcessEnv = {
	...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
	GIT_CONFIG_NOSYSTEM: '1',
	GIT_CONFIG_GLOBAL: devNull,
	LC_ALL: 'C',
};

/** A bare Git repository on disk, written and read by Git's own plumbing. */
export class BareRepository {
	private home: string | undefined;
	private reader: ObjectReader | undefined;
	private readonly writers = new Map<string, LineProcess>();
	private lastFile = 0;
	private hasCommits = false;

	constructor(private readonly defaultBranch: () => string) {}

	/** Where it lies, for `git -C`; made when it is first needed. */
	get directory(): string {
		if (this.home === undefined) {
			this.home = mkdtempSync(path.join(tmpdir(), 'bare-repository-'));
			const options = ['--quiet', '--bare', `--initial-branch=${this.defaultBranch()}`];
			execFileSync('git', ['init', ...options, this.home], { env: ENVIRONMENT });
		}
		return this.home;
	}

	/** Runs any Git command, such as `fsck --strict`, and gives its output. Throws when it fails. */
	async git(...args: string[]): Promise<string> {
		const { code, stdout, stderr } = await this.run(args);
		if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`);
		return stdout.toString();
	}

	/** The object of a name in any of Git's notations; undefined when there is none. */
	read(name: string): Promise<GitObject | undefined> {
		this.reader ??= new ObjectReader(this.directory, ENVIRONMENT);
		return this.reader.read(name);
	}

	/** The object that a full reference such as `refs/heads/main` points to. */
	async readRef(ref: string): Promise<GitObject | undefined> {
		return isRefName(ref) ? this.read(ref) : undefined;
	}

	/** The entries of a tree, or of a commit's. */
	async readTree(name: string): Promise<TreeEntry[] | undefined> {
		const tree = await this.read(`${name}^{tree}`);
		return tree && parseTree(tree.content);
	}

	/** Whether there is no commit yet on any branch. */
	async isEmpty(): Promise<boolean> {
		this.hasCommits ||= (await this.git('for-each-ref', '--count=1')) !== '';
		return !this.hasCommits;
	}

	async write(type: 'blob' | 'commit', content: string | Buffer): Promise<string> {
		const file = path.join(this.directory, `incoming-${++this.lastFile}`);
		await writeFile(file, content);
		const writer = this.writer('hash-object', '-w', '--no-filters', '-t', type, '--stdin-paths');
		const sha = await writer.ask(`${file}\n`);
		await unlink(file);
		return sha;
	}

	/** Writes the tree that changes make of another, or of none, and gives its name. */
	async writeTree(base: string | undefined, changes: TreeChange[]): Promise<string> {
		return (await this.overlay(base, changes)) ?? this.writeEntries([]);
	}

	/** Points a reference elsewhere, if it still points to what it is expected to: its lock. */
	async updateRef(ref: string, sha: string, expected: string | undefined): Promise<boolean> {
		const { code } = await this.run(['update-ref', ref, sha, expected ?? NO_OBJECT]);
		return code === 0;
	}

	async isAncestor(ancestor: string, of: string): Promise<boolean> {
		// Mostly it is the parent, which takes no further process to see.
		const [headers = ''] = (await this.read(of))?.content.toString().split('\n\n', 1) ?? [];
		if (headers.split('\n').includes(`parent ${ancestor}`)) return true;
		return (await this.run(['merge-base', '--is-ancestor', ancestor, of])).code === 0;
	}

	/**
	 * Commits files to a branch as someone's `git push` does, past the API and its rules; null
	 * removes a file. Gives the commit.
	 *
	 * @param mode of the files: symbolic links and submodules have another one
	 */
	async push(
		branch: string,
		files: Record<string, string | Buffer | null>,
		message = 'Push from elsewhere',
		mode: '100644' | '100755' | '120000' | '160000' = '100644',
	): Promise<string> {
		const ref = `refs/heads/${branch}`;
		const parent = (await this.readRef(ref))?.sha;
		const changes = await Promise.all(
			Object.entries(files).map(async ([name, content]): Promise<TreeChange> => {
				const at = name.split('/');
				if (content === null) return { path: at };
				// A submodule is the name of a commit that the repository need not have.
				if (mode === '160000')
					return { path: at, object: { mode, type: 'commit', sha: '1'.repeat(40) } };
				const sha = await this.write('blob', content);
				return { path: at, object: { mode, type: 'blob', sha } };
			}),
		);
		const who = `Someone <someone@example.com> ${Math.floor(Date.now() / 1000)} +0000`;
		const commit = await this.write(
			'commit',
			[
				`tree ${await this.writeTree(parent, changes)}`,
				...(parent === undefined ? [] : [`parent ${parent}`]),
				`author ${who}`,
				`committer ${who}`,
				'',
				message,
			].join('\n'),
		);
		if (!(await this.updateRef(ref, commit, parent))) throw new Error(`lost a race for ${ref}`);
		return commit;
	}

	/** All files of a commit or branch, by their path. */
	async files(revision: string): Promise<Map<string, Buffer>> {
		const listing = await this.git('ls-tree', '-r', '-z', revision);
		const found = await Promise.all(
			parseListing(listing).map(async ({ name, sha }) => {
				const blob = await this.read(sha);
				return [name, blob?.content ?? Buffer.alloc(0)] as const;
			}),
		);
		return new Map(found);
	}

	/** Ends its processes and removes it. */
	async close(): Promise<void> {
		await Promise.all([...this.writers.values()].map((writer) => writer.close()));
		this.writers.clear();
		await this.reader?.close();
		this.reader = undefined;
		if (this.home === undefined) return;
		rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
		this.home = undefined;
		this.hasCommits = false;
	}

	/** Undefined when nothing is left, since Git knows no empty folders. */
	private async overlay(
		base: string | undefined,
		changes: TreeChange[],
	): Promise<string | undefined> {
		const before = base === undefined ? [] : ((await this.readTree(base)) ?? []);
		const entries = new Map(before.map((entry) => [entry.name, entry]));
		const below = new Map<string, TreeChange[]>();
		for (const { path: at, object } of changes) {
			const [name = '', ...rest] = at;
			if (rest.length > 0) {
				below.set(name, [...(below.get(name) ?? []), { path: rest, object }]);
			} else if (object) entries.set(name, { name, ...object });
			else if (!entries.delete(name)) throw new MissingPathError(name);
		}
		await Promise.all(
			[...below].map(async ([name, inside]) => {
				const old = entries.get(name);
				const sha = await this.overlay(old?.type === 'tree' ? old.sha : undefined, inside);
				if (sha === undefined) entries.delete(name);
				else entries.set(name, { name, mode: '040000', type: 'tree', sha });
			}),
		);
		if (entries.size === 0) return undefined;
		return this.writeEntries([...entries.values()]);
	}

	private writeEntries(entries: TreeEntry[]): Promise<string> {
		const lines = entries.map(({ name, mode, type, sha }) => `${mode} ${type} ${sha}\t${name}\0`);
		// That the objects exist has been seen to; a long-lived process may not know the newest.
		return this.writer('mktree', '-z', '--batch', '--missing').ask(`${lines.join('')}\0`);
	}

	private writer(...args: string[]): LineProcess {
		const key = args.join(' ');
		const writer =
			this.writers.get(key) ??
			new LineProcess('git', args, { cwd: this.directory, env: ENVIRONMENT });
		this.writers.set(key, writer);
		return writer;
	}

	private run(args: string[]): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
		return new Promise((resolve, reject) => {
			const child = spawn('git', args, {
				cwd: this.directory,
				env: ENVIRONMENT,
				stdio: ['ignore', 'pipe', 'pipe'],
			});
			const output: Buffer[] = [];
			let stderr = '';
			child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
			child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
			child.on('error', reject);
			child.on('close', (code) => resolve({ code, stdout: Buffer.concat(output), stderr }));
		});
	}
}

/** Whether a name is fit for a reference, written in full. */
export function isRefName(ref: string): boolean {
	return /^refs\/[^/]+\/[^/]/.test(ref) && !BAD_REF.test(ref);
}

/** What `git ls-tree -z` prints, with the sizes of blobs if it was asked for them by `-l`. */
export function parseListing(listing: string): (TreeEntry & { size?: number })[] {
	return listing
		.split('\0')
		.slice(0, -1)
		.map((line) => {
			const tab = line.indexOf('\t');
			const [mode = '', type, sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
			return {
				name: line.slice(tab + 1),
				mode,
				type: type as TreeEntry['type'],
				sha,
				...(size !== '-' && { size: Number(size) }),
			};
		});
}

function parseTree(content: Buffer): TreeEntry[] {
	const entries: TreeEntry[] = [];
	for (let at = 0; at < content.length;) {
		const nul = content.indexOf(0, at);
		const [bits = '', ...name] = content.toString('utf8', at, nul).split(' ');
		const mode = bits.padStart(6, '0');
		const type = mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';
		const sha = content.toString('hex', nul + 1, nul + 21);
		entries.push({ name: name.join(' '), mode, type, sha });
		at = nul + 21;
	}
	return entries;
}
