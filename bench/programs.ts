import path from 'node:path';
import { build } from 'rolldown';

/** The programs that are measured beside the built Action, by the source of each. */
const SOURCES = {
	floor: 'bench/baselines/floor.ts',
	core: 'bench/ours/core.ts',
	trigger: 'bench/ours/trigger.ts',
	baselines: 'bench/baselines/program.ts',
} as const;

export type ProgramName = keyof typeof SOURCES;

/** Where no linter looks, and nothing is committed. */
const DIRECTORY = path.resolve('node_modules', '.cache', 'bench');

/**
 * Bundles the measured programs as the Action is bundled: what compiles TypeScript as it runs would
 * be measured with them.
 */
export async function buildPrograms(): Promise<void> {
	await Promise.all(
		Object.entries(SOURCES).map(([name, input]) =>
			build({
				input,
				platform: 'node',
				output: {
					file: programFile(name as ProgramName),
					format: 'esm',
					codeSplitting: false,
					minify: true,
				},
				logLevel: 'warn',
			}),
		),
	);
}

/** Where a program is, once it is built. */
export function programFile(name: ProgramName): string {
	return path.join(DIRECTORY, `${name}.mjs`);
}
