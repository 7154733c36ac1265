import * as actions from '@actions/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { proxiedFetch } from './proxied-fetch';

/** How often a request is made again after what may pass. */
const RETRIES = 2;
/** A longer pause than this, in seconds, is not worth a job that waits: the next run goes on. */
const LONGEST_PAUSE = 5 * 60;

const PatientOctokit = Octokit.plugin(retry, throttling);

/**
 * GitHub's REST API, through the proxy if there is one. What may pass is tried again, and GitHub's
 * limits are kept to.
 */
export function githubApi(token: string): Octokit {
	return new PatientOctokit({
		auth: token,
		baseUrl: process.env.GITHUB_API_URL,
		request: { fetch: proxiedFetch },
		// Of what the plugin would try again, a conflict does not pass by itself.
		retry: { retries: RETRIES, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 451] },
		// Its own log tells of each answer that is no success, also of one that was to be expected.
		log: { debug: () => undefined, info: actions.debug, warn: actions.debug, error: actions.debug },
		throttle: { onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
	});
}

/** @param pause how long GitHub asks to wait, in seconds */
function mayWait(pause: number, _request: unknown, _octokit: unknown, tries: number): boolean {
	if (tries >= RETRIES || pause > LONGEST_PAUSE) return false;
	actions.info(`GitHub limits the rate of requests: waiting ${pause} s.`);
	return true;
}
