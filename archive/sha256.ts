import { createHash } from 'node:crypto';

/** SHA-256 in hex, as manifests and head name other files and lines. */
export function sha256(bytes: Buffer | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}
