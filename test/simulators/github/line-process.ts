import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Started, start } from '../../shared/start';

interface Waiting {
	resolve: (line: string) => void;
	reject: (error: Error) => void;
}

/** A long-lived process that answers each input with one line: a new one each time would be slow. */
export class LineProcess {
	private readonly child: Started;
	private readonly waiting: Waiting[] = [];
	private complaint = '';
	private failure: Error | undefined;

	constructor(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
		this.child = start(command, args, options);
		createInterface(this.child.stdout).on('line', (line) => this.waiting.shift()?.resolve(line));
		this.child.stderr.on('data', (chunk: Buffer) => (this.complaint += chunk.toString()));
		this.child.on('close', () => {
			const failure = new Error(`${command} ${args.join(' ')} has ended: ${this.complaint}`);
			this.failure = failure;
			this.waiting.splice(0).forEach(({ reject }) => reject(failure));
		});
		// The close event says why nobody reads any more.
		this.child.stdin.on('error', () => undefined);
	}

	ask(input: string): Promise<string> {
		if (this.failure) return Promise.reject(this.failure);
		return new Promise((resolve, reject) => {
			this.waiting.push({ resolve, reject });
			this.child.stdin.write(input);
		});
	}

	async close(): Promise<void> {
		if (this.failure) return;
		const closed = once(this.child, 'close');
		this.child.stdin.end();
		await closed;
	}
}
