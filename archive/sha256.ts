import { createHash } from 'node:crypto';

/** By which manifests and head name other files and lines, in hex. */
export function sha256(bytes: Buffer | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}
