import { execFileSync } from 'node:child_process';
import path from 'node:path';

const IMAGES = 'docs/images';

/** Saves a part of a page as `docs/images/<name>.png`, and makes the file small. */
export async function savePicture(page, name, clip) {
	const file = path.join(IMAGES, `${name}.png`);
	await page.screenshot({ path: file, clip });
	execFileSync('pngquant', ['--force', '--ext=.png', '--strip', file]);
}
