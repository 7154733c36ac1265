import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { type Started, start } from '../../shared/start';

/** What is known of an object without its content. */
interface ObjectInfo {
	sha: string;
	type: 'blob' | 'tree' | 'commit' | 'tag';
	/** Bytes. */
	size: number;
}

export interface GitObject extends Pick<ObjectInfo, 'sha' | 'type'> {
	content: Buffer;
}

interface Answer {
	readonly info: ObjectInfo;
	/** Empty if it was not asked for. */
	readonly content: Buffer;
}

interface Question {
	readonly withContent: boolean;
	readonly resolve: (answer: Answer | undefined) => void;
	readonly reject: (error: Error) => void;
}

/**
 * The objects of a bare repository. Git reads them in one long-lived process, and they are written as loose
 * objects without it: a process for each takes longer than the rest of a request.
 */
export class ObjectDatabase {
	#child: Started | undefined;
	readonly #waiting: Question[] = [];
	#chunks: Buffer[] = [];
	#received = 0;
	/** The length of the answer that is on its way, as far as it is known, in bytes. */
	#wanted = 0;
	#lastFile = 0;

	constructor(
		private readonly directory: string,
		private readonly env: NodeJS.ProcessEnv,
	) {}

	/** The object of a name in any of Git's notations; `undefined` when there is none. */
	async read(name: string): Promise<GitObject | undefined> {
		const answer = await this.#ask(name, true);
		return answer && { sha: answer.info.sha, type: answer.info.type, content: answer.content };
	}

	/** The same without the content, however large it is. */
	async info(name: string): Promise<ObjectInfo | undefined> {
		return (await this.#ask(name, false))?.info;
	}

	/** @returns the object's name */
	async write(type: 'blob' | 'tree' | 'commit', content: string | Buffer): Promise<string> {
		const bytes = Buffer.from(content);
		const object = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
		const sha = createHash('sha1').update(object).digest('hex');
		const file = path.join(this.directory, 'objects', sha.slice(0, 2), sha.slice(2));
		const incoming = path.join(this.directory, `incoming-${++this.#lastFile}`);
		await writeFile(incoming, deflateSync(object, { level: 1 }));
		await mkdir(path.dirname(file), { recursive: true });
		await rename(incoming, file);
		return sha;
	}

	/** Ends the process. */
	async close(): Promise<void> {
		const child = this.#child;
		if (!child) return;
		const closed = once(child, 'close');
		child.stdin.end();
		await closed;
	}

	#ask(name: string, withContent: boolean): Promise<Answer | undefined> {
		if (name.includes('\n')) return Promise.resolve(undefined);
		const child = (this.#child ??= this.#start());
		return new Promise((resolve, reject) => {
			this.#waiting.push({ withContent, resolve, reject });
			child.stdin.write(`${withContent ? 'contents' : 'info'} ${name}\n`);
		});
	}

	#start(): Started {
		const { directory: cwd, env } = this;
		const child = start('git', ['cat-file', '--batch-command'], { cwd, env });
		child.stdout.on('data', (chunk: Buffer) => {
			this.#chunks.push(chunk);
			this.#received += chunk.length;
			while (this.#received > 0 && this.#received >= this.#wanted && this.#takeAnswer());
		});
		let complaint = '';
		child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
		child.on('close', () => {
			this.#child = undefined;
			const error = new Error(`git cat-file --batch-command has ended: ${complaint}`);
			this.#waiting.splice(0).forEach(({ reject }) => reject(error));
		});
		// Asking a process that has ended is answered by its close event.
		child.stdin.on('error', () => undefined);
		return child;
	}

	/** Hands over the first answer if all of it is there. */
	#takeAnswer(): boolean {
		const data = Buffer.concat(this.#chunks);
		this.#chunks = [data];
		const end = data.indexOf('\n');
		if (end < 0) return false;
		const [, sha = '', type = '', length] =
			/^([0-9a-f]{40}) (\w+) (\d+)$/.exec(data.toString('utf8', 0, end)) ?? [];
		if (length === undefined) {
			this.#drop(data, end + 1);
			this.#waiting.shift()?.resolve(undefined);
			return true;
		}
		const info = { sha, type: type as ObjectInfo['type'], size: Number(length) };
		const start = end + 1;
		if (!this.#waiting[0]?.withContent) {
			this.#drop(data, start);
			this.#waiting.shift()?.resolve({ info, content: Buffer.alloc(0) });
			return true;
		}
		const after = start + info.size;
		this.#wanted = after + 1;
		if (data.length < this.#wanted) return false;
		this.#drop(data, after + 1);
		const content = Buffer.from(data.subarray(start, after));
		this.#waiting.shift()?.resolve({ info, content });
		return true;
	}

	#drop(data: Buffer, length: number): void {
		this.#chunks = [data.subarray(length)];
		this.#received -= length;
		this.#wanted = 0;
	}
}
