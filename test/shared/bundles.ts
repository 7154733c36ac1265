import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rolldown } from 'rolldown';

const FIXTURES = 'test/simulators/github/fixtures';

/**
 * Bundles what test files run as processes of their own and what imports the libraries of GitHub: these
 * load as ES modules only, and one by one they take longer to load than to use.
 *
 * @returns the directory of the bundles
 */
export async function bundle(): Promise<string> {
	const dir = mkdtempSync(path.join(tmpdir(), 'bundles-'));
	process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
	const input = [
		'test/action/performer.ts',
		'test/shared/starter.ts',
		`${FIXTURES}/cache.mjs`,
		`${FIXTURES}/artifact.mjs`,
	];
	const build = await rolldown({ input, platform: 'node' });
	const names = { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' };
	await build.write({ dir, format: 'esm', ...names });
	await build.close();
	// An action has its metadata beside it.
	cpSync(path.join(FIXTURES, 'action.yml'), path.join(dir, 'action.yml'));
	return dir;
}
