import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The resources that a process and its children used, as the kernel counted them. */
export interface Usage {
	readonly cpuMs: number;
	/** Bytes, of the largest process. */
	readonly peakMemory: number;
}

/** User and system seconds and peak kilobytes, in the notation of GNU time. */
const FORMAT = '%U %S %M';
/**
 * GNU time waits for the process with wait4, as a shell does, and so gets the kernel's figures, including
 * those of children. GNU time is small itself, which matters because a process inherits the peak memory
 * of the process that starts it.
 */
const GNU_TIME = 'time';

/** Why this machine cannot measure; `undefined` when it can. */
export function missingForMeasuring(): string | undefined {
	if (process.platform !== 'linux')
		return 'The bench needs Linux, because it reads figures of its kernel.';
	const { stdout, stderr, error } = spawnSync(GNU_TIME, ['--version'], { encoding: 'utf8' });
	if (!error && (stdout + stderr).includes('GNU')) return undefined;
	return 'GNU time was not found: apt-get install time';
}

/** Runs a command to its end. The measurement adds only one small process around it. */
export async function runMeasured(
	command: readonly string[],
	{ directory, env = process.env }: { directory: string; env?: NodeJS.ProcessEnv },
): Promise<Usage & { readonly wallMs: number; readonly stdout: string }> {
	const { through, usage } = measuring(directory);
	const [program = '', ...args] = [...through, ...command];
	const started = performance.now();
	const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
	const texts = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
	}
	const exitCode = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	const wallMs = performance.now() - started;
	if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${texts.stderr}`);
	return { ...usage(), wallMs, stdout: texts.stdout };
}

/**
 * A command prefix that measures each command after it, and reads the figures of all of them when they
 * have ended: the Action is one process in its step, and another one at the end of the job.
 */
export function measuring(directory: string): { through: readonly string[]; usage: () => Usage } {
	const report = path.join(directory, 'usage');
	rmSync(report, { force: true });
	return {
		through: [GNU_TIME, '-q', '-a', '-o', report, '-f', FORMAT],
		usage: () => readUsage(report),
	};
}

function readUsage(report: string): Usage {
	const lines = readFileSync(report, 'utf8').trim().split('\n');
	const usages = lines.map((line): Usage => {
		const [user = NaN, system = NaN, kilobytes = NaN] = line.split(' ').map(Number);
		return { cpuMs: (user + system) * 1000, peakMemory: kilobytes * 1024 };
	});
	return {
		cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
		peakMemory: Math.max(...usages.map(({ peakMemory }) => peakMemory)),
	};
}
