/**
 * The rules of everything in the Action that speaks HTTP: the feed (`http.ts`), GitHub's REST API
 * (`whole-fetch.ts`), and GitHub's libraries for the cache and for artifacts, which let nobody in but
 * through the environment and the connections of this process.
 *
 * - Time: the limits below. `Watchdog` keeps them for what is ours, `limitSilence` for the libraries.
 * - Proxies: `agentFor` chooses for what is ours. The libraries choose by the same variables, which
 *   `adoptProxies` writes so that they take them for the same.
 * - Redirects of what is ours: `redirectTarget` of the core, so no key and no token goes to another origin.
 * - Bodies of what is ours: `readBody`, at most `MAX_BODY_BYTES` of the core, as sent and unpacked.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long a request may keep its caller waiting, in milliseconds. */
export interface Timeouts {
	/** Until the answer begins, connecting and sending included. */
	readonly answer: number;
	/** Until more of the body arrives. */
	readonly silence: number;
	/** From the beginning of the body to its end. */
	readonly body: number;
}

const RECEIVING = { silence: 30 * SECOND, body: 5 * MINUTE };

/** Calls to the API were seen to take up to 5 s; a proxy may add to that. */
export const FEED_TIMEOUTS: Timeouts = { answer: MINUTE, ...RECEIVING };

/** GitHub takes 10 s at most to think, but a part of a day may first have to go up a slow line. */
export const GITHUB_TIMEOUTS: Timeouts = { answer: 2 * MINUTE, ...RECEIVING };

/** For connections of GitHub's libraries, in milliseconds: as long as their own HTTP client waits. */
export const LONGEST_SILENCE_MS = 3 * MINUTE;
