import { createHash } from 'crypto';

export const FINGERPRINT_BYTES = 8;

/** The first 64 bits of a text's SHA-256, in hex. */
export function fingerprint(text: string): string {
	return createHash('sha256')
		.update(text)
		.digest('hex')
		.slice(0, 2 * FINGERPRINT_BYTES);
}
