/**
 * The rules for all HTTP requests of the Action: to the feed (`http.ts`), to GitHub's REST API
 * (`whole-fetch.ts`), and of GitHub's libraries for the cache and for artifacts. The Action can influence
 * these libraries only through the environment and the connections of this process.
 *
 * - Timeouts: the limits below. `Watchdog` enforces them for the Action's own requests, `limitSilence`
 *   for the libraries.
 * - Proxies: `agentFor` chooses them for the Action's own requests. The libraries read the same
 *   variables, which `adoptProxies` rewrites so that the libraries read the same proxies from them.
 * - Redirects of the Action's own requests: the core's `redirectTarget`, so no key and no token goes to another origin.
 * - Bodies of its own requests: `readBody`, at most the core's `MAX_BODY_BYTES`, both as sent and unpacked.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long a request may take, in milliseconds. */
export interface Timeouts {
	/** Until the answer begins, including the time to connect and to send. */
	readonly answer: number;
	/** Until more of the body arrives. */
	readonly silence: number;
	/** From the beginning of the body to its end. */
	readonly body: number;
}

const RECEIVING = { silence: 30 * SECOND, body: 5 * MINUTE };

/** Requests to the API took up to 5 s in measurements; a proxy may add to that. */
export const FEED_TIMEOUTS: Timeouts = { answer: MINUTE, ...RECEIVING };

/** GitHub needs at most 10 s to answer, but before that the upload of a part may be slow. */
export const GITHUB_TIMEOUTS: Timeouts = { answer: 2 * MINUTE, ...RECEIVING };

/** For connections of GitHub's libraries, in milliseconds. Their own HTTP client waits as long. */
export const LONGEST_SILENCE_MS = 3 * MINUTE;
