import { hash } from 'crypto';

export const FINGERPRINT_BYTES = 8;

/** The first 64 bits of a text's SHA-256, in hex. */
export function fingerprint(text: string): string {
	return hash('sha256', text, 'hex').slice(0, 2 * FINGERPRINT_BYTES);
}
