import path from 'node:path';
import { start } from '../../shared/start';
import { LineSplitter, type StepLog } from './workflow-commands';

/** The two times that an action runs in a job: as its step, and at the end of the job. */
export type Stage = 'main' | 'post';

/** Acts as an action with this environment, hands over what it writes, and returns its exit code. */
export type Performance = (
	env: Record<string, string>,
	write: (chunk: string) => void,
	stage: Stage,
) => Promise<number>;

/** What a process, or a performance in its place, leaves. */
export interface Execution {
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

/** How a step of an action is executed. */
export interface ExecutionOptions {
	/** The JavaScript file to run. */
	file: string;
	workspace: string;
	killWhen?: ((line: string) => boolean) | undefined;
	signal?: AbortSignal | undefined;
	node?: string | undefined;
	through?: readonly string[] | undefined;
	timeoutMs?: number | undefined;
}

/** Executes a step without a process of its own. */
export function performHere(perform: Performance, stage: Stage) {
	return async (
		{ killWhen, signal, node, through }: ExecutionOptions,
		log: StepLog,
		env: Record<string, string>,
	): Promise<Execution> => {
		if (killWhen ?? signal ?? node ?? through) {
			throw new Error('Only a process of its own can be started otherwise, killed or cancelled.');
		}
		let stdout = '';
		const splitter = new LineSplitter((line) => log.write(line));
		const write = (chunk: string) => {
			stdout += chunk;
			splitter.push(chunk);
		};
		const exitCode = await perform(env, write, stage);
		splitter.end();
		return { exitCode, stdout, stderr: '' };
	};
}

/** Executes a step as a process. */
export function startProcess(
	options: ExecutionOptions,
	log: StepLog,
	env: Record<string, string>,
): Promise<Execution> {
	return new Promise((resolve, reject) => {
		const node = options.node ?? process.execPath;
		const [command = node, ...args] = [
			...(options.through ?? []),
			node,
			path.resolve(options.file),
		];
		const child = start(command, args, {
			cwd: options.workspace,
			env,
			stdin: 'ignore',
			timeout: options.timeoutMs ?? 5 * 60_000,
			killSignal: 'SIGKILL',
		});
		const raw = { stdout: '', stderr: '' };
		const splitters = (['stdout', 'stderr'] as const).map((stream) => {
			const splitter = new LineSplitter((line) => {
				log.write(line);
				if (options.killWhen?.(line)) child.kill('SIGKILL');
			});
			child[stream].setEncoding('utf8').on('data', (chunk: string) => {
				raw[stream] += chunk;
				splitter.push(chunk);
			});
			return splitter;
		});
		const timers: NodeJS.Timeout[] = [];
		const cancel = () => {
			child.kill('SIGINT');
			timers.push(setTimeout(() => child.kill('SIGTERM'), 7_500));
			timers.push(setTimeout(() => child.kill('SIGKILL'), 10_000));
		};
		if (options.signal?.aborted) cancel();
		options.signal?.addEventListener('abort', cancel, { once: true });
		child.on('error', reject);
		child.on('close', (exitCode: number | null) => {
			timers.forEach(clearTimeout);
			options.signal?.removeEventListener('abort', cancel);
			splitters.forEach((splitter) => splitter.end());
			resolve({ exitCode, ...raw });
		});
	});
}
