import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import limit from 'p-limit';
import { start } from '../../shared/start';
import { LineProcess } from './line-process';
import { ObjectDatabase, type GitObject } from './object-database';

export type { GitObject } from './object-database';

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
	private database: ObjectDatabase | undefined;
	private references: LineProcess | undefined;
	private readonly oneByOne = limit(1);
	private hasCommits = false;

	constructor(private readonly defaultBranch: () => string) {}

	/** Where it lies, for `git -C`; made when it is first needed. */
	get directory(): string {
		if (this.home === undefined) {
			this.home = mkdtempSync(path.join(tmpdir(), 'bare-repository-'));
			// This is all that `git init` makes which Git needs.
			for (const name of ['objects', 'refs/heads']) {
				mkdirSync(path.join(this.home, name), { recursive: true });
			}
			writeFileSync(path.join(this.home, 'HEAD'), `ref: refs/heads/${this.defaultBranch()}\n`);
			writeFileSync(path.join(this.home, 'config'), '[core]\n\tbare = true\n');
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
		return this.objects.read(name);
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

	/**
	 * What a tree holds, or the tree of a commit: each entry with its path, a folder before what is in it.
	 *
	 * @param deep whether what is in its folders is listed as well
	 */
	async listTree(name: string, deep: boolean): Promise<TreeEntry[]> {
		const inside = async (folder: string, at: string): Promise<TreeEntry[]> => {
			const listed = await Promise.all(
				((await this.readTree(folder)) ?? []).map(async (entry) => {
					const here = { ...entry, name: `${at}${entry.name}` };
					const below = deep && entry.type === 'tree';
					return below ? [here, ...(await inside(entry.sha, `${here.name}/`))] : [here];
				}),
			);
			return listed.flat();
		};
		return inside(name, '');
	}

	/** The size of an object, in bytes. */
	async sizeOf(sha: string): Promise<number | undefined> {
		return (await this.objects.info(sha))?.size;
	}

	/** Whether there is no commit yet on any branch. */
	async isEmpty(): Promise<boolean> {
		this.hasCommits ||= (await this.git('for-each-ref', '--count=1')) !== '';
		return !this.hasCommits;
	}

	write(type: 'blob' | 'commit', content: string | Buffer): Promise<string> {
		return this.objects.write(type, content);
	}

	/** Writes the tree that changes make of another, or of none, and gives its name. */
	async writeTree(base: string | undefined, changes: TreeChange[]): Promise<string> {
		return (await this.overlay(base, changes)) ?? this.writeEntries([]);
	}

	/** Points a reference elsewhere, if it still points to what it is expected to: its lock. */
	updateRef(ref: string, sha: string, expected: string | undefined): Promise<boolean> {
		return this.oneByOne(async () => {
			if ((await this.read(ref))?.sha !== expected) return false;
			const git = (this.references ??= this.startUpdater());
			try {
				await git.ask(`start\nupdate ${ref} ${sha} ${expected ?? NO_OBJECT}\n`);
				await git.ask('commit\n');
			} catch {
				// What Git refuses ends its process.
				this.references = undefined;
				return false;
			}
			this.hasCommits = true;
			return true;
		});
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
		const found = await Promise.all(
			(await this.listTree(revision, true))
				.filter(({ type }) => type !== 'tree')
				.map(async ({ name, sha }) => {
					const blob = await this.read(sha);
					return [name, blob?.content ?? Buffer.alloc(0)] as const;
				}),
		);
		return new Map(found);
	}

	/** Ends its processes and removes it. */
	async close(): Promise<void> {
		await this.references?.close();
		await this.database?.close();
		this.references = undefined;
		this.database = undefined;
		if (this.home === undefined) return;
		rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
		this.home = undefined;
		this.hasCommits = false;
	}

	private get objects(): ObjectDatabase {
		return (this.database ??= new ObjectDatabase(this.directory, ENVIRONMENT));
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
		const lines = entries
			.map((entry) => ({ ...entry, place: Buffer.from(placeOf(entry)) }))
			.sort((one, other) => Buffer.compare(one.place, other.place))
			.flatMap(({ name, mode, sha }) => [
				Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
				Buffer.from(sha, 'hex'),
			]);
		return this.objects.write('tree', Buffer.concat(lines));
	}

	private startUpdater(): LineProcess {
		const place = { cwd: this.directory, env: ENVIRONMENT };
		return new LineProcess('git', ['update-ref', '--stdin'], place);
	}

	private run(args: string[]): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
		return new Promise((resolve, reject) => {
			const child = start('git', args, {
				cwd: this.directory,
				env: ENVIRONMENT,
				stdin: 'ignore',
			});
			const output: Buffer[] = [];
			let stderr = '';
			child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
			child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
			child.on('error', reject);
			child.on('close', (code: number | null) =>
				resolve({ code, stdout: Buffer.concat(output), stderr }),
			);
		});
	}
}

/** Whether a name is fit for a reference, written in full. */
export function isRefName(ref: string): boolean {
	return /^refs\/[^/]+\/[^/]/.test(ref) && !BAD_REF.test(ref);
}

/** Git sorts the entries of a tree by their names, those of folders with a slash behind them. */
function placeOf({ name, type }: TreeEntry): string {
	return type === 'tree' ? `${name}/` : name;
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
