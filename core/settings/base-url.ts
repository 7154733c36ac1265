import { UserError } from '../errors';

/** The public API. */
export const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** Whether a URL leads to this machine itself. */
export function isLoopback({ hostname }: URL): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Checks the address that gets the key.
 *
 * @param text the base URL from the user; empty means the public API
 * @returns the base URL without a slash at its end
 * @throws UserError `invalid-setting` for anything but https, or http to this machine
 */
export function parseBaseUrl(text: string): string {
	const given = text.trim() || DEFAULT_BASE_URL;
	const url = URL.canParse(given) ? new URL(given) : undefined;
	const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
	if (!url || !secure || url.username || url.password || /[?#]/.test(url.href)) {
		throw new UserError(
			'invalid-setting',
			'The base URL is not an https URL without user, query and fragment (http is allowed for this machine only).',
			{ remedy: `Leave it out to use ${DEFAULT_BASE_URL}, or correct it.` },
		);
	}
	return url.href.replace(/\/+$/, '');
}
