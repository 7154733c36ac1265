/** Copies the icons beside the compiled nodes, where n8n looks for them. */
import { cpSync, globSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
for (const icon of globSync('{nodes,credentials}/**/*.svg', { cwd: root })) {
	cpSync(path.join(root, icon), path.join(root, 'dist', icon));
}
