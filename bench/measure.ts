import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a process and all that it started have taken, as the kernel counted it. */
export interface Usage {
	readonly cpuMs: number;
	/** Of the largest of them, in bytes. */
	readonly peakMemory: number;
}

/** User and system seconds and peak kilobytes, in the notation of GNU time. */
const FORMAT = '%U %S %M';
/**
 * GNU time waits for the process with wait4, as a shell does, and so gets the kernel's own account,
 * children included. It is small: a process that is started by a large one inherits its peak.
 */
const GNU_TIME = 'time';

/** Runs a command to its end. What it takes beside its own work is one small process around it. */
export async function runMeasured(
	command: readonly string[],
	{ directory, env = process.env }: { directory: string; env?: NodeJS.ProcessEnv },
): Promise<Usage & { readonly wallMs: number; readonly stdout: string }> {
	const report = path.join(directory, 'usage');
	const started = performance.now();
	const child = spawn(GNU_TIME, ['-q', '-o', report, '-f', FORMAT, ...command], {
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
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
	return { ...readUsage(report), wallMs, stdout: texts.stdout };
}

/** A program that runs Node as `runMeasured` would, for those who start it themselves. */
export function measuringNode(directory: string): { node: string; usage: () => Usage } {
	const report = path.join(directory, 'usage');
	const node = script(
		path.join(directory, 'measuring-node'),
		`exec ${GNU_TIME} -q -o '${report}' -f '${FORMAT}' '${process.execPath}' "$@"`,
	);
	return { node, usage: () => readUsage(report) };
}

/** A program that runs Node, and first writes its own process id, which stays that of Node. */
export function identifiedNode(directory: string): { node: string; pidFile: string } {
	const pidFile = path.join(directory, 'pid');
	const node = script(
		path.join(directory, 'identified-node'),
		`echo $$ >'${pidFile}'\nexec '${process.execPath}' "$@"`,
	);
	return { node, pidFile };
}

function script(file: string, body: string): string {
	writeFileSync(file, `#!/bin/sh\n${body}\n`);
	chmodSync(file, 0o755);
	return file;
}

function readUsage(report: string): Usage {
	const [user = NaN, system = NaN, kilobytes = NaN] = readFileSync(report, 'utf8')
		.trim()
		.split(' ')
		.map(Number);
	return { cpuMs: (user + system) * 1000, peakMemory: kilobytes * 1024 };
}
