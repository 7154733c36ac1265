import { start } from '../shared/start';
import type { Options } from '../shared/starter';

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
	options: Partial<Pick<Options, 'cwd' | 'env'>> = {},
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = start(command, args, { ...options, stdin: 'ignore' });
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => (output += text));
		}
		child.once('error', reject);
		child.once('close', (exitCode: number | null) => resolve({ exitCode, output }));
	});
}
