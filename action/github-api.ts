import { retry } from '@octokit/plugin-retry';
import { Octokit } from '@octokit/rest';
import { proxiedFetch } from './http';

const RetryingOctokit = Octokit.plugin(retry);

/** GitHub's REST API, through the proxy if there is one; what may pass is tried again. */
export function githubApi(token: string): Octokit {
	return new RetryingOctokit({
		auth: token,
		baseUrl: process.env.GITHUB_API_URL,
		request: { fetch: proxiedFetch },
		retry: { retries: 2 },
	});
}
