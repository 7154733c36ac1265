import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

export interface GitObject {
	sha: string;
	type: 'blob' | 'tree' | 'commit' | 'tag';
	content: Buffer;
}

type Waiting = (object: GitObject | undefined) => void;

/** Reads objects through one long-lived `git cat-file --batch`: a process each would be slow. */
export class ObjectReader {
	private readonly child: ChildProcessWithoutNullStreams;
	private readonly waiting: Waiting[] = [];
	private chunks: Buffer[] = [];
	private received = 0;
	/** How many bytes the answer that is under way takes, as far as that is known. */
	private wanted = 0;

	constructor(cwd: string, env: NodeJS.ProcessEnv) {
		this.child = spawn('git', ['cat-file', '--batch'], { cwd, env });
		this.child.stdout.on('data', (chunk: Buffer) => {
			this.chunks.push(chunk);
			this.received += chunk.length;
			while (this.received > 0 && this.received >= this.wanted && this.takeAnswer());
		});
		this.child.on('close', () => this.waiting.splice(0).forEach((resolve) => resolve(undefined)));
		// Asking a process that has ended is answered by its close event.
		this.child.stdin.on('error', () => undefined);
	}

	/** The object of a name in any of Git's notations; undefined when there is none. */
	read(name: string): Promise<GitObject | undefined> {
		if (name.includes('\n')) return Promise.resolve(undefined);
		return new Promise((resolve) => {
			this.waiting.push(resolve);
			this.child.stdin.write(`${name}\n`);
		});
	}

	async close(): Promise<void> {
		const closed = once(this.child, 'close');
		this.child.stdin.end();
		await closed;
	}

	/** Hands over the first answer if all of it is there. */
	private takeAnswer(): boolean {
		const data = Buffer.concat(this.chunks);
		this.chunks = [data];
		const end = data.indexOf('\n');
		if (end < 0) return false;
		const [, sha = '', type = '', size] =
			/^([0-9a-f]{40}) (\w+) (\d+)$/.exec(data.toString('utf8', 0, end)) ?? [];
		if (size === undefined) {
			this.drop(data, end + 1);
			this.waiting.shift()?.(undefined);
			return true;
		}
		const after = end + 1 + Number(size);
		this.wanted = after + 1;
		if (data.length < this.wanted) return false;
		this.drop(data, after + 1);
		const content = Buffer.from(data.subarray(end + 1, after));
		this.waiting.shift()?.({ sha, type: type as GitObject['type'], content });
		return true;
	}

	private drop(data: Buffer, length: number): void {
		this.chunks = [data.subarray(length)];
		this.received -= length;
		this.wanted = 0;
	}
}
