import * as actions from '@actions/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { type RequestInit, Response } from 'node-fetch';
import { quote } from '../../core';
import { GITHUB_TIMEOUTS } from '../io/http-rules';
import type { Pace } from '../io/pace';
import { fetchWhole } from '../io/whole-fetch';

/** How often a request is repeated after a temporary failure. */
const RETRIES = 2;
/** The longest pause, in seconds, that a job waits. After a longer one, the next run continues. */
const LONGEST_PAUSE = 5 * 60;

const PatientOctokit = Octokit.plugin(retry, throttling);

/**
 * GitHub's REST API, through the proxy if there is one. It repeats requests after temporary failures,
 * and keeps GitHub's rate limits. The token goes to this API's origin only.
 */
export function githubApi(
	token: string,
	{ second, writes }: Pace,
	timeouts = GITHUB_TIMEOUTS,
): Octokit {
	return new PatientOctokit({
		auth: token,
		baseUrl: process.env.GITHUB_API_URL,
		request: {
			// Octokit has no timeouts, and takes an interrupted body for an empty one.
			fetch: async (url: string, init: RequestInit) => {
				const { response, body } = await fetchWhole(url, init, timeouts);
				return new Response(body, response);
			},
		},
		// As the plugin's default, and 409: repeating a request does not resolve a conflict.
		retry: {
			retries: RETRIES,
			retryAfterBaseValue: second,
			doNotRetry: [400, 401, 403, 404, 409, 410, 422, 451],
		},
		// Octokit logs each answer that is not a success, also expected ones.
		log: { debug: () => undefined, info: trace, warn: trace, error: trace },
		throttle: {
			onRateLimit: mayWait,
			onSecondaryRateLimit: mayWait,
			retryAfterBaseValue: second,
			...(writes && { write: writes }),
		},
	});
}

function trace(message: string): void {
	actions.debug(quote(message));
}

/** @param pause how long GitHub asks to wait, in seconds */
function mayWait(pause: number, _request: unknown, _octokit: unknown, tries: number): boolean {
	if (tries >= RETRIES || pause > LONGEST_PAUSE) return false;
	actions.info(`GitHub limits the rate of requests: waiting ${pause} s.`);
	return true;
}
