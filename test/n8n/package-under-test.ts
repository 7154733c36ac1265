import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The package's name, under which n8n knows its nodes. */
export const PACKAGE = 'n8n-nodes-anthropic-compliance';

/**
 * Puts what `npm pack` ships of this repository where n8n keeps installed community nodes. The
 * package must have been built.
 *
 * @param userFolder n8n's N8N_USER_FOLDER
 */
export function installPackage(userFolder: string): void {
	const scratch = mkdtempSync(path.join(tmpdir(), 'pack-'));
	try {
		const packed = execFileSync(
			'npm',
			['pack', '--json', '--ignore-scripts', `--pack-destination=${scratch}`],
			{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
		);
		const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
		const target = path.join(userFolder, '.n8n/nodes/node_modules', PACKAGE);
		mkdirSync(target, { recursive: true });
		execFileSync('tar', [
			'-xzf',
			path.join(scratch, filename),
			'-C',
			target,
			'--strip-components=1',
		]);
	} finally {
		rmSync(scratch, { recursive: true });
	}
}
