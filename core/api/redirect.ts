/** More redirects in a row count as a circle. */
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Where an answer redirects its request. A request contains a credential, so it follows redirects
 * only within its own origin.
 *
 * @param url of the request
 * @param location the header `location` of the answer
 * @param followed how many redirects the request has already followed
 * @returns `undefined` if the answer is not a redirect; `refused` if it leads to another origin or
 *   in circles
 */
export function redirectTarget(
	url: string,
	status: number,
	location: string | null | undefined,
	followed: number,
): URL | 'refused' | undefined {
	if (!REDIRECTS.includes(status) || location === null || location === undefined) return undefined;
	const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
	if (target?.origin !== new URL(url).origin || followed === MAX_REDIRECTS) return 'refused';
	return target;
}
