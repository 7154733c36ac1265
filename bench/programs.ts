import path from 'node:path';
import { build } from 'rolldown';

/** The measured programs other than the built Action, by their sources. */
const SOURCES = {
	floor: 'bench/baselines/floor.ts',
	core: 'bench/ours/core.ts',
	archive: 'bench/ours/archive.ts',
	trigger: 'bench/ours/trigger.ts',
	baselines: 'bench/baselines/program.ts',
} as const;

export type ProgramName = keyof typeof SOURCES;

/** A directory that is neither linted nor committed. */
const DIRECTORY = path.resolve('node_modules', '.cache', 'bench');

/**
 * Bundles the measured programs like the Action. Otherwise the measurement would include the compilation
 * of TypeScript.
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

/** The path of a built program. */
export function programFile(name: ProgramName): string {
	return path.join(DIRECTORY, `${name}.mjs`);
}
