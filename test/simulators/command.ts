import { spawn, type SpawnOptions } from 'node:child_process';

/** How a command has ended. */
export interface Outcome {
	/** Null when it was killed. */
	readonly exitCode: number | null;
	/** What it wrote, to both streams as it came. */
	readonly output: string;
}

/** Runs a command to its end. */
export function runCommand(
	command: string,
	args: readonly string[],
	options: Pick<SpawnOptions, 'cwd' | 'env'>,
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => (output += text));
		}
		child.once('error', reject);
		child.once('close', (exitCode) => resolve({ exitCode, output }));
	});
}
